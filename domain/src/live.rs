//! The dashboard's one websocket, `/api/reeve/live`: what it asks, and what is pushed.
//!
//! Messages say "look from here"; the database is the truth. A log subscription begins with what is
//! stored after the cursor, so that nothing between page and socket is missed or shown twice.

use serde::{Deserialize, Serialize};

use crate::id::{DeploymentId, FlowRunId, Uuid};
use crate::logs::LogLine;

/// From the browser.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LiveAsk {
    /// Follow a run's log from a cursor on; a second one for the same run replaces the first.
    FollowLogs { flow_run_id: FlowRunId, after: i64 },
    /// No more lines of this run.
    UnfollowLogs { flow_run_id: FlowRunId },
    /// Tell when anything changes. What is shown already may be this old, in seconds: what happened since then
    /// is told as well. May be asked again.
    FollowChanges {
        #[serde(default)]
        age: f64,
    },
}

/// To the browser.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LiveMessage {
    /// New lines in the order of storing; `cursor` is the last one's `seq`.
    Logs { flow_run_id: FlowRunId, lines: Vec<LogLine>, cursor: i64 },
    /// Something changed and was committed.
    Changed(Change),
    /// More happened than could be told: read the page again.
    Lagged,
}

/// What changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Change {
    pub what: Changed,
    pub id: Uuid,
    /// The run that it belongs to, for task runs; the run itself for flow runs.
    pub flow_run_id: Option<FlowRunId>,
    pub deployment_id: Option<DeploymentId>,
}

/// The kinds of things that pages watch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Changed {
    FlowRun,
    TaskRun,
    Deployment,
    WorkPool,
    Worker,
}
