//! The journal of why runs are where they are: what the services decided about a run, each kind once, with how often.

use serde::{Deserialize, Serialize};

use crate::id::FlowRunId;
use crate::time::Timestamp;

/// One kind of decision about a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Decision {
    pub flow_run_id: FlowRunId,
    /// `offered`, `held_back`, `refused`, `no_worker`.
    pub kind: String,
    /// A sentence, as it was last.
    pub words: String,
    pub first: Timestamp,
    pub last: Timestamp,
    /// How often it was decided.
    pub times: i64,
}

/// What is put into the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    pub flow_run_id: FlowRunId,
    pub kind: &'static str,
    pub words: String,
    pub at: Timestamp,
    pub times: i64,
}
