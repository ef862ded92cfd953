//! Events: what has happened to a resource, and which other resources were involved.

mod filter;
mod resource;

pub(crate) use filter::fits;
pub use filter::{
    AnyResourceFilter, Ids, NameFilter, OccurredFilter, OneOrMany, RelatedFilter, ResourceFilter, Specification,
};
pub use filter::{EventFilter, EventOrder};
pub use resource::{ID, NAME, ROLE, Resource};

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use crate::id::EventId;
use crate::state::null_is_default;
use crate::time::Timestamp;

/// The longest name of an event, in characters.
const MAX_NAME: usize = 1024;

/// The most related resources of an event.
const MAX_RELATED: usize = 100;

/// The largest event that is taken, in bytes of JSON; larger ones are dropped.
pub const MAX_EVENT: usize = 1_500_000;

/// Something that has happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Event {
    /// By the sender's clock.
    pub occurred: Timestamp,
    /// Its name, e.g. `prefect.flow-run.Completed`.
    #[serde(deserialize_with = "name")]
    pub event: String,
    /// What it happened to.
    pub resource: Resource,
    /// What else was involved, each in a role.
    #[serde(default, deserialize_with = "related")]
    pub related: Vec<Resource>,
    #[serde(default, deserialize_with = "null_is_default")]
    pub payload: Map<String, Value>,
    /// Given by the sender: the same id is the same event.
    pub id: EventId,
    /// An event that is known to have happened before.
    #[serde(default)]
    pub follows: Option<EventId>,
    /// By the server's clock; only what a server sends has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received: Option<Timestamp>,
}

impl Event {
    /// An event that nothing else is involved in.
    pub fn new(id: EventId, occurred: Timestamp, name: impl Into<String>, resource: Resource) -> Self {
        let (event, related, payload) = (name.into(), Vec::new(), Map::new());
        Event { occurred, event, resource, related, payload, id, follows: None, received: None }
    }

    /// The same with what else was involved; each of them must have a role.
    pub fn involving(mut self, related: impl IntoIterator<Item = Resource>) -> Self {
        self.related.extend(related);
        self
    }

    /// The same with the members of a JSON object; other values say nothing.
    pub fn saying(mut self, payload: Value) -> Self {
        if let Value::Object(members) = payload {
            self.payload.extend(members);
        }
        self
    }
}

fn name<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let name = String::deserialize(from)?;
    if name.chars().count() > MAX_NAME {
        return Err(D::Error::custom(format!("Event name must be at most {MAX_NAME} characters")));
    }
    Ok(name.replace('\0', ""))
}

fn related<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Resource>, D::Error> {
    let related = Vec::<Resource>::deserialize(from)?;
    if related.len() > MAX_RELATED {
        return Err(D::Error::custom(format!("The maximum number of related resources is {MAX_RELATED}")));
    }
    for resource in &related {
        match resource.get(ROLE) {
            None => return Err(D::Error::custom(format!("Related Resources must include the {ROLE} label"))),
            Some("") => return Err(D::Error::custom(format!("The {ROLE} label must be non-empty"))),
            Some(_) => {}
        }
    }
    Ok(related)
}

/// Body of `POST /events/filter`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(default)]
pub struct EventQuery {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter: Option<EventFilter>,
    /// 0 to 50; absent means 50.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<i64>,
}

/// Answer of `POST /events/filter`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct EventPage {
    pub events: Vec<Event>,
    /// How many fit in all.
    pub total: i64,
    /// Where the next page is, if there is one.
    pub next_page: Option<String>,
}

/// What events are counted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Countable {
    Day,
    Time,
    Event,
    Resource,
}

/// Spans of time for counting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum TimeUnit {
    Week,
    #[default]
    Day,
    Hour,
    Minute,
    Second,
}

impl TimeUnit {
    /// Microseconds of one unit.
    pub fn micros(self) -> i64 {
        let seconds = match self {
            TimeUnit::Week => 7 * 86_400,
            TimeUnit::Day => 86_400,
            TimeUnit::Hour => 3_600,
            TimeUnit::Minute => 60,
            TimeUnit::Second => 1,
        };
        seconds * 1_000_000
    }
}

/// Body of `POST /events/count-by/{countable}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct EventCounting {
    pub filter: EventFilter,
    #[serde(default)]
    pub time_unit: TimeUnit,
    /// So many units make one span; at least 0.01.
    #[serde(default = "one")]
    pub time_interval: f64,
}

fn one() -> f64 {
    1.0
}

/// How many events have something in common.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct EventCount {
    /// What to filter by to get these events.
    pub value: String,
    /// What to show.
    pub label: String,
    pub count: i64,
    pub start_time: Timestamp,
    pub end_time: Timestamp,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn events_are_checked_when_they_are_read() {
        let good = json!({
            "occurred": "2026-11-23T17:43:41.373484Z", "event": "my.event", "resource": {"prefect.resource.id": "my.res"},
            "related": [{"prefect.resource.id": "r", "prefect.resource.role": "flow"}], "payload": {"a": [1]},
            "id": "01a20981-a646-72bd-84ec-ad8a9fa5232b", "follows": null,
        });
        let event: Event = serde_json::from_value(good.clone()).expect("an event");
        assert_eq!(serde_json::to_value(&event).expect("JSON"), good);
        let cases = [
            ("/resource", json!({}), "Resources must include the prefect.resource.id label"),
            ("/resource", json!({"prefect.resource.id": ""}), "label must be non-empty"),
            ("/resource", json!({"prefect.resource.id": 5}), "expected a string"),
            ("/related/0", json!({"prefect.resource.id": "r"}), "Related Resources must include"),
            ("/event", json!("x".repeat(1025)), "at most 1024 characters"),
            ("/id", json!("x"), "UUID"),
        ];
        for (place, value, want) in cases {
            let mut bad = good.clone();
            *bad.pointer_mut(place).expect("it is there") = value;
            let error = serde_json::from_value::<Event>(bad).expect_err(place).to_string();
            assert!(error.contains(want), "{place}: {error}");
        }
    }
}
