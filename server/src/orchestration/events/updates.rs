//! What an edit changed, as the payloads of `….updated` tell it.

use serde_json::{Map, Value, json};

/// The payload for a thing whose members were `before` and are `after`; nothing when they are equal. The
/// members are told in the order of `after`.
pub fn updates(before: &Value, after: &Value) -> Option<Value> {
    let members = after.as_object()?;
    let changed: Map<String, Value> = members
        .iter()
        .map(|(name, to)| (name, before.get(name).unwrap_or(&Value::Null), to))
        .filter(|(_, from, to)| from != to)
        .map(|(name, from, to)| (name.clone(), json!({ "from": from, "to": to })))
        .collect();
    let names: Vec<&String> = changed.keys().collect();
    (!names.is_empty()).then(|| json!({ "updated_fields": names, "updates": changed }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_is_told() {
        let before = json!({ "a": 1, "b": [1], "c": null });
        assert_eq!(updates(&before, &before), None);
        let told = updates(&before, &json!({ "a": 1, "b": [2], "c": "x" }));
        let want = json!({
            "updated_fields": ["b", "c"],
            "updates": { "b": { "from": [1], "to": [2] }, "c": { "from": null, "to": "x" } },
        });
        assert_eq!(told, Some(want));
    }
}
