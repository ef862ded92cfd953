//! JSON schemas of parameters and variables, as fields of a form. Plain data, tested without a browser.

use domain::sorted;
use serde_json::{Map, Value};

/// What a field takes.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    Text,
    Integer,
    Number,
    Boolean,
    /// One of these.
    Choice(Vec<Value>),
    /// Anything else, written as JSON; the word says what: `object`, `array` or `value`.
    Json(&'static str),
}

/// One property of a schema.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    pub name: String,
    pub title: String,
    pub description: Option<String>,
    pub kind: Kind,
    pub required: bool,
    pub nullable: bool,
    pub default: Option<Value>,
}

/// The fields of an object schema; by `position` where Prefect gave one, else in their own order.
pub fn fields(schema: &Value) -> Vec<Field> {
    let required: Vec<&str> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let mut fields: Vec<(i64, Field)> = Vec::new();
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        let position = property["position"].as_i64().unwrap_or(i64::MAX);
        sorted::insert(&mut fields, (position, field(schema, name, property, &required)), |a, b| a.0 <= b.0);
    }
    fields.into_iter().map(|(_, field)| field).collect()
}

fn field(schema: &Value, name: &str, property: &Value, required: &[&str]) -> Field {
    let (resolved, nullable) = resolve(schema, property, 8);
    let text = |key: &str| property[key].as_str().or(resolved[key].as_str()).map(str::to_owned);
    Field {
        name: name.to_owned(),
        title: text("title").unwrap_or_else(|| name.to_owned()),
        description: text("description"),
        kind: kind(resolved),
        required: required.contains(&name),
        nullable,
        default: property.get("default").or(resolved.get("default")).cloned(),
    }
}

/// Follows references and single alternatives; the second value says whether null is one of them.
fn resolve<'s>(root: &'s Value, schema: &'s Value, depth: u8) -> (&'s Value, bool) {
    if depth == 0 {
        return (schema, false);
    }
    if let Some(path) = schema["$ref"].as_str().and_then(|reference| reference.strip_prefix('#'))
        && let Some(target) = root.pointer(path)
    {
        return resolve(root, target, depth - 1);
    }
    for alternatives in ["allOf", "anyOf", "oneOf"] {
        let Some(all) = schema[alternatives].as_array() else { continue };
        let is_null = |one: &&Value| one["type"] == "null";
        let nullable = all.iter().any(|one| is_null(&one));
        let others: Vec<&Value> = all.iter().filter(|one| !is_null(one)).collect();
        return match others[..] {
            [one] => {
                let (resolved, inner) = resolve(root, one, depth - 1);
                (resolved, nullable || inner)
            }
            _ => (schema, nullable),
        };
    }
    let types = schema["type"].as_array();
    (schema, types.is_some_and(|types| types.iter().any(|kind| kind == "null")))
}

fn kind(schema: &Value) -> Kind {
    if let Some(allowed) = schema["enum"].as_array() {
        return Kind::Choice(allowed.iter().filter(|value| !value.is_null()).cloned().collect());
    }
    let named = match &schema["type"] {
        Value::Array(types) => types.iter().filter_map(Value::as_str).find(|name| *name != "null"),
        name => name.as_str(),
    };
    match named {
        Some("string") => Kind::Text,
        Some("integer") => Kind::Integer,
        Some("number") => Kind::Number,
        Some("boolean") => Kind::Boolean,
        Some("array") => Kind::Json("array"),
        Some("object") => Kind::Json("object"),
        _ => Kind::Json("value"),
    }
}

impl Field {
    /// A value as the field shows it; nothing at all is an empty text.
    pub fn show(&self, value: Option<&Value>) -> String {
        match (value, &self.kind) {
            (None | Some(Value::Null), _) => String::new(),
            (Some(Value::String(text)), kind) if !matches!(kind, Kind::Json(_)) => text.clone(),
            (Some(value), Kind::Json(_)) => format!("{value:#}"),
            (Some(value), _) => value.to_string(),
        }
    }

    /// What the field's text means: a value, nothing, or what is wrong with it.
    pub fn read(&self, text: &str) -> Result<Option<Value>, String> {
        let trimmed = text.trim();
        if trimmed.is_empty() && !(self.kind == Kind::Text && self.required && !text.is_empty()) {
            return if self.required && !self.nullable { Err("This is required.".to_owned()) } else { Ok(None) };
        }
        let json = || serde_json::from_slice::<Value>(trimmed.as_bytes());
        match &self.kind {
            Kind::Text => Ok(Some(text.into())),
            Kind::Integer => match json() {
                Ok(Value::Number(number)) if number.is_i64() || number.is_u64() => Ok(Some(number.into())),
                _ => Err("This must be a whole number.".to_owned()),
            },
            Kind::Number => match json() {
                Ok(Value::Number(number)) => Ok(Some(number.into())),
                _ => Err("This must be a number.".to_owned()),
            },
            Kind::Boolean => match trimmed {
                "true" => Ok(Some(true.into())),
                "false" => Ok(Some(false.into())),
                _ => Err("This must be true or false.".to_owned()),
            },
            Kind::Choice(allowed) => {
                let chosen = allowed.iter().find(|value| self.show(Some(value)) == text).cloned();
                chosen.map(Some).ok_or_else(|| "This is none of the choices.".to_owned())
            }
            Kind::Json(what) => read_json(trimmed, what).map(Some),
        }
    }
}

/// JSON of the wanted kind, or where it breaks off.
fn read_json(text: &str, what: &str) -> Result<Value, String> {
    let value: Value = serde_json::from_slice(text.as_bytes()).map_err(|error| format!("This is no JSON: {error}."))?;
    match what {
        "array" if !value.is_array() => Err("This must be a list, in brackets.".to_owned()),
        "object" if !value.is_object() => Err("This must be an object, in braces.".to_owned()),
        _ => Ok(value),
    }
}

/// A JSON object, or what is wrong; an empty text is an empty object.
pub fn read_object(text: &str) -> Result<Map<String, Value>, String> {
    if text.trim().is_empty() {
        return Ok(Map::new());
    }
    match read_json(text, "object")? {
        Value::Object(members) => Ok(members),
        _ => Ok(Map::new()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn schema() -> Value {
        json!({
            "required": ["name", "mode"],
            "properties": {
                "late": { "type": "string", "position": 9 },
                "name": { "title": "Name", "type": "string", "position": 0 },
                "count": { "type": "integer", "default": 3, "position": 1 },
                "ratio": { "anyOf": [{ "type": "number" }, { "type": "null" }], "default": null, "position": 2 },
                "dry": { "type": ["boolean", "null"], "position": 3 },
                "mode": { "allOf": [{ "$ref": "#/definitions/Mode" }], "description": "How", "position": 4 },
                "tags": { "type": "array", "items": { "type": "string" }, "position": 5 },
                "either": { "anyOf": [{ "type": "string" }, { "type": "integer" }], "position": 6 },
                "loop": { "$ref": "#/definitions/Loop", "position": 7 },
            },
            "definitions": { "Mode": { "enum": ["fast", "slow", 1] }, "Loop": { "$ref": "#/definitions/Loop" } },
        })
    }

    #[test]
    fn properties_become_fields() {
        let fields = fields(&schema());
        let shown: Vec<String> = fields
            .iter()
            .map(|field| {
                format!(
                    "{} {:?} {}{}",
                    field.name,
                    field.kind,
                    if field.required { "!" } else { "" },
                    if field.nullable { "?" } else { "" }
                )
            })
            .collect();
        let choices = "Choice([String(\"fast\"), String(\"slow\"), Number(1)])";
        assert_eq!(
            shown,
            [
                "name Text !",
                "count Integer ",
                "ratio Number ?",
                "dry Boolean ?",
                &format!("mode {choices} !"),
                "tags Json(\"array\") ",
                "either Json(\"value\") ",
                "loop Json(\"value\") ",
                "late Text ",
            ]
        );
        assert!(super::fields(&json!(null)).is_empty());
    }

    #[test]
    fn texts_become_values_or_say_what_is_wrong() {
        let fields = fields(&schema());
        let read = |name: &str, text: &str| {
            fields.iter().find(|field| field.name == name).map(|field| field.read(text)).expect("a field")
        };
        let good = [
            ("name", " a ", json!(" a ")),
            ("count", "12", json!(12)),
            ("count", " -1 ", json!(-1)),
            ("ratio", "0.5", json!(0.5)),
            ("dry", "false", json!(false)),
            ("mode", "1", json!(1)),
            ("tags", "[\"a\"]", json!(["a"])),
            ("either", "\"x\"", json!("x")),
        ];
        for (name, text, value) in good {
            assert_eq!(read(name, text), Ok(Some(value)), "{name} {text}");
        }
        for (name, text) in [("count", ""), ("ratio", " "), ("tags", "")] {
            assert_eq!(read(name, text), Ok(None), "{name}");
        }
        for (name, text) in [
            ("name", ""),
            ("count", "1.5"),
            ("count", "x"),
            ("ratio", "x"),
            ("dry", "yes"),
            ("mode", "other"),
            ("tags", "{}"),
            ("tags", "["),
        ] {
            assert!(read(name, text).is_err(), "{name} {text}");
        }
    }

    #[test]
    fn values_are_shown_as_they_are_read() {
        for field in fields(&schema()) {
            let value = match &field.kind {
                Kind::Text => json!("a b"),
                Kind::Integer => json!(7),
                Kind::Number => json!(0.5),
                Kind::Boolean => json!(true),
                Kind::Choice(all) => all[2].clone(),
                Kind::Json(_) => json!(["a", { "b": 1 }]),
            };
            assert_eq!(field.read(&field.show(Some(&value))), Ok(Some(value)), "{}", field.name);
            assert_eq!(field.show(None), "");
        }
    }
}
