//! Two edits of one JSON value brought together: what only one side has changed is taken from it.

use serde_json::{Map, Value};

use super::placeholder::child;

/// Both edits in one value. Where both changed the same leaf to different values, `mine` is kept; the second part says
/// where, as JSON pointers.
pub fn merge(base: &Value, mine: &Value, theirs: &Value) -> (Value, Vec<String>) {
    let mut conflicts = Vec::new();
    let merged = at("", Some(base), Some(mine), Some(theirs), &mut conflicts);
    (merged.unwrap_or(Value::Null), conflicts)
}

/// The merged value at a place; nothing where it is left out.
fn at(
    pointer: &str,
    base: Option<&Value>,
    mine: Option<&Value>,
    theirs: Option<&Value>,
    conflicts: &mut Vec<String>,
) -> Option<Value> {
    if mine == theirs || theirs == base {
        return mine.cloned();
    }
    if mine == base {
        return theirs.cloned();
    }
    if let (Some(Value::Object(mine)), Some(Value::Object(theirs))) = (mine, theirs) {
        let base = base.and_then(Value::as_object);
        let mut merged = Map::new();
        let added = theirs.keys().filter(|key| !mine.contains_key(*key));
        for key in mine.keys().chain(added) {
            let base = base.and_then(|base| base.get(key));
            let value = at(&child(pointer, key), base, mine.get(key), theirs.get(key), conflicts);
            merged.extend(value.map(|value| (key.clone(), value)));
        }
        return Some(Value::Object(merged));
    }
    conflicts.push(pointer.to_owned());
    mine.cloned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_one_side_changed_is_taken_and_what_both_changed_is_told() {
        let base = json!({ "a": 1, "b": { "c": 1, "d": [1] }, "gone": 0, "both": 1 });
        let mine = json!({ "a": 2, "b": { "c": 1, "d": [1, 2] }, "gone": 0, "both": 2, "new": true });
        let theirs = json!({ "a": 1, "b": { "c": 5, "d": [1] }, "both": 3, "other": [] });
        let (merged, conflicts) = merge(&base, &mine, &theirs);
        assert_eq!(merged, json!({ "a": 2, "b": { "c": 5, "d": [1, 2] }, "both": 2, "new": true, "other": [] }));
        assert_eq!(conflicts, ["/both"]);
        assert_eq!(merge(&base, &mine, &base), (mine.clone(), vec![]));
        assert_eq!(merge(&base, &base, &theirs), (theirs, vec![]));
    }

    #[test]
    fn what_one_side_deleted_and_the_other_changed_is_told() {
        let (merged, conflicts) = merge(&json!({ "x": 1 }), &json!({}), &json!({ "x": 2 }));
        assert_eq!((merged, conflicts), (json!({}), vec!["/x".to_owned()]));
    }
}
