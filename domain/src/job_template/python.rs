//! Values as Python's `str()` prints them, which is how they get into longer texts.

use serde_json::Value;

/// `True`, `None`, `3.0`, `{'a': [1, 'b']}`; texts as they are.
pub(super) fn python_str(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => python_repr(other),
    }
}

/// As [`python_str`], but texts are quoted.
pub(super) fn python_repr(value: &Value) -> String {
    match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Number(number) if number.is_f64() => float(&number.to_string()),
        Value::Number(number) => number.to_string(),
        Value::String(text) => quoted(text),
        Value::Array(items) => format!("[{}]", items.iter().map(python_repr).collect::<Vec<_>>().join(", ")),
        Value::Object(members) => {
            let members = members.iter().map(|(key, value)| format!("{}: {}", quoted(key), python_repr(value)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
        }
    }
}

/// Python writes exponents with a sign and two digits: `1e-07`, `1e+16`.
fn float(text: &str) -> String {
    let Some((digits, exponent)) = text.split_once('e') else { return text.to_owned() };
    let (sign, exponent) = match exponent.strip_prefix('-') {
        Some(exponent) => ('-', exponent),
        None => ('+', exponent.trim_start_matches('+')),
    };
    format!("{digits}e{sign}{exponent:0>2}")
}

/// In single quotes, unless only double ones save escaping.
fn quoted(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut quoted = String::from(quote);
    for letter in text.chars() {
        match letter {
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            _ if letter == quote => quoted.extend(['\\', quote]),
            _ if letter.is_ascii_control() => quoted.push_str(&format!("\\x{:02x}", u32::from(letter))),
            _ => quoted.push(letter),
        }
    }
    quoted.push(quote);
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_are_printed_as_python_prints_them() {
        let cases = [
            (json!(null), "None"),
            (json!(true), "True"),
            (json!(7), "7"),
            (json!(3.0), "3.0"),
            (json!(1e-7), "1e-07"),
            (json!(1e16), "1e+16"),
            (json!("it's"), "it's"),
            (json!([1, "a", null]), "[1, 'a', None]"),
            (json!({"a": {"b": false}, "it's": "\"'\n"}), "{'a': {'b': False}, \"it's\": '\"\\'\\n'}"),
        ];
        for (value, text) in cases {
            assert_eq!(python_str(&value), text);
        }
    }
}
