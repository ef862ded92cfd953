//! JSON values that know where each of their parts came from.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::placeholder::child;

/// Who set a value. Later ones override earlier ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Written out in the template's job configuration.
    Template,
    /// The default of a variable of the pool.
    PoolDefault,
    /// The deployment's job variables.
    Deployment,
    /// The flow run's job variables.
    FlowRun,
    /// Added when the job is made: environment, labels, names.
    Worker,
}

/// A JSON value with an origin at each leaf (and at empty containers).
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Tracked {
    Leaf(Value, Origin),
    Array(Vec<Tracked>, Origin),
    Object(Members, Origin),
}

/// The members of an object, in order.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Members(pub Vec<(String, Tracked)>);

impl Members {
    pub fn of(object: &Map<String, Value>, origin: Origin) -> Self {
        Members(object.iter().map(|(key, value)| (key.clone(), Tracked::of(value, origin))).collect())
    }

    pub fn get(&self, key: &str) -> Option<&Tracked> {
        self.0.iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    pub fn get_mut(&mut self, key: &str) -> Option<&mut Tracked> {
        self.0.iter_mut().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    pub fn set(&mut self, key: &str, value: Tracked) {
        match self.get_mut(key) {
            Some(old) => *old = value,
            None => self.0.push((key.to_owned(), value)),
        }
    }

    pub fn remove(&mut self, key: &str) -> Option<Tracked> {
        let at = self.0.iter().position(|(name, _)| name == key)?;
        Some(self.0.remove(at).1)
    }

    /// Takes over all members of `other`.
    pub fn update(&mut self, other: Members) {
        for (key, value) in other.0 {
            self.set(&key, value);
        }
    }
}

impl Tracked {
    pub fn of(value: &Value, origin: Origin) -> Self {
        match value {
            Value::Array(items) => Tracked::Array(items.iter().map(|item| Tracked::of(item, origin)).collect(), origin),
            Value::Object(object) => Tracked::Object(Members::of(object, origin), origin),
            leaf => Tracked::Leaf(leaf.clone(), origin),
        }
    }

    pub fn value(&self) -> Value {
        match self {
            Tracked::Leaf(value, _) => value.clone(),
            Tracked::Array(items, _) => items.iter().map(Tracked::value).collect(),
            Tracked::Object(members, _) => members.0.iter().map(|(key, value)| (key.clone(), value.value())).collect(),
        }
    }

    /// The latest origin of any part.
    pub fn origin(&self) -> Origin {
        match self {
            Tracked::Leaf(_, origin) => *origin,
            Tracked::Array(items, origin) => items.iter().map(Tracked::origin).max().unwrap_or(*origin),
            Tracked::Object(members, origin) => {
                members.0.iter().map(|(_, value)| value.origin()).max().unwrap_or(*origin)
            }
        }
    }

    /// Is there anything in it? Python's truth: null, false, 0, "" and empty containers are false.
    pub fn is_truthy(&self) -> bool {
        match self {
            Tracked::Leaf(Value::Null | Value::Bool(false), _) => false,
            Tracked::Leaf(Value::String(text), _) => !text.is_empty(),
            Tracked::Leaf(Value::Number(number), _) => number.as_f64() != Some(0.0),
            Tracked::Leaf(..) => true,
            Tracked::Array(items, _) => !items.is_empty(),
            Tracked::Object(members, _) => !members.0.is_empty(),
        }
    }

    /// Into `found`: the JSON pointer and origin of each leaf.
    pub fn origins(&self, pointer: &str, found: &mut Vec<(String, Origin)>) {
        match self {
            Tracked::Array(items, _) if !items.is_empty() => {
                for (index, item) in items.iter().enumerate() {
                    item.origins(&format!("{pointer}/{index}"), found);
                }
            }
            Tracked::Object(members, _) if !members.0.is_empty() => {
                for (key, value) in &members.0 {
                    value.origins(&child(pointer, key), found);
                }
            }
            leaf => found.push((pointer.to_owned(), leaf.origin())),
        }
    }

    /// Follows `a.b[0].c`. A numeric part only ever indexes a list, from its end when negative.
    pub fn at_path(&self, path: &str) -> Option<&Tracked> {
        let path = path.replace('[', ".").replace(']', "");
        path.split('.').try_fold(self, |value, part| match (value, part.parse::<i64>()) {
            (Tracked::Array(items, _), Ok(index)) => {
                let length = i64::try_from(items.len()).ok()?;
                items.get(usize::try_from(if index < 0 { index + length } else { index }).ok()?)
            }
            (Tracked::Object(members, _), Err(_)) => members.get(part),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn paths_lead_into_values() {
        let value = json!({"a": {"b": [0, {"c": [1, 2]}], "1": "one"}});
        let tracked = Tracked::of(&value, Origin::Template);
        let cases = [
            ("a.b[1].c[1]", Some(json!(2))),
            ("a.b.1.c.0", Some(json!(1))),
            ("a.b[-1].c", Some(json!([1, 2]))),
            ("a.b[-3]", None),
            ("a.1", None),
            ("a.x", None),
            ("a.b.c", None),
        ];
        for (path, expected) in cases {
            assert_eq!(tracked.at_path(path).map(Tracked::value), expected, "{path}");
        }
    }
}
