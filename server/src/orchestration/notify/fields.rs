//! The fields of a block.

use serde_json::{Map, Value};

#[derive(Debug, Clone, Copy)]
pub struct Fields<'d>(pub &'d Map<String, Value>);

impl<'d> Fields<'d> {
    /// A text that is there and not empty.
    pub fn text(&self, name: &str) -> Option<&'d str> {
        self.0.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
    }

    /// A text that must be there.
    pub fn needed(&self, name: &str) -> Result<&'d str, String> {
        self.text(name).ok_or_else(|| format!("The block has no {name}"))
    }

    pub fn yes(&self, name: &str) -> Option<bool> {
        self.0.get(name).and_then(Value::as_bool)
    }

    pub fn number(&self, name: &str) -> Option<i64> {
        self.0.get(name).and_then(Value::as_i64)
    }

    /// A value that is there and says something.
    pub fn some(&self, name: &str) -> Option<&'d Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    /// The texts of a list.
    pub fn list(&self, name: &str) -> Vec<&'d str> {
        let list = self.0.get(name).and_then(Value::as_array);
        list.into_iter().flatten().filter_map(Value::as_str).collect()
    }

    /// The texts of an object, by name.
    pub fn texts(&self, name: &str) -> Vec<(String, String)> {
        let members = self.0.get(name).and_then(Value::as_object);
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        members.into_iter().flatten().map(|(name, value)| (name.clone(), text(value))).collect()
    }

    /// Whether private addresses may be called.
    pub fn allows_private(&self) -> bool {
        self.yes("allow_private_urls").unwrap_or(true)
    }
}
