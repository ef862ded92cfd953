//! Resources: labels with texts, one of which is the id.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

/// The label that every resource has.
pub const ID: &str = "prefect.resource.id";

/// The label with the name for people.
pub const NAME: &str = "prefect.resource.name";

/// The label that every related resource has.
pub const ROLE: &str = "prefect.resource.role";

/// The most labels of a resource.
const MAX_LABELS: usize = 500;

/// Something that events are about. All labels are texts, and the id is there and not empty.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Resource(Map<String, Value>);

impl Resource {
    /// `prefect.<kind>.<id>`, e.g. `prefect.flow-run.…`.
    pub fn of(kind: &str, id: impl std::fmt::Display) -> Self {
        Resource(Map::from_iter([(ID.to_owned(), Value::String(format!("prefect.{kind}.{id}")))]))
    }

    /// The same with one more label.
    pub fn with(mut self, label: &str, text: impl Into<String>) -> Self {
        self.0.insert(label.to_owned(), Value::String(text.into()));
        self
    }

    /// The text of a label.
    pub fn get(&self, label: &str) -> Option<&str> {
        self.0.get(label).and_then(Value::as_str)
    }

    /// The id.
    pub fn id(&self) -> &str {
        self.get(ID).unwrap_or_default()
    }

    /// The role, of a related resource.
    pub fn role(&self) -> &str {
        self.get(ROLE).unwrap_or_default()
    }

    /// All labels with their texts.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().filter_map(|(label, text)| Some((label.as_str(), text.as_str()?)))
    }

    /// All texts.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.0.values().filter_map(Value::as_str)
    }
}

/// One of the labels must be the id.
impl<L: Into<String>> FromIterator<(L, String)> for Resource {
    fn from_iter<I: IntoIterator<Item = (L, String)>>(labels: I) -> Self {
        Resource(labels.into_iter().map(|(label, text)| (label.into(), Value::String(text))).collect())
    }
}

impl<'de> Deserialize<'de> for Resource {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let labels = Map::<String, Value>::deserialize(from)?;
        if labels.len() > MAX_LABELS {
            return Err(D::Error::custom(format!("The maximum number of labels per resource is {MAX_LABELS}")));
        }
        let mut resource = Map::with_capacity(labels.len());
        for (label, text) in labels {
            let Value::String(text) = text else {
                return Err(D::Error::custom(format!("invalid type: label {label:?}, expected a string")));
            };
            resource.insert(label, Value::String(if text.contains('\0') { text.replace('\0', "") } else { text }));
        }
        match resource.get(ID).and_then(Value::as_str) {
            None => Err(D::Error::custom(format!("Resources must include the {ID} label"))),
            Some("") => Err(D::Error::custom(format!("The {ID} label must be non-empty"))),
            Some(_) => Ok(Resource(resource)),
        }
    }
}
