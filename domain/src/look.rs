//! How states and levels look: one word each, which the stylesheet turns into shape and colour.

use crate::language::{look_up, tr};
use crate::state::{State, StateType};
use crate::words;

/// A state as people see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// Value of `data-state`, and `#s-…` of the shape.
    pub mark: &'static str,
    /// The word beside the shape.
    pub word: String,
}

/// The look of a state by type and name; a run without a state is new.
pub fn state(kind: Option<StateType>, name: Option<&str>) -> Look {
    let Some(kind) = kind else {
        return Look { mark: "pending", word: tr("New").to_owned() };
    };
    let name = name.unwrap_or(kind.default_name());
    let mark = match (kind, name) {
        (StateType::Scheduled, "Late") => "late",
        (StateType::Scheduled, "AwaitingRetry" | "AwaitingConcurrencySlot") => "late",
        (StateType::Scheduled, _) => "scheduled",
        (StateType::Pending, _) => "pending",
        (StateType::Running, _) => "running",
        (StateType::Paused, _) => "paused",
        (StateType::Cancelling, _) => "cancelled",
        (StateType::Cancelled, _) => "cancelled",
        (StateType::Completed, _) => "completed",
        (StateType::Failed, _) => "failed",
        (StateType::Crashed, _) => "crashed",
    };
    let word = words::spaced(name);
    Look { mark, word: look_up(&word).map_or(word, str::to_owned) }
}

/// The look of a whole state.
pub fn of(state: &State) -> Look {
    self::state(Some(state.kind), Some(&state.name))
}

/// A log level's place among the five: its mark for the stylesheet and three letters.
pub fn level(level: i64) -> (&'static str, &'static str) {
    match level {
        ..20 => ("debug", "DBG"),
        20..30 => ("info", "INF"),
        30..40 => ("warning", "WRN"),
        40..50 => ("error", "ERR"),
        _ => ("critical", "CRT"),
    }
}
