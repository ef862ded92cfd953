//! Limits on tags, as `/concurrency_limits` has them.

use serde::{Deserialize, Serialize};

use crate::id::{ConcurrencyLimitId, TaskRunId};
use crate::time::Timestamp;

/// A limit on a tag, as `/concurrency_limits` shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct TagLimit {
    pub id: ConcurrencyLimitId,
    pub created: Option<Timestamp>,
    pub updated: Option<Timestamp>,
    pub tag: String,
    pub concurrency_limit: i64,
    /// The task runs that hold a slot.
    pub active_slots: Vec<TaskRunId>,
}

/// Body of `POST /concurrency_limits/`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TagLimitCreate {
    pub tag: String,
    pub concurrency_limit: i64,
}

/// Body of `POST /concurrency_limits/tag/{tag}/reset`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(default)]
pub struct TagLimitReset {
    /// Who holds the slots from now on; nobody when absent.
    pub slot_override: Option<Vec<TaskRunId>>,
}

/// Body of `POST /concurrency_limits/increment` and `…/decrement`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct TagSlots {
    pub names: Vec<String>,
    pub task_run_id: TaskRunId,
}
