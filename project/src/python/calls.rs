//! Calls whose outcome can be told: constructors of values, a few functions and methods of texts.

use std::rc::Rc;

use ruff_python_ast::{Expr, ExprCall};

use super::arithmetic;
use super::constraints::FieldCall;
use super::evaluate::{Reader, Told};
use super::module::Module;
use super::resolve::{self, Thing};
use super::times;
use super::value::Value;

/// Arguments of a call, evaluated.
pub struct Given {
    pub positional: Vec<Value>,
    pub named: Vec<(String, Value)>,
}

impl Given {
    /// The n-th argument, or the one of that name.
    pub fn get(&self, n: usize, name: &str) -> Option<&Value> {
        let named = || self.named.iter().find(|(known, _)| known == name).map(|(_, value)| value);
        self.positional.get(n).or_else(named)
    }

    fn first(&self) -> Option<&Value> {
        self.positional.first()
    }

    fn is_empty(&self) -> bool {
        self.positional.is_empty() && self.named.is_empty()
    }
}

impl Reader<'_> {
    /// What a call gives; None when that cannot be told.
    pub fn call(&self, module: &Rc<Module>, call: &ExprCall) -> Told<Option<Value>> {
        match resolve::expression(self.library, module, &call.func) {
            Thing::External(name) if is_field(&name) => {
                Ok(Some(Value::Field(Box::new(FieldCall::of(self, module, &call.arguments)))))
            }
            Thing::External(name) => Ok(external(&name, &self.given(module, call)?)),
            Thing::Class(class) => {
                let given = self.given(module, call)?;
                self.deeper(|| self.constructed(&class, &given))
            }
            Thing::Unknown | Thing::Value(..) => match &*call.func {
                Expr::Attribute(attribute) => {
                    let of = self.value(module, &attribute.value)?;
                    Ok(method(&of, &attribute.attr, &self.given(module, call)?))
                }
                _ => Ok(None),
            },
            _ => Ok(None),
        }
    }

    /// The arguments of a call.
    pub fn given(&self, module: &Rc<Module>, call: &ExprCall) -> Told<Given> {
        let positional = self.values(module, &call.arguments.args)?;
        let mut named = Vec::new();
        for keyword in &call.arguments.keywords {
            match (&keyword.arg, self.value(module, &keyword.value)?) {
                (Some(name), value) => named.push((name.to_string(), value)),
                (None, Value::Dict(pairs)) => {
                    named.extend(pairs.into_iter().filter_map(|(key, value)| Some((key.text()?, value))));
                }
                (None, _) => {}
            }
        }
        Ok(Given { positional, named })
    }
}

/// Functions that describe a field of a model or of a dataclass.
pub fn is_field(name: &str) -> bool {
    matches!(name, "pydantic.Field" | "pydantic.fields.Field" | "dataclasses.field")
}

fn external(name: &str, given: &Given) -> Option<Value> {
    let items = || given.first().map_or(Some(Vec::new()), Value::items);
    let (module, function) = name.rsplit_once('.')?;
    Some(match (module, function) {
        ("builtins", "list") => Value::List(items()?),
        ("builtins", "tuple") => Value::Tuple(items()?),
        ("builtins", "set" | "frozenset") => Value::Set(arithmetic::distinct(items()?)),
        ("builtins", "sorted") => sorted(items()?)?,
        ("builtins", "dict") | ("collections", "OrderedDict") => dict(given)?,
        ("collections", "defaultdict") => Value::Dict(Vec::new()),
        ("builtins", "str") => Value::Str(given.first().map_or(Some(String::new()), Value::text)?),
        ("builtins", "int") => int(given)?,
        ("builtins", "float") => Value::Float(match given.first()? {
            Value::Int(n) => *n as f64,
            Value::Float(n) => *n,
            Value::Str(text) => text.trim().parse().ok()?,
            _ => return None,
        }),
        ("builtins", "bool") => Value::Bool(given.first().map_or(Some(false), Value::truth)?),
        ("builtins", "len") => Value::Int(given.first()?.items()?.len() as i128),
        ("builtins", "range") => range(given)?,
        ("builtins", "object") => Value::Wordless,
        ("datetime" | "datetime.datetime" | "datetime.date", _) => times::constructed(name, given)?,
        ("uuid", "UUID") => match given.first()? {
            Value::Str(text) => Value::Told(text.trim_start_matches('{').trim_end_matches('}').to_lowercase().into()),
            _ => return None,
        },
        ("decimal", "Decimal") => Value::Told(given.first().map_or(Some("0".to_owned()), Value::text)?.into()),
        ("pathlib", "Path" | "PurePath" | "PosixPath" | "PurePosixPath") => path(given)?,
        ("re", "compile") => Value::Told(given.first()?.text()?.into()),
        ("pydantic" | "pydantic.types", "SecretStr" | "SecretBytes") => Value::Told("**********".into()),
        _ => return None,
    })
}

fn dict(given: &Given) -> Option<Value> {
    let mut pairs = match given.first() {
        None => Vec::new(),
        Some(Value::Dict(pairs)) => pairs.clone(),
        Some(list) => {
            let pair = |item: Value| match item.items()?.as_slice() {
                [key, value] => Some((key.clone(), value.clone())),
                _ => None,
            };
            list.items()?.into_iter().map(pair).collect::<Option<_>>()?
        }
    };
    given.named.iter().for_each(|(name, value)| arithmetic::put(&mut pairs, Value::Str(name.clone()), value.clone()));
    Some(Value::Dict(pairs))
}

fn int(given: &Given) -> Option<Value> {
    if given.is_empty() {
        return Some(Value::Int(0));
    }
    Some(Value::Int(match given.first()? {
        Value::Int(n) => *n,
        Value::Bool(value) => i128::from(*value),
        Value::Float(n) if n.is_finite() && n.abs() < 1e18 => n.trunc() as i128,
        Value::Str(text) => text.trim().replace('_', "").parse().ok()?,
        _ => return None,
    }))
}

fn range(given: &Given) -> Option<Value> {
    let number = |n: usize| match given.positional.get(n) {
        Some(Value::Int(n)) => Some(*n),
        _ => None,
    };
    let (start, end, step) = match given.positional.len() {
        1 => (0, number(0)?, 1),
        2 => (number(0)?, number(1)?, 1),
        _ => (number(0)?, number(1)?, number(2)?),
    };
    if step <= 0 || (end - start) / step > 10_000 {
        return None;
    }
    let mut items = Vec::new();
    let mut next = start;
    while next < end {
        items.push(Value::Int(next));
        next += step;
    }
    Some(Value::List(items))
}

fn sorted(mut items: Vec<Value>) -> Option<Value> {
    let texts = items.iter().all(|item| matches!(item, Value::Str(_)));
    let numbers = items.iter().all(|item| matches!(item, Value::Int(_)));
    if !texts && !numbers {
        return None;
    }
    items.sort_by(|a, b| match (a, b) {
        (Value::Int(a), Value::Int(b)) => a.cmp(b),
        _ => a.text().cmp(&b.text()),
    });
    Some(Value::List(items))
}

/// `Path("a", "b")`: the parts, joined; a part that begins with a slash starts anew.
fn path(given: &Given) -> Option<Value> {
    let parts = given.positional.iter().map(Value::text).collect::<Option<Vec<_>>>()?;
    let joined = parts.iter().fold(std::path::PathBuf::new(), |path, part| path.join(part));
    let text: std::path::PathBuf = joined.components().collect();
    Some(Value::Told(if parts.is_empty() { ".".into() } else { text.to_string_lossy().into_owned().into() }))
}

/// Methods of texts and lists.
fn method(of: &Value, name: &str, given: &Given) -> Option<Value> {
    let argument = |n: usize| given.positional.get(n).and_then(Value::text);
    Some(match (of, name) {
        (Value::Str(text), "upper") => Value::Str(text.to_uppercase()),
        (Value::Str(text), "lower") => Value::Str(text.to_lowercase()),
        (Value::Str(text), "strip") if given.is_empty() => Value::Str(text.trim().to_owned()),
        (Value::Str(text), "replace") => Value::Str(text.replace(&argument(0)?, &argument(1)?)),
        (Value::Str(text), "split") => {
            let parts: Vec<&str> = match argument(0) {
                Some(by) => text.split(by.as_str()).collect(),
                None => text.split_whitespace().collect(),
            };
            Value::List(parts.into_iter().map(|part| Value::Str(part.to_owned())).collect())
        }
        (Value::Str(by), "join") => {
            let parts = given.first()?.items()?.iter().map(Value::text).collect::<Option<Vec<_>>>()?;
            Value::Str(parts.join(by))
        }
        (Value::Dict(pairs), "get") => {
            let key = given.first()?;
            let found = pairs.iter().find(|(known, _)| known.equals(key) == Some(true)).map(|(_, value)| value.clone());
            found.or_else(|| given.positional.get(1).cloned()).unwrap_or(Value::None)
        }
        (Value::Dict(pairs), "keys") => Value::List(pairs.iter().map(|(key, _)| key.clone()).collect()),
        (Value::Dict(pairs), "values") => Value::List(pairs.iter().map(|(_, value)| value.clone()).collect()),
        (Value::List(_) | Value::Dict(_) | Value::Set(_), "copy") => of.clone(),
        _ => return None,
    })
}
