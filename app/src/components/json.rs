//! JSON as people read it.

use serde_json::{Map, Value};

use crate::element::{El, el};

/// A JSON value, indented; an empty one says so in words.
pub fn json(value: &Value) -> El {
    let empty = match value {
        Value::Null => true,
        Value::Object(members) => members.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    };
    if empty {
        return el("p").class("faint").add("none");
    }
    el("pre").class("json").attr("tabindex", "0").add(el("code").add(pretty(value)))
}

/// The same of an object's members.
pub fn members(members: &Map<String, Value>) -> El {
    json(&Value::Object(members.clone()))
}

/// The indented text.
pub fn pretty(value: &Value) -> String {
    format!("{value:#}")
}
