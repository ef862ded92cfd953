//! Values that an expression has whenever it runs.

use serde_json::{Map, Number, Value as Json};

use super::constraints::FieldCall;
use super::resolve::ClassRef;

/// Why something cannot be told from the source; goes on after "it": `is made by a call of now()`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Untold(pub String);

/// A value.
#[derive(Clone)]
pub enum Value {
    None,
    Ellipsis,
    Bool(bool),
    Int(i128),
    Float(f64),
    Str(String),
    Bytes(Vec<u8>),
    List(Vec<Value>),
    Tuple(Vec<Value>),
    Set(Vec<Value>),
    Dict(Vec<(Value, Value)>),
    /// A member of an enumeration.
    Member {
        class: ClassRef,
        name: String,
        value: Box<Value>,
    },
    /// An object with fields: a model, a dataclass.
    Object(Vec<(String, Value)>),
    /// Something of the standard library, in the words in which it goes over the wire.
    Told(Json),
    /// `Field(...)` or `field(...)`.
    Field(Box<FieldCall>),
    /// A class or a function: a value that JSON has no words for.
    Wordless,
}

impl Value {
    /// The value as JSON; None where JSON has no words for it.
    pub fn json(&self) -> Option<Json> {
        Some(match self {
            Value::None => Json::Null,
            Value::Bool(value) => Json::Bool(*value),
            Value::Int(value) => integer(*value),
            Value::Float(value) => Json::Number(Number::from_f64(*value)?),
            Value::Str(text) => Json::String(text.clone()),
            Value::Bytes(bytes) => Json::String(String::from_utf8(bytes.clone()).ok()?),
            Value::List(items) | Value::Tuple(items) | Value::Set(items) => {
                Json::Array(items.iter().map(Value::json).collect::<Option<_>>()?)
            }
            Value::Dict(pairs) => {
                let pairs = pairs.iter().map(|(key, value)| Some((key.key()?, value.json()?)));
                Json::Object(pairs.collect::<Option<Map<_, _>>>()?)
            }
            Value::Object(fields) => {
                let fields = fields.iter().map(|(name, value)| Some((name.clone(), value.json()?)));
                Json::Object(fields.collect::<Option<Map<_, _>>>()?)
            }
            Value::Member { value, .. } => value.json()?,
            Value::Told(json) => json.clone(),
            Value::Ellipsis | Value::Field(_) | Value::Wordless => return None,
        })
    }

    /// The value as a key of a JSON object.
    fn key(&self) -> Option<String> {
        match self {
            Value::None => Some("None".to_owned()),
            Value::Bool(value) => Some(value.to_string()),
            other => match other.json()? {
                Json::String(text) => Some(text),
                Json::Number(number) => Some(number.to_string()),
                _ => None,
            },
        }
    }

    /// What `str()` makes of it, for those kinds where that is plain.
    pub fn text(&self) -> Option<String> {
        match self {
            Value::None => Some("None".to_owned()),
            Value::Bool(value) => Some(if *value { "True" } else { "False" }.to_owned()),
            Value::Int(value) => Some(value.to_string()),
            Value::Float(value) => Some(float_text(*value)),
            Value::Str(text) | Value::Told(Json::String(text)) => Some(text.clone()),
            _ => None,
        }
    }

    /// Whether it counts as true; None where that depends.
    pub fn truth(&self) -> Option<bool> {
        match self {
            Value::None => Some(false),
            Value::Bool(value) => Some(*value),
            Value::Int(value) => Some(*value != 0),
            Value::Float(value) => Some(*value != 0.0),
            Value::Str(text) => Some(!text.is_empty()),
            Value::Bytes(bytes) => Some(!bytes.is_empty()),
            Value::List(items) | Value::Tuple(items) | Value::Set(items) => Some(!items.is_empty()),
            Value::Dict(pairs) => Some(!pairs.is_empty()),
            _ => None,
        }
    }

    /// The items of a sequence, or the keys of a dictionary.
    pub fn items(&self) -> Option<Vec<Value>> {
        match self {
            Value::List(items) | Value::Tuple(items) | Value::Set(items) => Some(items.clone()),
            Value::Dict(pairs) => Some(pairs.iter().map(|(key, _)| key.clone()).collect()),
            Value::Str(text) => Some(text.chars().map(|letter| Value::Str(letter.to_string())).collect()),
            _ => None,
        }
    }

    /// Equality as far as it can be told.
    pub fn equals(&self, other: &Value) -> Option<bool> {
        match (self, other) {
            (Value::Bool(a), Value::Int(b)) | (Value::Int(b), Value::Bool(a)) => Some(i128::from(*a) == *b),
            (Value::Int(a), Value::Float(b)) | (Value::Float(b), Value::Int(a)) => Some(*a as f64 == *b),
            (Value::Member { class, name, .. }, Value::Member { class: other, name: other_name, .. }) => {
                Some(class.is(other) && name == other_name)
            }
            _ => Some(self.json()? == other.json()?),
        }
    }
}

fn integer(value: i128) -> Json {
    match (i64::try_from(value), u64::try_from(value)) {
        (Ok(value), _) => Json::from(value),
        (_, Ok(value)) => Json::from(value),
        _ => Json::from(value as f64),
    }
}

/// Python's way to write a float: with a dot, and a sign in the exponent.
fn float_text(value: f64) -> String {
    if value.is_nan() {
        return "nan".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    let size = value.abs();
    if size != 0.0 && !(1e-4..1e16).contains(&size) {
        let text = format!("{value:e}");
        let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let (sign, exponent) = exponent.strip_prefix('-').map_or(('+', exponent), |exponent| ('-', exponent));
        return format!("{digits}e{sign}{exponent:0>2}");
    }
    let text = value.to_string();
    if text.contains('.') { text } else { format!("{text}.0") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_written_as_python_writes_them() {
        let cases = [(1.0, "1.0"), (0.5, "0.5"), (1e16, "1e+16"), (1e-5, "1e-05"), (123.25, "123.25"), (-2.0, "-2.0")];
        for (value, want) in cases {
            assert_eq!(float_text(value), want);
        }
    }
}
