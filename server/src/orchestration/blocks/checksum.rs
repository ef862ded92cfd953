//! The checksum of a block schema, as Prefect's clients compute it over their own fields.
//!
//! It is the SHA-256 of Python's `json.dumps(([fields], {}), sort_keys=True)`, where `fields` is without
//! any `secret_fields` and with those definitions only that are referred to and are no blocks.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::orchestration::json_schema::repr;

/// What references to definitions begin with.
const DEFINITIONS: &str = "#/definitions/";

/// `sha256:` and 64 hexadecimal digits.
pub fn of(fields: &Map<String, Value>) -> String {
    let mut fields = without_secret_fields(fields);
    if let Some(Value::Object(definitions)) = fields.get("definitions").cloned() {
        let mut plain = BTreeMap::new();
        plain_definitions(&Value::Object(fields.clone()), &definitions, &mut plain);
        if plain.is_empty() {
            fields.remove("definitions");
        } else {
            fields.insert("definitions".to_owned(), Value::Object(plain.into_iter().collect()));
        }
    }
    let mut text = String::from("[[");
    write_json(&Value::Object(fields), &mut text);
    text.push_str("], {}]");
    let digest = Sha256::digest(text.as_bytes());
    let mut checksum = String::from("sha256:");
    for byte in digest.iter() {
        // Writing into a string cannot fail.
        let _ = write!(checksum, "{byte:02x}");
    }
    checksum
}

/// Objects inside of lists are left as they are.
fn without_secret_fields(object: &Map<String, Value>) -> Map<String, Value> {
    let kept = object.iter().filter(|(key, _)| *key != "secret_fields");
    let cleaned = kept.map(|(key, value)| match value {
        Value::Object(inner) => (key.clone(), Value::Object(without_secret_fields(inner))),
        other => (key.clone(), other.clone()),
    });
    cleaned.collect()
}

/// Gathers the definitions that are referred to, at any depth, and are no blocks.
fn plain_definitions(value: &Value, definitions: &Map<String, Value>, found: &mut BTreeMap<String, Value>) {
    match value {
        Value::Object(members) => {
            if let Some(Value::String(reference)) = members.get("$ref") {
                let key = reference.replace(DEFINITIONS, "");
                let definition = definitions.get(&key).filter(|definition| {
                    let is_empty = definition.as_object().is_none_or(Map::is_empty);
                    !is_empty && definition.get("block_type_slug").is_none_or(Value::is_null)
                });
                if let Some(definition) = definition
                    && !found.contains_key(&key)
                {
                    found.insert(key, definition.clone());
                    plain_definitions(definition, definitions, found);
                }
            }
            members.values().for_each(|member| plain_definitions(member, definitions, found));
        }
        Value::Array(items) => items.iter().for_each(|item| plain_definitions(item, definitions, found)),
        _ => {}
    }
}

/// Python's JSON: keys in order, a blank after commas and colons, only ASCII.
fn write_json(value: &Value, text: &mut String) {
    match value {
        Value::Null => text.push_str("null"),
        Value::Bool(yes) => text.push_str(if *yes { "true" } else { "false" }),
        Value::Number(_) => text.push_str(&repr(value)),
        Value::String(string) => write_string(string, text),
        Value::Array(items) => {
            text.push('[');
            for (n, item) in items.iter().enumerate() {
                text.push_str(if n > 0 { ", " } else { "" });
                write_json(item, text);
            }
            text.push(']');
        }
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_unstable_by_key(|(key, _)| *key);
            text.push('{');
            for (n, (key, member)) in members.into_iter().enumerate() {
                text.push_str(if n > 0 { ", " } else { "" });
                write_string(key, text);
                text.push_str(": ");
                write_json(member, text);
            }
            text.push('}');
        }
    }
}

fn write_string(string: &str, text: &mut String) {
    text.push('"');
    for c in string.chars() {
        match c {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            '\u{8}' => text.push_str("\\b"),
            '\u{c}' => text.push_str("\\f"),
            ' '..='~' => text.push(c),
            c => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    // Writing into a string cannot fail.
                    let _ = write!(text, "\\u{unit:04x}");
                }
            }
        }
    }
    text.push('"');
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn checksum(fields: Value) -> String {
        of(fields.as_object().expect("an object"))
    }

    #[test]
    fn checksums_are_those_of_both_python_clients() {
        let odd = json!({
            "title": "Tést \u{2028} 😀", "type": "object", "secret_fields": ["a"],
            "properties": {
                "a": {"title": "A", "default": 1.0, "$ref": "#/definitions/Color", "x": "tab\t\"q\" \\ / \u{7f}\n"},
                "b": {
                    "default": 1e16, "c": [1e-7, 0.1, -0.0, 5, null, true, 1.5e300, {"secret_fields": []}],
                    "allOf": [{"$ref": "#/definitions/Other"}], "secret_fields": [1],
                },
            },
            "required": [], "block_type_slug": "test",
            "definitions": {
                "Color": {"enum": ["red"], "properties": {"s": {"$ref": "#/definitions/Shade"}}}, "Shade": {"type": "integer"},
                "Other": {"block_type_slug": "other", "title": "Other", "properties": {"x": {"$ref": "#/definitions/Used"}}},
                "Used": {"type": "null"}, "Unused": {"type": "null"},
            },
            "block_schema_references": {"b": {"block_type_slug": "other", "block_schema_checksum": "sha256:00"}},
        });
        assert_eq!(checksum(odd), "sha256:b5fdebcfe9036b8e54c0980522226ce652f70d9325aa9fec65a4b3d2e1579998");
        let only_blocks = json!({"title": "x", "definitions": {"A": {"block_type_slug": "a"}}});
        assert_eq!(checksum(only_blocks), "sha256:3a78445b02bd0cd93223227bc469ab15478a6f2b96abf3f9dd25d0b40ebdd85e");
        assert_eq!(checksum(json!({})), "sha256:f8e6e96abbc38504d4e9c99fc57281fa0026bede1fa42db79f22f984501710f4");
    }

    #[test]
    fn definitions_may_refer_to_themselves() {
        let endless = json!({
            "properties": {"a": {"$ref": "#/definitions/Node"}},
            "definitions": {"Node": {"properties": {"next": {"$ref": "#/definitions/Node"}}}},
        });
        assert_eq!(checksum(endless).len(), 71);
    }
}
