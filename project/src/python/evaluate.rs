//! Expressions that have the same value whenever they run: constants, arithmetic, what classes and modules hold.

use std::cell::Cell;
use std::rc::Rc;

use domain::Major;
use ruff_python_ast::{BoolOp, CmpOp, Expr, InterpolatedStringElement, Number, UnaryOp};

use super::arithmetic;
use super::module::{Library, Module};
use super::resolve::{self, ClassRef, Thing};
use super::value::{Untold, Value};

/// Reads values and types in the modules of a library, as the client of one major would see them.
pub struct Reader<'l> {
    pub library: &'l Library,
    pub major: Major,
    depth: Cell<usize>,
}

/// How deep expressions may lead into each other.
const DEEPEST: usize = 60;

pub type Told<T> = Result<T, Untold>;

impl<'l> Reader<'l> {
    /// A reader.
    pub fn new(library: &'l Library, major: Major) -> Reader<'l> {
        Reader { library, major, depth: Cell::new(0) }
    }

    /// Runs `read` one level deeper; too deep cannot be told, so that names that lead in a circle end.
    pub fn deeper<T>(&self, read: impl FnOnce() -> Told<T>) -> Told<T> {
        if self.depth.get() >= DEEPEST {
            return Err(Untold("leads in a circle".to_owned()));
        }
        self.depth.set(self.depth.get() + 1);
        let done = read();
        self.depth.set(self.depth.get() - 1);
        done
    }

    /// The value of an expression of that module.
    pub fn value(&self, module: &Rc<Module>, expression: &Expr) -> Told<Value> {
        self.deeper(|| self.value_here(module, expression))
    }

    fn value_here(&self, module: &Rc<Module>, expression: &Expr) -> Told<Value> {
        let untold = || Untold(format!("is only known when it runs: `{}`", short(module.text_of(expression))));
        let each = |items: &[Expr]| self.values(module, items);
        Ok(match expression {
            Expr::NoneLiteral(_) => Value::None,
            Expr::EllipsisLiteral(_) => Value::Ellipsis,
            Expr::BooleanLiteral(literal) => Value::Bool(literal.value),
            Expr::StringLiteral(literal) => Value::Str(literal.value.to_str().to_owned()),
            Expr::BytesLiteral(literal) => Value::Bytes(literal.value.bytes().collect()),
            Expr::NumberLiteral(literal) => number(&literal.value).ok_or_else(untold)?,
            Expr::List(list) => Value::List(each(&list.elts)?),
            Expr::Tuple(tuple) => Value::Tuple(each(&tuple.elts)?),
            Expr::Set(set) => Value::Set(arithmetic::distinct(each(&set.elts)?)),
            Expr::Dict(dict) => self.dict(module, dict)?,
            Expr::UnaryOp(unary) => {
                let operand = self.value(module, &unary.operand)?;
                match unary.op {
                    UnaryOp::Not => Value::Bool(!operand.truth().ok_or_else(untold)?),
                    op => arithmetic::unary(op, &operand).ok_or_else(untold)?,
                }
            }
            Expr::BinOp(binary) => {
                let (left, right) = (self.value(module, &binary.left)?, self.value(module, &binary.right)?);
                arithmetic::binary(binary.op, &left, &right).ok_or_else(untold)?
            }
            Expr::BoolOp(operation) => {
                let mut last = Value::None;
                for value in &operation.values {
                    last = self.value(module, value)?;
                    if last.truth().ok_or_else(untold)? == (operation.op == BoolOp::Or) {
                        break;
                    }
                }
                last
            }
            Expr::If(choice) => {
                let test = self.value(module, &choice.test)?.truth().ok_or_else(untold)?;
                self.value(module, if test { &choice.body } else { &choice.orelse })?
            }
            Expr::Compare(compare) => match (&*compare.ops, &*compare.comparators) {
                ([op], [right]) => {
                    let (left, right) = (self.value(module, &compare.left)?, self.value(module, right)?);
                    Value::Bool(compared(*op, &left, &right).ok_or_else(untold)?)
                }
                _ => return Err(untold()),
            },
            Expr::FString(text) => self.formatted(module, text).map_err(|_| untold())?,
            Expr::Subscript(subscript) => self.subscript(module, subscript).ok_or_else(untold)?,
            Expr::Call(call) => self.call(module, call)?.ok_or_else(untold)?,
            Expr::Name(_) | Expr::Attribute(_) => self.named(module, expression)?.ok_or_else(untold)?,
            Expr::Lambda(_) => Value::Wordless,
            _ => return Err(untold()),
        })
    }

    /// The values of several expressions, starred ones unpacked.
    pub fn values(&self, module: &Rc<Module>, items: &[Expr]) -> Told<Vec<Value>> {
        let mut values = Vec::with_capacity(items.len());
        for item in items {
            match item {
                Expr::Starred(starred) => {
                    let unpacked = self.value(module, &starred.value)?.items();
                    values.extend(unpacked.ok_or_else(|| Untold("unpacks what cannot be told".to_owned()))?);
                }
                item => values.push(self.value(module, item)?),
            }
        }
        Ok(values)
    }

    fn dict(&self, module: &Rc<Module>, dict: &ruff_python_ast::ExprDict) -> Told<Value> {
        let mut pairs: Vec<(Value, Value)> = Vec::new();
        for item in &dict.items {
            let value = self.value(module, &item.value)?;
            match (&item.key, value) {
                (Some(key), value) => arithmetic::put(&mut pairs, self.value(module, key)?, value),
                (None, Value::Dict(more)) => more.into_iter().for_each(|(k, v)| arithmetic::put(&mut pairs, k, v)),
                _ => return Err(Untold("unpacks what cannot be told".to_owned())),
            }
        }
        Ok(Value::Dict(pairs))
    }

    fn formatted(&self, module: &Rc<Module>, text: &ruff_python_ast::ExprFString) -> Told<Value> {
        let mut whole = String::new();
        for part in &text.value {
            match part {
                ruff_python_ast::FStringPart::Literal(literal) => whole.push_str(&literal.value),
                ruff_python_ast::FStringPart::FString(parts) => {
                    for element in &parts.elements {
                        match element {
                            InterpolatedStringElement::Literal(literal) => whole.push_str(&literal.value),
                            InterpolatedStringElement::Interpolation(hole)
                                if hole.format_spec.is_none() && hole.conversion.is_none() =>
                            {
                                let value = self.value(module, &hole.expression)?;
                                whole.push_str(&value.text().ok_or_else(|| Untold(String::new()))?);
                            }
                            InterpolatedStringElement::Interpolation(_) => return Err(Untold(String::new())),
                        }
                    }
                }
            }
        }
        Ok(Value::Str(whole))
    }

    fn subscript(&self, module: &Rc<Module>, subscript: &ruff_python_ast::ExprSubscript) -> Option<Value> {
        if let Thing::Class(class) = resolve::expression(self.library, module, &subscript.value) {
            let Value::Str(name) = self.value(module, &subscript.slice).ok()? else { return None };
            return self.member(&class, &name).ok()?;
        }
        let of = self.value(module, &subscript.value).ok()?;
        let index = self.value(module, &subscript.slice).ok()?;
        match (&of, &index) {
            (Value::Dict(pairs), key) => {
                pairs.iter().find(|(known, _)| known.equals(key) == Some(true)).map(|(_, value)| value.clone())
            }
            (Value::List(_) | Value::Tuple(_) | Value::Str(_), Value::Int(n)) => {
                let items = of.items()?;
                let n = if *n < 0 { items.len() as i128 + n } else { *n };
                items.get(usize::try_from(n).ok()?).cloned()
            }
            _ => None,
        }
    }

    /// The value that a name or a dotted name has.
    fn named(&self, module: &Rc<Module>, expression: &Expr) -> Told<Option<Value>> {
        if let Expr::Attribute(attribute) = expression {
            let of = resolve::expression(self.library, module, &attribute.value);
            if let Thing::Class(class) = &of {
                return self.member(class, &attribute.attr);
            }
            if matches!(of, Thing::Unknown | Thing::Value(..)) {
                return self.value(module, &attribute.value).map(|of| part(&of, &attribute.attr));
            }
        }
        self.thing(&resolve::expression(self.library, module, expression))
    }

    /// The value that a thing has.
    pub fn thing(&self, thing: &Thing) -> Told<Option<Value>> {
        Ok(match thing {
            Thing::Value(module, value) => Some(self.value(module, value)?),
            Thing::Item(module, value, n) => {
                self.value(module, value)?.items().and_then(|items| items.get(*n).cloned())
            }
            Thing::Class(_) | Thing::Function(_) => Some(Value::Wordless),
            Thing::External(name) => external(name),
            Thing::Module(_) | Thing::Unknown => None,
        })
    }

    /// What `CLASS.name` is: a member of an enumeration, or what the class's body or a base's binds.
    pub fn member(&self, class: &ClassRef, name: &str) -> Told<Option<Value>> {
        if let Some(members) = self.deeper(|| self.enum_members(class))? {
            let member = members.into_iter().find(|(known, _)| known == name);
            return Ok(member.map(|(name, value)| Value::Member { class: class.clone(), name, value: value.into() }));
        }
        match resolve::member(self.library, &Thing::Class(class.clone()), name) {
            Thing::Unknown => match self.bases(class).into_iter().find_map(|base| match base {
                Thing::Class(base) => Some(base),
                _ => None,
            }) {
                Some(base) => self.deeper(|| self.member(&base, name)),
                None => Ok(None),
            },
            thing => self.thing(&thing),
        }
    }
}

/// Constants of Python's library that are met as defaults.
fn external(name: &str) -> Option<Value> {
    Some(match name {
        "datetime.timezone.utc" | "datetime.UTC" => Value::Told("UTC".into()),
        "math.pi" => Value::Float(std::f64::consts::PI),
        "math.e" => Value::Float(std::f64::consts::E),
        "math.inf" => Value::Float(f64::INFINITY),
        "os.sep" => Value::Str("/".to_owned()),
        name if name.starts_with("builtins.") => Value::Wordless,
        _ => return None,
    })
}

/// Parts of a value: of a member of an enumeration, of an object.
fn part(of: &Value, name: &str) -> Option<Value> {
    match (of, name) {
        (Value::Member { value, .. }, "value") => Some((**value).clone()),
        (Value::Member { name, .. }, "name") => Some(Value::Str(name.clone())),
        (Value::Object(fields), name) => fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.clone()),
        _ => None,
    }
}

fn number(number: &Number) -> Option<Value> {
    match number {
        Number::Int(int) => match int.as_u64() {
            Some(small) => Some(Value::Int(small.into())),
            None => int.to_string().parse().ok().map(Value::Int),
        },
        Number::Float(float) => Some(Value::Float(*float)),
        Number::Complex { .. } => None,
    }
}

fn compared(op: CmpOp, left: &Value, right: &Value) -> Option<bool> {
    match op {
        CmpOp::Eq => left.equals(right),
        CmpOp::NotEq => left.equals(right).map(|same| !same),
        CmpOp::Is => Some(matches!((left, right), (Value::None, Value::None)) || left.equals(right)?),
        CmpOp::IsNot => Some(!left.equals(right)?),
        CmpOp::In | CmpOp::NotIn => {
            let found = right.items()?.iter().any(|item| item.equals(left) == Some(true));
            Some(found == (op == CmpOp::In))
        }
        CmpOp::Lt | CmpOp::LtE | CmpOp::Gt | CmpOp::GtE => arithmetic::ordered(op, left, right),
    }
}

/// At most a line's worth of source.
pub fn short(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    let cut: String = line.chars().take(40).collect();
    if cut.len() < text.len() { format!("{cut}…") } else { cut }
}
