//! Task runs: steps inside a flow run, or background tasks without one.

use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::{Map, Value};

use crate::bounds;
use crate::filter::{ExistsOps, NameOps, Operator, OptionalIdOps, StateOps, TagOps, TimeOps};
use crate::flow_runs::{run_time_at, start_delta_at};
use crate::flows::Labels;
use crate::id::{FlowRunId, StateId, TaskRunId, Uuid};
#[cfg_attr(target_arch = "wasm32", expect(unused_imports, reason = "members that differ are not read there"))]
use crate::major::not_in_v2;
use crate::patch::Patch;
use crate::state::{State, StateCreate, StateType};
use crate::time::Timestamp;

/// How often and how patiently a task is retried.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(default)]
pub struct TaskRunPolicy {
    pub max_retries: i64,
    pub retry_delay_seconds: f64,
    pub retries: Option<i64>,
    /// Seconds, or a list of seconds by attempt.
    pub retry_delay: Option<Value>,
    pub retry_jitter_factor: Option<f64>,
}

/// A policy as it is sent, within its bounds.
#[derive(Deserialize, Default)]
#[serde(default)]
struct NewPolicy {
    max_retries: i64,
    retry_delay_seconds: f64,
    retries: Option<i64>,
    #[serde(deserialize_with = "retry_delay")]
    retry_delay: Option<Value>,
    #[serde(deserialize_with = "jitter")]
    retry_jitter_factor: Option<f64>,
}

fn policy<'de, D: Deserializer<'de>>(from: D) -> Result<TaskRunPolicy, D::Error> {
    let new = NewPolicy::deserialize(from)?;
    let mut policy = TaskRunPolicy {
        max_retries: new.max_retries,
        retry_delay_seconds: new.retry_delay_seconds,
        retries: new.retries,
        retry_delay: new.retry_delay,
        retry_jitter_factor: new.retry_jitter_factor,
    };
    // What is said with words of old is said with those of today, too.
    policy.retries = policy.allowed_retries();
    let seconds = policy.retry_delay_seconds;
    let has_delay = policy.retry_delay.as_ref().is_some_and(|delay| !matches!(delay.as_i64(), Some(0)));
    if !has_delay && seconds != 0.0 && seconds.fract() == 0.0 {
        policy.retry_delay = Some(Value::from(seconds as i64));
    }
    Ok(policy)
}

/// The most delays that a task may have.
const MOST_DELAYS: usize = 50;

fn retry_delay<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Value>, D::Error> {
    let delay = Option::<Value>::deserialize(from)?;
    match &delay {
        Some(Value::Array(delays)) if delays.len() > MOST_DELAYS => {
            Err(de::Error::custom(format!("Can not configure more than {MOST_DELAYS} retry delays per task.")))
        }
        _ => Ok(delay),
    }
}

fn jitter<'de, D: Deserializer<'de>>(from: D) -> Result<Option<f64>, D::Error> {
    match Option::deserialize(from)? {
        Some(factor) if factor < 0.0 => Err(de::Error::custom("`retry_jitter_factor` must be >= 0.")),
        factor => Ok(factor),
    }
}

impl TaskRunPolicy {
    /// How often the task is tried again after a failure; nothing when that was never said.
    pub fn allowed_retries(&self) -> Option<i64> {
        self.retries.filter(|&n| n != 0).or((self.max_retries != 0).then_some(self.max_retries)).or(self.retries)
    }

    /// Seconds between the failure of attempt `run_count` (from 1) and the next try, without jitter. A list
    /// holds the delay of each attempt; its last entry serves for all further ones.
    pub fn delay_seconds(&self, run_count: i64) -> f64 {
        match &self.retry_delay {
            Some(Value::Array(delays)) => {
                let last = delays.len().saturating_sub(1);
                let n = usize::try_from(run_count - 1).unwrap_or(0).min(last);
                delays.get(n).and_then(Value::as_f64).unwrap_or(0.0)
            }
            Some(Value::Number(seconds)) if seconds.as_f64() != Some(0.0) => seconds.as_f64().unwrap_or(0.0),
            _ => self.retry_delay_seconds,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct TaskRun {
    pub id: TaskRunId,
    #[cfg_attr(target_arch = "wasm32", serde(skip))]
    pub created: Option<Timestamp>,
    pub updated: Option<Timestamp>,
    pub name: String,
    #[cfg_attr(target_arch = "wasm32", serde(skip))]
    pub flow_run_id: Option<FlowRunId>,
    #[cfg_attr(target_arch = "wasm32", serde(skip))]
    pub task_key: String,
    #[cfg_attr(target_arch = "wasm32", serde(skip))]
    pub dynamic_key: String,
    #[cfg_attr(target_arch = "wasm32", serde(skip))]
    pub cache_key: Option<String>,
    #[cfg_attr(target_arch = "wasm32", serde(skip))]
    pub cache_expiration: Option<Timestamp>,
    #[cfg_attr(target_arch = "wasm32", serde(skip))]
    pub task_version: Option<String>,
    #[cfg_attr(target_arch = "wasm32", serde(skip))]
    #[serde(default)]
    pub empirical_policy: TaskRunPolicy,
    #[cfg_attr(target_arch = "wasm32", serde(skip))]
    #[serde(default)]
    pub tags: Vec<String>,
    #[cfg_attr(target_arch = "wasm32", serde(skip))]
    #[serde(default, skip_serializing_if = "not_in_v2")]
    pub labels: Option<Labels>,
    #[cfg_attr(target_arch = "wasm32", serde(skip))]
    pub state_id: Option<StateId>,
    /// By parameter name: the runs, parameters and constants that went in.
    #[cfg_attr(target_arch = "wasm32", serde(skip))]
    #[serde(default)]
    pub task_inputs: Map<String, Value>,
    pub state_type: Option<StateType>,
    pub state_name: Option<String>,
    #[serde(default)]
    pub run_count: i64,
    #[cfg_attr(target_arch = "wasm32", serde(skip))]
    #[serde(default)]
    pub flow_run_run_count: i64,
    #[cfg_attr(target_arch = "wasm32", serde(skip))]
    pub expected_start_time: Option<Timestamp>,
    #[cfg_attr(target_arch = "wasm32", serde(skip))]
    pub next_scheduled_start_time: Option<Timestamp>,
    pub start_time: Option<Timestamp>,
    pub end_time: Option<Timestamp>,
    /// Seconds.
    #[cfg_attr(target_arch = "wasm32", serde(skip))]
    #[serde(default)]
    pub total_run_time: f64,
    /// Seconds, growing while it runs.
    #[cfg_attr(target_arch = "wasm32", serde(skip))]
    #[serde(default)]
    pub estimated_run_time: f64,
    /// Seconds of delay against the expected start.
    #[cfg_attr(target_arch = "wasm32", serde(skip))]
    #[serde(default)]
    pub estimated_start_time_delta: f64,
    pub state: Option<State>,
}

impl TaskRun {
    /// Fills the two estimates as they are at `now`. `since` is the time of the current state.
    pub fn estimate(&mut self, since: Option<Timestamp>, now: Timestamp) {
        self.estimated_run_time = run_time_at(self.total_run_time, self.state_type, since, now);
        self.estimated_start_time_delta =
            start_delta_at(self.start_time, self.expected_start_time, self.state_type, now);
    }
}

/// Body of `POST /task_runs/`: created, or the one with the same (flow run, key, dynamic key) returned.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TaskRunCreate {
    #[serde(default)]
    pub id: Option<TaskRunId>,
    #[serde(default)]
    pub created: Option<Timestamp>,
    #[serde(default)]
    pub updated: Option<Timestamp>,
    #[serde(default)]
    pub state: Option<StateCreate>,
    #[serde(default)]
    pub name: Option<String>,
    #[serde(default)]
    pub flow_run_id: Option<FlowRunId>,
    pub task_key: String,
    pub dynamic_key: String,
    #[serde(default)]
    pub cache_key: Option<String>,
    #[serde(default)]
    pub cache_expiration: Option<Timestamp>,
    #[serde(default)]
    pub task_version: Option<String>,
    #[serde(default, deserialize_with = "policy")]
    pub empirical_policy: TaskRunPolicy,
    #[serde(default)]
    pub tags: Vec<String>,
    #[serde(default, deserialize_with = "bounds::labels")]
    pub labels: Option<Labels>,
    #[serde(default, deserialize_with = "task_inputs")]
    pub task_inputs: Map<String, Value>,
}

/// What goes into a parameter of a task.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(tag = "input_type", rename_all = "snake_case")]
pub enum TaskInput {
    /// The result of another task run.
    TaskRun { id: Uuid },
    /// The result of a flow run.
    FlowRun { id: Uuid },
    /// A parameter of the flow.
    Parameter { name: String },
    /// A value, by the name of its type.
    Constant {
        #[serde(rename = "type")]
        kind: String,
    },
}

/// Kept as it was sent, once every input is of a known kind.
fn task_inputs<'de, D: Deserializer<'de>>(from: D) -> Result<Map<String, Value>, D::Error> {
    let inputs = Map::<String, Value>::deserialize(from)?;
    for of_parameter in inputs.values() {
        Vec::<TaskInput>::deserialize(of_parameter).map_err(de::Error::custom)?;
    }
    Ok(inputs)
}

/// Body of `PATCH /task_runs/{id}`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TaskRunUpdate {
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    pub name: Patch<String>,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct TaskRunFilter {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operator: Option<Operator>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<OptionalIdOps<TaskRunId>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<NameOps>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<TagOps>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<StateOps>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_time: Option<TimeOps>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_time: Option<TimeOps>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected_start_time: Option<TimeOps>,
    /// Task runs that wrap a subflow run, or those that do not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subflow_runs: Option<ExistsOps>,
    /// Given without `any_` it means "belongs to a flow run".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flow_run_id: Option<OptionalIdOps<FlowRunId>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TaskRunSort {
    #[default]
    IdDesc,
    ExpectedStartTimeAsc,
    ExpectedStartTimeDesc,
    NameAsc,
    NameDesc,
    NextScheduledStartTimeAsc,
    EndTimeDesc,
}
