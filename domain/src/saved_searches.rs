//! Searches that people have given a name, for dashboards.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::id::SavedSearchId;
use crate::time::Timestamp;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct SavedSearch {
    pub id: SavedSearchId,
    pub created: Option<Timestamp>,
    pub updated: Option<Timestamp>,
    pub name: String,
    pub filters: Vec<SavedSearchFilter>,
}

/// One condition; what it means is the dashboard's business.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct SavedSearchFilter {
    pub object: String,
    pub property: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub operation: String,
    pub value: Value,
}

/// Body of `PUT /saved_searches/`: created, or the one of that name replaced.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SavedSearchCreate {
    pub name: String,
    #[serde(default)]
    pub filters: Vec<SavedSearchFilter>,
}
