//! What the containers of a run print, as its worker keeps it in the log beside what the flow's client sends.
//! `POST /reeve/flow_runs/{id}/output`.

mod level;

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

pub use level::level_of;

/// Lines of one pod, in their order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Output {
    pub pod: String,
    pub lines: Vec<OutputLine>,
}

/// One line. A pod's lines are told apart by their time and their number within its microsecond, so that a line that
/// is sent twice is kept once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutputLine {
    /// When the node's container runtime read it.
    pub at: Timestamp,
    /// From 0, among the pod's lines of that microsecond.
    #[serde(default)]
    pub nth: i64,
    pub text: String,
}

/// The last line that is kept of a pod; nothing when there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutputEnd {
    pub at: Timestamp,
    pub nth: i64,
}
