//! Annotations: which type an expression stands for.

use std::rc::Rc;

use ruff_python_ast::{Expr, ExprCall, ExprSubscript, Operator};
use serde_json::{Map, Value as Json};

use super::constraints::{FieldCall, Limits};
use super::evaluate::{Reader, Told, short};
use super::kinds;
use super::module::Module;
use super::resolve::{self, ClassRef, Thing};
use super::value::{Untold, Value};

/// A type.
#[derive(Clone)]
pub enum Type {
    Any,
    Null,
    /// A type whose schema is always the same.
    Plain(Map<String, Json>),
    Array {
        items: Box<Type>,
        is_set: bool,
    },
    Tuple(Vec<Type>),
    Mapping(Box<Type>, Box<Type>),
    Union(Vec<Type>),
    Literal(Vec<Value>),
    Class(ClassRef),
    Limited(Box<Type>, Limits),
    /// A field that carries what `Field(...)` says beside its type.
    Noted(Box<Type>, Box<FieldCall>),
    /// The client cannot describe it, and leaves the parameter open.
    Refused,
}

/// Where an annotation stands.
#[derive(Clone, Copy, PartialEq)]
pub enum Standing {
    /// In the signature of a flow: text within a type is not looked up in the file, as the client does not either.
    Signature,
    /// In the body of a class, or what such an annotation refers to.
    Body,
}

impl Reader<'_> {
    /// The type of the annotation of a parameter.
    pub fn parameter_type(&self, module: &Rc<Module>, annotation: &Expr) -> Told<Type> {
        match annotation {
            Expr::StringLiteral(_) if module.scope.annotations_are_text => {
                self.annotation(module, annotation, Standing::Signature)
            }
            Expr::StringLiteral(text) => self.text(module, text.value.to_str(), Standing::Signature),
            annotation => self.annotation(module, annotation, Standing::Signature),
        }
    }

    /// The type that an expression of that module stands for.
    pub fn annotation(&self, module: &Rc<Module>, annotation: &Expr, standing: Standing) -> Told<Type> {
        self.deeper(|| self.annotation_here(module, annotation, standing))
    }

    fn annotation_here(&self, module: &Rc<Module>, annotation: &Expr, standing: Standing) -> Told<Type> {
        match annotation {
            Expr::NoneLiteral(_) => Ok(Type::Null),
            Expr::StringLiteral(text) => match (standing, self.text(module, text.value.to_str(), standing)) {
                (Standing::Body, told) => told,
                (Standing::Signature, Ok(Type::Plain(plain))) => Ok(Type::Plain(plain)),
                (Standing::Signature, _) => Ok(Type::Refused),
            },
            Expr::BinOp(union) if union.op == Operator::BitOr => Ok(Type::Union(vec![
                self.annotation(module, &union.left, standing)?,
                self.annotation(module, &union.right, standing)?,
            ])),
            Expr::Subscript(subscript) => self.generic(module, subscript, standing),
            Expr::Call(call) => self.made(module, call, standing),
            Expr::Name(_) | Expr::Attribute(_) => {
                let thing = resolve::expression(self.library, module, annotation);
                self.type_of(&thing, module.text_of(annotation), standing)
            }
            other => Err(Untold(format!(
                "has the type `{}`, which is only known when it runs",
                short(module.text_of(other))
            ))),
        }
    }

    /// An annotation that is written as text.
    fn text(&self, module: &Rc<Module>, text: &str, standing: Standing) -> Told<Type> {
        let parsed = ruff_python_parser::parse_expression(text)
            .map_err(|_| Untold(format!("has the type {text:?}, which is no expression")))?;
        self.annotation(module, parsed.expr(), standing)
    }

    fn type_of(&self, thing: &Thing, name: &str, standing: Standing) -> Told<Type> {
        match thing {
            Thing::Class(class) => Ok(Type::Class(class.clone())),
            Thing::Value(module, value) => self.annotation(module, value, standing),
            Thing::External(dotted) => kinds::named(dotted, self.major)
                .ok_or_else(|| Untold(format!("has the type {dotted}, which is not in reach"))),
            _ => Err(Untold(format!("has the type {name}, which is not in reach"))),
        }
    }

    /// `list[int]`, `Optional[str]` and the like.
    fn generic(&self, module: &Rc<Module>, subscript: &ExprSubscript, standing: Standing) -> Told<Type> {
        let arguments: Vec<&Expr> = match &*subscript.slice {
            Expr::Tuple(tuple) => tuple.elts.iter().collect(),
            one => vec![one],
        };
        let name = match resolve::expression(self.library, module, &subscript.value) {
            Thing::External(name) => name,
            // A generic class of the user's: pydantic describes models of that kind by their arguments.
            Thing::Class(_) => return Err(Untold(format!("is the generic `{}`", short(module.text_of(subscript))))),
            thing => return self.type_of(&thing, module.text_of(&*subscript.value), standing),
        };
        let inner = |n: usize| match arguments.get(n) {
            Some(argument) => self.annotation(module, argument, standing),
            None => Ok(Type::Any),
        };
        let each = || -> Told<Vec<Type>> {
            arguments.iter().map(|argument| self.annotation(module, argument, standing)).collect()
        };
        match kinds::generic(&name) {
            Some(kinds::Generic::Optional) => Ok(Type::Union(vec![inner(0)?, Type::Null])),
            Some(kinds::Generic::Union) => Ok(Type::Union(each()?)),
            Some(kinds::Generic::Array { is_set }) => Ok(Type::Array { items: Box::new(inner(0)?), is_set }),
            Some(kinds::Generic::Mapping) => Ok(Type::Mapping(Box::new(inner(0)?), Box::new(inner(1)?))),
            Some(kinds::Generic::Counter) => {
                Ok(Type::Mapping(Box::new(inner(0)?), Box::new(kinds::plain(&[("type", "integer")]))))
            }
            Some(kinds::Generic::Tuple) => match arguments.as_slice() {
                [items, Expr::EllipsisLiteral(_)] => {
                    Ok(Type::Array { items: Box::new(self.annotation(module, items, standing)?), is_set: false })
                }
                [] => Ok(Type::Tuple(Vec::new())),
                _ => Ok(Type::Tuple(each()?)),
            },
            Some(kinds::Generic::Literal) => {
                let mut values = Vec::new();
                arguments.iter().try_for_each(|argument| self.literal(module, argument, &mut values))?;
                Ok(Type::Literal(values))
            }
            Some(kinds::Generic::Annotated) => self.annotated(module, &arguments, standing),
            Some(kinds::Generic::Through) => inner(0),
            Some(kinds::Generic::Pattern) => Ok(kinds::plain(&[("type", "string"), ("format", "regex")])),
            Some(kinds::Generic::Refused) => Ok(Type::Refused),
            None => Err(Untold(format!("has the type {name}, which is not in reach"))),
        }
    }

    /// One member of a `Literal[...]`, which may be a literal type again.
    fn literal(&self, module: &Rc<Module>, member: &Expr, values: &mut Vec<Value>) -> Told<()> {
        match self.annotation(module, member, Standing::Body) {
            Ok(Type::Literal(more)) => values.extend(more),
            _ => values.push(self.value(module, member)?),
        }
        Ok(())
    }

    /// `Annotated[type, notes...]`: limits in the notes count.
    fn annotated(&self, module: &Rc<Module>, arguments: &[&Expr], standing: Standing) -> Told<Type> {
        let Some((inner, notes)) = arguments.split_first() else { return Ok(Type::Any) };
        let mut kind = self.annotation(module, inner, standing)?;
        for note in notes {
            kind = match self.value(module, note) {
                Ok(Value::Field(call)) if call.is_untold => {
                    return Err(Untold("has limits that cannot be told".to_owned()));
                }
                Ok(Value::Field(call)) => {
                    let limits = call.limits.clone();
                    Type::Noted(Box::new(Type::Limited(Box::new(kind), limits)), call)
                }
                _ => match self.note(module, note) {
                    Some(limits) => Type::Limited(Box::new(kind), limits),
                    None => kind,
                },
            };
        }
        Ok(kind)
    }

    /// `Gt(3)`, `MinLen(1)` of annotated_types.
    fn note(&self, module: &Rc<Module>, note: &Expr) -> Option<Limits> {
        let Expr::Call(call) = note else { return None };
        let Thing::External(name) = resolve::expression(self.library, module, &call.func) else { return None };
        let limit = match name.strip_prefix("annotated_types.")? {
            "Gt" => "gt",
            "Ge" => "ge",
            "Lt" => "lt",
            "Le" => "le",
            "MultipleOf" => "multiple_of",
            "MinLen" => "min_length",
            "MaxLen" => "max_length",
            _ => return None,
        };
        let value = self.value(module, call.arguments.args.first()?).ok()?;
        Some(Limits(vec![(limit.to_owned(), value)]))
    }

    /// Types that are made by a call: `NewType("Id", int)`, `TypeVar("T")`, `conint(ge=1)`.
    fn made(&self, module: &Rc<Module>, call: &ExprCall, standing: Standing) -> Told<Type> {
        let Thing::External(name) = resolve::expression(self.library, module, &call.func) else {
            return Err(Untold(format!("has a type that is made by `{}`", short(module.text_of(call)))));
        };
        let argument = |n: usize| call.arguments.args.get(n);
        match (kinds::made(&name), argument(0), argument(1)) {
            (Some(kinds::Made::New), _, Some(of)) => self.annotation(module, of, standing),
            (Some(kinds::Made::Variable), ..) => {
                let bound = call.arguments.keywords.iter().find(|it| it.arg.as_ref().is_some_and(|arg| arg == "bound"));
                bound.map_or(Ok(Type::Any), |bound| self.annotation(module, &bound.value, standing))
            }
            (Some(kinds::Made::Limited(kind)), ..) => {
                Ok(Type::Limited(Box::new(kind), Limits::of(&self.given(module, call)?.named)))
            }
            (Some(kinds::Made::LimitedArray { is_set }), Some(of), _) => {
                let items = Box::new(self.annotation(module, of, standing)?);
                let named: Vec<_> = call
                    .arguments
                    .keywords
                    .iter()
                    .filter_map(|keyword| {
                        Some((keyword.arg.as_ref()?.to_string(), self.value(module, &keyword.value).ok()?))
                    })
                    .collect();
                Ok(Type::Limited(Box::new(Type::Array { items, is_set }), Limits::of(&named)))
            }
            _ => Err(Untold(format!("has a type that is made by `{}`", short(module.text_of(call))))),
        }
    }
}
