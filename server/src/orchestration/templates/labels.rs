//! Labels as a tree: `labels.prefect.resource.id` and `labels['prefect.resource.id']` are the same text.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use minijinja::Value;
use minijinja::value::{Enumerator, Object};

/// Labels below one place of the tree, and the text at the place itself.
#[derive(Debug, Default)]
pub struct Labels {
    below: BTreeMap<String, String>,
    here: Option<String>,
}

impl Labels {
    /// The whole tree.
    pub fn of(labels: BTreeMap<String, String>) -> Self {
        Labels { below: labels, here: None }
    }

    fn at(&self, name: &str) -> Option<Labels> {
        let start = format!("{name}.");
        let below: BTreeMap<String, String> = self
            .below
            .iter()
            .filter_map(|(label, text)| Some((label.strip_prefix(&start)?.to_owned(), text.clone())))
            .collect();
        let here = self.below.get(name).cloned();
        (here.is_some() || !below.is_empty()).then_some(Labels { below, here })
    }
}

impl Object for Labels {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let name = key.as_str()?;
        match self.below.get(name) {
            Some(text) if name.contains('.') => Some(Value::from(text.as_str())),
            _ => self.at(name).map(Value::from_object),
        }
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.below.keys().map(|label| Value::from(label.as_str())).collect())
    }

    fn is_true(self: &Arc<Self>) -> bool {
        self.here.as_ref().is_some_and(|text| !text.is_empty()) || !self.below.is_empty()
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.here.as_deref().unwrap_or_default())
    }
}
