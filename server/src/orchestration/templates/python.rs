//! What templates that were written for Python rely on: how values print, and methods of texts, dictionaries
//! and datetimes.

use domain::time::parse_moment;
use minijinja::value::{ValueKind, from_args};
use minijinja::{Error, ErrorKind, Output, State, Value};

use super::labels::Labels;

/// Prints a value as Python's `str` does.
pub fn print(out: &mut Output, _: &mut State, value: &Value) -> Result<(), Error> {
    let text = if value.downcast_object_ref::<Labels>().is_some() { value.to_string() } else { shown(value) };
    out.write_str(&text).map_err(|_| Error::new(ErrorKind::WriteFailure, "a value could not be printed"))
}

/// The value as Python's `str` makes it.
pub fn shown(value: &Value) -> String {
    match value.kind() {
        ValueKind::Undefined => String::new(),
        ValueKind::String => value.as_str().unwrap_or_default().to_owned(),
        _ => written(value),
    }
}

/// The value as Python's `repr` writes it.
fn written(value: &Value) -> String {
    match value.kind() {
        ValueKind::None | ValueKind::Undefined => "None".to_owned(),
        ValueKind::Bool => if value.is_true() { "True" } else { "False" }.to_owned(),
        ValueKind::String => quoted(value.as_str().unwrap_or_default()),
        ValueKind::Seq => {
            let items: Vec<String> = value.try_iter().into_iter().flatten().map(|item| written(&item)).collect();
            format!("[{}]", items.join(", "))
        }
        ValueKind::Map => {
            let member = |key: Value| {
                let member = value.get_item(&key).unwrap_or_default();
                format!("{}: {}", written(&key), written(&member))
            };
            let members: Vec<String> = value.try_iter().into_iter().flatten().map(member).collect();
            format!("{{{}}}", members.join(", "))
        }
        _ => value.to_string(),
    }
}

fn quoted(text: &str) -> String {
    let mark = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut quoted = String::from(mark);
    for letter in text.chars() {
        match letter {
            '\n' => quoted.push_str("\\n"),
            '\\' => quoted.push_str("\\\\"),
            letter if letter == mark => quoted.extend(['\\', letter]),
            letter => quoted.push(letter),
        }
    }
    quoted.push(mark);
    quoted
}

/// A method that the engine itself does not know.
pub fn method(state: &mut State, value: &Value, name: &str, args: &[Value]) -> Result<Value, Error> {
    match (value.kind(), name) {
        (ValueKind::Map, "get") => {
            let (key, default): (Value, Option<Value>) = from_args(args)?;
            let found = value.get_item(&key)?;
            Ok(if found.is_undefined() { default.unwrap_or_else(|| Value::from(())) } else { found })
        }
        (ValueKind::Map, "items") => state.apply_filter("items", std::slice::from_ref(value)),
        (ValueKind::Map, "keys") => Ok(value.try_iter()?.collect()),
        (ValueKind::Map, "values") => {
            value.try_iter()?.map(|key| value.get_item(&key)).collect::<Result<Vec<_>, _>>().map(Value::from)
        }
        (ValueKind::String, _) => of_text(value.as_str().unwrap_or_default(), name, args),
        _ => Err(Error::from(ErrorKind::UnknownMethod)),
    }
}

fn of_text(text: &str, name: &str, args: &[Value]) -> Result<Value, Error> {
    let first = || from_args::<(Option<String>,)>(args).map(|(first,)| first);
    let needed = || first()?.ok_or_else(|| Error::from(ErrorKind::MissingArgument));
    Ok(match name {
        "upper" => Value::from(text.to_uppercase()),
        "lower" => Value::from(text.to_lowercase()),
        "strip" => match first()? {
            Some(letters) => Value::from(text.trim_matches(|c| letters.contains(c))),
            None => Value::from(text.trim()),
        },
        "startswith" => Value::from(text.starts_with(&needed()?)),
        "endswith" => Value::from(text.ends_with(&needed()?)),
        "removeprefix" => Value::from(text.strip_prefix(needed()?.as_str()).unwrap_or(text)),
        "split" => match first()? {
            Some(mark) if !mark.is_empty() => text.split(mark.as_str()).map(Value::from).collect(),
            _ => text.split_whitespace().map(Value::from).collect(),
        },
        "replace" => {
            let (from, to): (String, String) = from_args(args)?;
            Value::from(text.replace(&from, &to))
        }
        // Datetimes are texts here.
        "isoformat" => Value::from(text),
        "strftime" => {
            let form = needed()?;
            let moment =
                parse_moment(text).map_err(|error| Error::new(ErrorKind::InvalidOperation, error.to_string()))?;
            let mut printed = String::new();
            let written = std::fmt::Write::write_fmt(&mut printed, format_args!("{}", moment.0.format(&form)));
            written.map_err(|_| Error::new(ErrorKind::InvalidOperation, format!("no format of datetimes: {form}")))?;
            Value::from(printed)
        }
        _ => return Err(Error::from(ErrorKind::UnknownMethod)),
    })
}
