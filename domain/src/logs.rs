//! Log lines of runs.

mod window;

use serde::{Deserialize, Serialize};

use crate::filter::{NumberOps, Operator, OptionalIdOps, QueryOps, TimeOps};
use crate::id::{FlowRunId, LogId, TaskRunId, Uuid};
use crate::time::Timestamp;

pub use window::{Address, LogOverview, LogWindow, PAGE, Sieve, Source};

/// One stored line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
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
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
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
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
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
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum LogSort {
    #[default]
    TimestampAsc,
    TimestampDesc,
}

/// Body of `POST /logs/filter`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(default)]
pub struct LogPage {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logs: Option<LogFilter>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sort: Option<LogSort>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<i64>,
    #[serde(deserialize_with = "crate::bounds::at_least::<0, _>", skip_serializing_if = "Option::is_none")]
    pub offset: Option<i64>,
}

/// A line as the dashboard reads it: with its place in the order of storing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct LogLine {
    /// Grows with every stored line of this server: the one cursor for history and tail.
    pub seq: i64,
    pub timestamp: Timestamp,
    pub level: i64,
    pub name: String,
    pub message: String,
    pub task_run_id: Option<TaskRunId>,
    /// The pod that printed it; nothing for lines that a client sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pod: Option<String>,
    /// From 1 among the run's lines of the same source, where the answer says it; else 0.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub number: i64,
}

fn is_zero(number: &i64) -> bool {
    *number == 0
}

/// The four groups of levels that can be hidden.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    Debug,
    Info,
    Warning,
    Error,
}

impl Group {
    /// All groups, quiet to loud.
    pub const ALL: [Group; 4] = [Group::Debug, Group::Info, Group::Warning, Group::Error];

    /// The group of a level.
    pub fn of(level: i64) -> Group {
        match level {
            ..20 => Group::Debug,
            20..30 => Group::Info,
            30..40 => Group::Warning,
            _ => Group::Error,
        }
    }

    /// The least level of the group.
    pub fn least(self) -> i64 {
        match self {
            Group::Debug => i64::MIN,
            Group::Info => 20,
            Group::Warning => 30,
            Group::Error => 40,
        }
    }

    /// The group as URLs and the stylesheet call it.
    pub fn name(self) -> &'static str {
        match self {
            Group::Debug => "debug",
            Group::Info => "info",
            Group::Warning => "warning",
            Group::Error => "error",
        }
    }

    /// The groups in a list such as `debug,info`; what is none of them is passed over.
    pub fn list(text: &str) -> Vec<Group> {
        Group::ALL.into_iter().filter(|group| text.split(',').any(|name| name == group.name())).collect()
    }
}

/// What is searched for in a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogQuery {
    /// This text, in lower case; the case of ASCII letters does not matter.
    Text(String),
    /// `/source/`, or `/source/i` where case does not matter.
    Pattern { source: String, ignore_case: bool },
}

impl LogQuery {
    /// Reads what somebody typed; nothing when that is nothing.
    pub fn parse(typed: &str) -> Option<LogQuery> {
        let pattern = typed.strip_prefix('/').and_then(|rest| {
            let (source, ignore_case) = match rest.strip_suffix("/i") {
                Some(source) => (source, true),
                None => (rest.strip_suffix('/')?, false),
            };
            (!source.is_empty()).then(|| LogQuery::Pattern { source: source.to_owned(), ignore_case })
        });
        pattern.or_else(|| (!typed.is_empty()).then(|| LogQuery::Text(typed.to_ascii_lowercase())))
    }
}

/// Where something occurs in a run's log.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct LogMatches {
    /// Lines in which it occurs, in all.
    pub count: i64,
    /// Their places among the shown lines, from 0; the first ones, if there are very many.
    pub lines: Vec<i64>,
    /// Lines with a greater `seq` were not looked at.
    pub cursor: i64,
}

/// A stretch of a run's log, in the order of storing.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct LogSlice {
    pub lines: Vec<LogLine>,
    /// Read on from here: lines with a greater `seq`.
    pub cursor: i64,
    /// Lines of this run that are stored in all.
    pub total: i64,
    /// The same by group, quiet to loud.
    #[serde(default)]
    pub counts: [i64; 4],
    /// True when lines before the first of `lines` exist.
    pub has_earlier: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_a_text_or_a_pattern() {
        let text = |text: &str| Some(LogQuery::Text(text.to_owned()));
        let pattern = |source: &str, ignore_case| Some(LogQuery::Pattern { source: source.to_owned(), ignore_case });
        let cases = [
            ("", None),
            ("Error", text("error")),
            ("/", text("/")),
            ("//", text("//")),
            ("/usr/bin", text("/usr/bin")),
            ("/E\\d+/", pattern("E\\d+", false)),
            ("/a/b/i", pattern("a/b", true)),
        ];
        for (typed, query) in cases {
            assert_eq!(LogQuery::parse(typed), query, "{typed}");
        }
    }

    #[test]
    fn groups_are_listed_by_name() {
        assert_eq!(Group::list("info,debug,colours"), [Group::Debug, Group::Info]);
        assert_eq!(Group::list(""), []);
    }
}
