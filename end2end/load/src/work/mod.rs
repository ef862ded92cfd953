//! What is measured, one file each. A work gets a server that is up and gives rows for the table.

pub mod asking;
mod bare;
mod cluster;
pub mod dashboard;
pub mod deploy;
pub mod due;
pub mod events;
pub mod jobs;
pub mod lifecycle;
pub mod logs;
pub mod mixed;
pub mod page;
pub mod polling;
pub mod queries;
pub mod schedules;

use anyhow::Result;
use serde_json::{Value, json};

use crate::api::Api;

/// One line of the report.
pub struct Row {
    pub what: String,
    pub value: String,
}

impl Row {
    /// A row of the report.
    pub fn new(what: impl Into<String>, value: impl Into<String>) -> Row {
        Row { what: what.into(), value: value.into() }
    }
}

/// A name that nothing else has.
pub fn unique(prefix: &str) -> String {
    format!("{prefix}-{}", &uuid::Uuid::from_u128(fastrand::u128(..)).simple().to_string()[..8])
}

/// A flow of its own for a work; its id.
pub async fn flow(api: &Api, name: &str) -> Result<String> {
    api.made("/flows/", &json!({ "name": name })).await
}

/// An instant as the API writes it, `seconds` from now.
pub fn instant(seconds: f64) -> String {
    let at = chrono::DateTime::<chrono::Utc>::from(std::time::SystemTime::now());
    (at + chrono::TimeDelta::microseconds((seconds * 1e6) as i64)).to_rfc3339_opts(chrono::SecondsFormat::Micros, false)
}

/// The body of a proposed state.
pub fn proposed(kind: &str) -> Value {
    json!({ "state": { "type": kind }, "force": false })
}
