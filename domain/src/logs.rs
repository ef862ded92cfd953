//! Log lines of runs.

use serde::{Deserialize, Serialize};

use crate::filter::{NumberOps, Operator, OptionalIdOps, QueryOps, TimeOps};
use crate::id::{FlowRunId, LogId, TaskRunId, Uuid};
use crate::time::Timestamp;

/// One stored line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Log {
    pub id: LogId,
    pub created: Option<Timestamp>,
    pub updated: Option<Timestamp>,
    /// The logger, e.g. `prefect.flow_runs`.
    pub name: String,
    /// Python's numbers: 10 debug, 20 info, 30 warning, 40 error, 50 critical.
    pub level: i64,
    pub message: String,
    /// When the line was written, by the writer's clock.
    pub timestamp: Timestamp,
    pub flow_run_id: Option<FlowRunId>,
    pub task_run_id: Option<TaskRunId>,
}

/// One line of the body of `POST /logs/`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogCreate {
    pub name: String,
    pub level: i64,
    pub message: String,
    pub timestamp: Timestamp,
    #[serde(default)]
    pub flow_run_id: Option<FlowRunId>,
    #[serde(default)]
    pub task_run_id: Option<TaskRunId>,
    /// Sent by some clients and ignored: ids are minted here.
    #[serde(default, skip_serializing)]
    pub id: Option<Uuid>,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogFilter {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operator: Option<Operator>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<NumberOps>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<TimeOps>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flow_run_id: Option<OptionalIdOps<FlowRunId>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task_run_id: Option<OptionalIdOps<TaskRunId>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<QueryOps>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum LogSort {
    #[default]
    TimestampAsc,
    TimestampDesc,
}

/// Body of `POST /logs/filter`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct LogPage {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logs: Option<LogFilter>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sort: Option<LogSort>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<i64>,
}

/// A line as the dashboard reads it: with its place in the order of storing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LogLine {
    /// Grows with every stored line of this server: the one cursor for history and tail.
    pub seq: i64,
    pub timestamp: Timestamp,
    pub level: i64,
    pub name: String,
    pub message: String,
    pub task_run_id: Option<TaskRunId>,
}

/// A stretch of a run's log, in the order of storing.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct LogSlice {
    pub lines: Vec<LogLine>,
    /// Read on from here: lines with a greater `seq`.
    pub cursor: i64,
    /// Lines of this run that are stored in all.
    pub total: i64,
    /// True when lines before the first of `lines` exist.
    pub has_earlier: bool,
}
