//! What could stand where something cannot be read: serde's sentence tells what it expected.

use domain::bounds::Broken;
use serde_json::{Value, json};

/// What may be readable where serde says `text`, if that says it. Nothing says what a missing member should be:
/// `null` makes serde say it.
pub fn guess(text: &str) -> Option<Value> {
    const ID: &str = "00000000-0000-4000-8000-000000000000";
    if text.starts_with("missing field") {
        return Some(Value::Null);
    }
    if let Some((_, choices)) = text.split_once("unknown variant `").and_then(|(_, rest)| rest.split_once("expected "))
    {
        return Some(json!(choices.split('`').nth(1)?));
    }
    match Broken::said_by(text) {
        Some(Broken::AtLeast(bound) | Broken::AtMost(bound)) => return Some(json!(bound)),
        Some(Broken::Above(bound)) => return Some(json!(bound + 1)),
        Some(Broken::Length(_)) => return Some(json!("x")),
        None => {}
    }
    let expected = text.rsplit_once("expected ").map_or("", |(_, expected)| expected);
    Some(match expected {
        _ if text.contains("UUID") => json!(ID),
        _ if text.contains("datetime") => json!("2000-01-01T00:00:00Z"),
        "a string" | "a borrowed string" | "string" => json!(ID),
        "a boolean" => json!(true),
        "i64" | "u64" | "i32" | "u32" => json!(1),
        "f64" => json!(1.0),
        "a sequence" | "an instance of Sequence" => json!([]),
        "a map" => json!({}),
        _ if is_word(text) => json!(ID),
        _ if expected.starts_with("struct ") || expected.contains("tagged enum") => json!({}),
        _ => return None,
    })
}

/// Whether serde would have a word out of a list there, and there is no word.
pub fn is_word(text: &str) -> bool {
    ["expected string or map", "expected map with a single key"].iter().any(|end| text.ends_with(end))
}

/// What may be readable where serde does not say what is.
pub fn others() -> [Value; 5] {
    let resource = json!({ "prefect.resource.id": "x", "prefect.resource.role": "x" });
    [json!("x"), resource, json!({ "interval": 60 }), json!(1), json!({})]
}
