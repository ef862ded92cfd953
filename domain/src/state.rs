//! States of flow runs and task runs: their types, names, and the shape both clients exchange.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::id::{FlowRunId, StateId, TaskRunId, Uuid};
#[cfg_attr(target_arch = "wasm32", expect(unused_imports, reason = "members that differ are not read there"))]
use crate::major::not_in_v2;
use crate::time::{Moment, Timestamp};

/// What a state means; the name beside it is a refinement for people (`Late` is SCHEDULED).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "UPPERCASE")]
pub enum StateType {
    Scheduled,
    Pending,
    Running,
    Completed,
    Failed,
    Cancelled,
    Crashed,
    Paused,
    Cancelling,
}

impl StateType {
    /// All types in the order of a run's life.
    pub const ALL: [StateType; 9] = [
        StateType::Scheduled,
        StateType::Pending,
        StateType::Running,
        StateType::Paused,
        StateType::Cancelling,
        StateType::Completed,
        StateType::Failed,
        StateType::Cancelled,
        StateType::Crashed,
    ];

    /// The word on the wire and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            StateType::Scheduled => "SCHEDULED",
            StateType::Pending => "PENDING",
            StateType::Running => "RUNNING",
            StateType::Completed => "COMPLETED",
            StateType::Failed => "FAILED",
            StateType::Cancelled => "CANCELLED",
            StateType::Crashed => "CRASHED",
            StateType::Paused => "PAUSED",
            StateType::Cancelling => "CANCELLING",
        }
    }

    /// The name a state of this type has when nobody gave it one.
    pub fn default_name(self) -> &'static str {
        match self {
            StateType::Scheduled => "Scheduled",
            StateType::Pending => "Pending",
            StateType::Running => "Running",
            StateType::Completed => "Completed",
            StateType::Failed => "Failed",
            StateType::Cancelled => "Cancelled",
            StateType::Crashed => "Crashed",
            StateType::Paused => "Paused",
            StateType::Cancelling => "Cancelling",
        }
    }

    /// True for the types that end a run.
    pub fn is_terminal(self) -> bool {
        matches!(self, StateType::Completed | StateType::Cancelled | StateType::Failed | StateType::Crashed)
    }
}

impl std::str::FromStr for StateType {
    type Err = UnknownStateType;
    fn from_str(word: &str) -> Result<Self, Self::Err> {
        StateType::ALL.into_iter().find(|kind| kind.as_str() == word).ok_or_else(|| UnknownStateType(word.to_owned()))
    }
}

/// The word is none of the nine state types.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown state type {0:?}")]
pub struct UnknownStateType(pub String);

/// Facts that travel with a state. Both majors' keys; what a major does not know is hidden from it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(default)]
pub struct StateDetails {
    #[cfg_attr(target_arch = "wasm32", serde(skip))]
    pub flow_run_id: Option<FlowRunId>,
    #[cfg_attr(target_arch = "wasm32", serde(skip))]
    pub task_run_id: Option<TaskRunId>,
    /// On a wrapper task run's state: the subflow run it mirrors.
    #[cfg_attr(target_arch = "wasm32", serde(skip))]
    pub child_flow_run_id: Option<FlowRunId>,
    /// When a SCHEDULED state falls due; keeps the schedule's offset.
    pub scheduled_time: Option<Moment>,
    #[cfg_attr(target_arch = "wasm32", serde(skip))]
    pub cache_key: Option<String>,
    #[cfg_attr(target_arch = "wasm32", serde(skip))]
    pub cache_expiration: Option<Moment>,
    #[cfg_attr(target_arch = "wasm32", serde(skip))]
    #[serde(skip_serializing_if = "not_in_v2")]
    pub deferred: Option<bool>,
    #[cfg_attr(target_arch = "wasm32", serde(skip))]
    pub untrackable_result: bool,
    #[cfg_attr(target_arch = "wasm32", serde(skip))]
    pub pause_timeout: Option<Moment>,
    #[cfg_attr(target_arch = "wasm32", serde(skip))]
    pub pause_reschedule: bool,
    #[cfg_attr(target_arch = "wasm32", serde(skip))]
    pub pause_key: Option<String>,
    #[cfg_attr(target_arch = "wasm32", serde(skip))]
    pub run_input_keyset: Option<BTreeMap<String, String>>,
    #[cfg_attr(target_arch = "wasm32", serde(skip))]
    pub refresh_cache: Option<bool>,
    #[cfg_attr(target_arch = "wasm32", serde(skip))]
    pub retriable: Option<bool>,
    /// Fresh in every proposal of a flow run: tells a repeated request from a new one.
    #[cfg_attr(target_arch = "wasm32", serde(skip))]
    pub transition_id: Option<Uuid>,
    #[cfg_attr(target_arch = "wasm32", serde(skip))]
    pub task_parameters_id: Option<Uuid>,
    #[cfg_attr(target_arch = "wasm32", serde(skip))]
    #[serde(skip_serializing_if = "not_in_v2")]
    pub traceparent: Option<String>,
    #[cfg_attr(target_arch = "wasm32", serde(skip))]
    #[serde(skip_serializing_if = "not_in_v2")]
    pub deployment_concurrency_lease_id: Option<Uuid>,
}

impl Default for StateDetails {
    /// Nothing is said; `deferred` is false then, and null only for who sends null.
    fn default() -> Self {
        StateDetails {
            flow_run_id: None,
            task_run_id: None,
            child_flow_run_id: None,
            scheduled_time: None,
            cache_key: None,
            cache_expiration: None,
            deferred: Some(false),
            untrackable_result: false,
            pause_timeout: None,
            pause_reschedule: false,
            pause_key: None,
            run_input_keyset: None,
            refresh_cache: None,
            retriable: None,
            transition_id: None,
            task_parameters_id: None,
            traceparent: None,
            deployment_concurrency_lease_id: None,
        }
    }
}

/// A state as it is stored and answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct State {
    pub id: StateId,
    #[serde(rename = "type")]
    pub kind: StateType,
    pub name: String,
    pub timestamp: Timestamp,
    pub message: Option<String>,
    /// The result's metadata; see [`StateCreate::data`].
    #[cfg_attr(target_arch = "wasm32", serde(skip))]
    pub data: Option<Value>,
    #[serde(default)]
    pub state_details: StateDetails,
}

/// A state as a client proposes it. The server mints id and timestamp.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct StateCreate {
    #[serde(rename = "type")]
    pub kind: StateType,
    #[serde(default)]
    pub name: Option<String>,
    #[serde(default)]
    pub message: Option<String>,
    /// Result metadata, or `null`, or `{"type": "unpersisted"}` which is echoed but not kept.
    #[serde(default)]
    pub data: Option<Value>,
    #[serde(default, deserialize_with = "null_is_default")]
    pub state_details: StateDetails,
    /// Sent by Prefect 2 and ignored, as its server ignores it.
    #[serde(default, skip_serializing)]
    pub timestamp: Option<Timestamp>,
    /// Sent by Prefect 2 and ignored, as its server ignores it.
    #[serde(default, skip_serializing)]
    pub id: Option<StateId>,
}

impl StateCreate {
    /// A state of `kind` with its default name and nothing else.
    pub fn new(kind: StateType) -> Self {
        StateCreate {
            kind,
            name: None,
            message: None,
            data: None,
            state_details: StateDetails::default(),
            timestamp: None,
            id: None,
        }
    }

    /// The name that the state has, or will have.
    pub fn name(&self) -> &str {
        self.name.as_deref().unwrap_or(self.kind.default_name())
    }

    /// The same with a name.
    pub fn named(mut self, name: &str) -> Self {
        self.name = Some(name.to_owned());
        self
    }

    /// The same with a message.
    pub fn because(mut self, message: impl Into<String>) -> Self {
        self.message = Some(message.into());
        self
    }

    /// The same, due at `at`.
    pub fn at(mut self, at: impl Into<Moment>) -> Self {
        self.state_details.scheduled_time = Some(at.into());
        self
    }

    /// Gives the proposal the identity and the time that the server minted. A SCHEDULED state
    /// without a time is due at once.
    pub fn minted(self, id: StateId, now: Timestamp) -> State {
        let mut details = self.state_details;
        if self.kind == StateType::Scheduled && details.scheduled_time.is_none() {
            details.scheduled_time = Some(now.into());
        }
        State {
            id,
            kind: self.kind,
            name: self.name.unwrap_or_else(|| self.kind.default_name().to_owned()),
            timestamp: now,
            message: self.message,
            data: self.data,
            state_details: details,
        }
    }
}

impl State {
    /// True when the state ends the run.
    pub fn is_terminal(&self) -> bool {
        self.kind.is_terminal()
    }

    /// When a SCHEDULED state falls due.
    pub fn scheduled_time(&self) -> Option<Timestamp> {
        self.state_details.scheduled_time.map(Moment::timestamp)
    }

    /// True when the state carries a result that outlives the process: an object whose `type` is not
    /// `unpersisted`.
    pub fn has_persisted_data(&self) -> bool {
        is_persisted(self.data.as_ref())
    }
}

/// True for a state's `data` that stands for a result which outlives the process: an object whose `type` is
/// not `unpersisted`.
pub fn is_persisted(data: Option<&Value>) -> bool {
    matches!(data, Some(Value::Object(data)) if !data.is_empty() && data.get("type").and_then(Value::as_str) != Some("unpersisted"))
}

/// What became of a proposed state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "UPPERCASE")]
pub enum SetStateStatus {
    Accept,
    Reject,
    Abort,
    Wait,
}

/// Why, and for WAIT how long.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum SetStateDetails {
    AcceptDetails,
    RejectDetails { reason: Option<String> },
    AbortDetails { reason: Option<String> },
    WaitDetails { delay_seconds: i64, reason: Option<String> },
}

/// Answer to `set_state` and `resume`. Always HTTP 200 or 201, whatever the status.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct OrchestrationResult {
    /// The state that the run has now.
    pub state: Option<State>,
    pub status: SetStateStatus,
    pub details: SetStateDetails,
}

/// Body of `POST …/set_state`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct SetState {
    pub state: StateCreate,
    /// Skips the orchestration rules.
    #[serde(default)]
    pub force: bool,
}

/// Reads `null` as the type's default, as pydantic does for members with a default factory.
pub fn null_is_default<'de, D, T>(from: D) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(Option::<T>::deserialize(from)?.unwrap_or_default())
}
