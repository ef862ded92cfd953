//! Repairs of the schemas that pydantic writes, before values are held against them.

use serde_json::{Map, Value, json};

use super::Reading;

/// The schema as it is meant.
pub fn repaired(schema: &Value, reading: Reading) -> Value {
    let mut schema = schema.clone();
    if let Value::Object(root) = &mut schema {
        members(root, reading.allow_none_with_default);
        definitions(root, reading.allow_none_with_default);
    }
    if reading.ignore_required {
        forget_required(&mut schema);
    }
    schema
}

/// What is not required may be null; pydantic 1 does not say so. Tuples are written in the old way.
fn members(schema: &mut Map<String, Value>, allow_none_with_default: bool) {
    let required: Vec<String> = match schema.get("required") {
        Some(Value::Array(names)) => names.iter().filter_map(|name| Some(name.as_str()?.to_owned())).collect(),
        _ => Vec::new(),
    };
    let Some(Value::Object(properties)) = schema.get_mut("properties") else { return };
    for (name, member) in properties {
        let Value::Object(member) = member else { continue };
        let typed = member.get("type").is_some_and(|kind| kind != "null");
        if !required.contains(name) && typed && (allow_none_with_default || !member.contains_key("default")) {
            let kind = member.shift_remove("type");
            member.insert("anyOf".to_owned(), json!([{ "type": kind }, { "type": "null" }]));
        }
        if member.get("items").is_some_and(Value::is_array) && !member.contains_key("prefixItems") {
            let items = member.shift_remove("items").unwrap_or_default();
            member.insert("prefixItems".to_owned(), items);
        }
        members(member, allow_none_with_default);
    }
}

/// The same inside of definitions; a block may also be given as a reference to its document.
fn definitions(schema: &mut Map<String, Value>, allow_none_with_default: bool) {
    let Some(Value::Object(definitions)) = schema.get_mut("definitions") else { return };
    let mut blocks = Vec::new();
    for definition in definitions.values_mut() {
        let Value::Object(definition) = definition else { continue };
        members(definition, allow_none_with_default);
        if let (true, Some(Value::String(title))) =
            (definition.contains_key("block_type_slug"), definition.get("title"))
        {
            blocks.push((title.clone(), json!({ "oneOf": [&*definition, block_reference()] })));
        }
    }
    definitions.extend(blocks);
}

/// `{"$ref": "<id>"}` or `{"$ref": {"block_document_id": "<id>"}}`.
fn block_reference() -> Value {
    json!({
        "type": "object",
        "properties": { "$ref": { "oneOf": [
            { "type": "string", "format": "uuid" },
            { "type": "object", "additionalProperties": { "type": "string" }, "minProperties": 1 },
        ] } },
        "required": ["$ref"],
    })
}

/// Takes away every word about what is required.
pub fn forget_required(schema: &mut Value) {
    if let Value::Object(members) = schema {
        members.shift_remove("required");
        members.values_mut().for_each(forget_required);
    }
}
