//! Values with the places where they stand.

use serde_json::{Map, Value as Json};

use crate::Place;

/// A value and its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    pub value: Yaml,
    pub place: Place,
    /// It, or something in it, is named for use elsewhere in the file.
    pub has_anchor: bool,
}

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub enum Yaml {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
    List(Vec<Node>),
    /// Keys in their order, each once.
    Map(Vec<(Node, Node)>),
}

impl Node {
    /// The value of a key of a mapping.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entries().find(|(known, _)| known.text() == Some(key)).map(|(_, value)| value)
    }

    /// The key itself, for its place.
    pub fn key(&self, key: &str) -> Option<&Node> {
        self.entries().find(|(known, _)| known.text() == Some(key)).map(|(known, _)| known)
    }

    /// Keys and values of a mapping; nothing for anything else.
    pub fn entries(&self) -> impl Iterator<Item = &(Node, Node)> {
        match &self.value {
            Yaml::Map(entries) => entries.iter(),
            _ => [].iter(),
        }
    }

    /// Items of a list; nothing for anything else.
    pub fn items(&self) -> &[Node] {
        match &self.value {
            Yaml::List(items) => items,
            _ => &[],
        }
    }

    /// The text, if it is one.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Yaml::Text(text) => Some(text),
            _ => None,
        }
    }

    /// What kind of value it is, for people.
    pub fn kind(&self) -> &'static str {
        match &self.value {
            Yaml::Null => "nothing",
            Yaml::Bool(_) => "true or false",
            Yaml::Int(_) | Yaml::Float(_) => "a number",
            Yaml::Text(_) => "text",
            Yaml::List(_) => "a list",
            Yaml::Map(_) => "a mapping",
        }
    }

    /// The value as JSON. Keys that are no text become text.
    pub fn json(&self) -> Json {
        match &self.value {
            Yaml::Null => Json::Null,
            Yaml::Bool(value) => Json::Bool(*value),
            Yaml::Int(value) => Json::from(*value),
            Yaml::Float(value) => Json::from(*value),
            Yaml::Text(text) => Json::String(text.clone()),
            Yaml::List(items) => Json::Array(items.iter().map(Node::json).collect()),
            Yaml::Map(entries) => {
                let entries = entries.iter().map(|(key, value)| (key.as_key(), value.json()));
                Json::Object(entries.collect::<Map<_, _>>())
            }
        }
    }

    /// The text of a key.
    pub fn as_key(&self) -> String {
        match self.json() {
            Json::String(text) => text,
            other => other.to_string(),
        }
    }

    /// The place of the value at a path of keys and indices, or of the last part of the path that is there.
    pub fn place_of(&self, path: &[&str]) -> Place {
        let mut here = self;
        for part in path {
            let next = match (&here.value, part.parse::<usize>()) {
                (Yaml::List(items), Ok(n)) => items.get(n),
                _ => here.get(part),
            };
            let Some(next) = next else { break };
            here = next;
        }
        here.place
    }
}
