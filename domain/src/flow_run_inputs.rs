//! Values that are handed to a running flow: answers to a pause, messages between runs.

use serde::{Deserialize, Serialize};

use crate::id::{FlowRunId, Uuid};
use crate::state::null_is_default;
use crate::time::Timestamp;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct FlowRunInput {
    pub id: Uuid,
    pub created: Option<Timestamp>,
    pub updated: Option<Timestamp>,
    pub flow_run_id: FlowRunId,
    pub key: String,
    /// Text, in practice JSON.
    pub value: String,
    /// Who sent it, for example `prefect.flow-run.<id>`.
    pub sender: Option<String>,
}

/// Body of `POST /flow_runs/{id}/input`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct FlowRunInputCreate {
    pub key: String,
    pub value: String,
    #[serde(default)]
    pub sender: Option<String>,
}

/// Body of `POST /flow_runs/{id}/input/filter`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct FlowRunInputPage {
    pub prefix: String,
    #[serde(default = "one")]
    pub limit: i64,
    #[serde(default, deserialize_with = "null_is_default")]
    pub exclude_keys: Vec<String>,
}

fn one() -> i64 {
    1
}

/// True for a key of letters, digits, dashes and underscores.
pub fn is_legal_key(key: &str) -> bool {
    !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}
