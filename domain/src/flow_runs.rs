//! Flow runs: one execution of a flow, scheduled, by hand or inside another run.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use crate::bounds;
use crate::filter::{
    AnyOps, IdOps, NameOps, Operator, OptionalIdOps, OptionalTextOps, StateOps, TagOps, TextOps, TimeOps,
};
use crate::flows::Labels;
use crate::id::{DeploymentId, FlowId, FlowRunId, StateId, TaskRunId, Uuid, WorkPoolId, WorkQueueId};
#[cfg_attr(target_arch = "wasm32", expect(unused_imports, reason = "members that differ are not read there"))]
use crate::major::not_in_v2;
use crate::patch::{self, Patch};
use crate::state::{State, StateCreate, StateType};
use crate::time::Timestamp;

/// How a retry is carried out: inside the same process, or by a worker that takes the run anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum RetryType {
    InProcess,
    Reschedule,
}

/// What the run itself knows about retries and pauses.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(default)]
pub struct FlowRunPolicy {
    /// What `retries` was called before; counts when `retries` is not set.
    pub max_retries: i64,
    /// What `retry_delay` was called before; counts when `retry_delay` is not set.
    pub retry_delay_seconds: f64,
    pub retries: Option<i64>,
    /// Seconds.
    pub retry_delay: Option<i64>,
    /// Keys of the pauses that have fired already.
    pub pause_keys: Option<Vec<String>>,
    pub resuming: Option<bool>,
    pub retry_type: Option<RetryType>,
}

impl Default for FlowRunPolicy {
    fn default() -> Self {
        FlowRunPolicy {
            max_retries: 0,
            retry_delay_seconds: 0.0,
            retries: None,
            retry_delay: None,
            pause_keys: Some(Vec::new()),
            resuming: Some(false),
            retry_type: None,
        }
    }
}

/// A policy as it is sent. What is said with words of old is said with those of today, too.
fn policy<'de, D: Deserializer<'de>>(from: D) -> Result<FlowRunPolicy, D::Error> {
    FlowRunPolicy::deserialize(from).map(FlowRunPolicy::in_words_of_today)
}

fn changed_policy<'de, D: Deserializer<'de>>(from: D) -> Result<Patch<FlowRunPolicy>, D::Error> {
    policy(from).map(Patch::Value)
}

impl FlowRunPolicy {
    fn in_words_of_today(mut self) -> Self {
        self.retries = self.allowed_retries();
        let seconds = self.delay_seconds();
        if seconds != 0.0 && seconds.fract() == 0.0 {
            self.retry_delay = Some(seconds as i64);
        }
        self
    }

    /// How often the run is tried again after a failure; nothing when that was never said.
    pub fn allowed_retries(&self) -> Option<i64> {
        self.retries.filter(|&n| n != 0).or((self.max_retries != 0).then_some(self.max_retries)).or(self.retries)
    }

    /// Seconds between a failure and the next try.
    pub fn delay_seconds(&self) -> f64 {
        self.retry_delay.filter(|&seconds| seconds != 0).map_or(self.retry_delay_seconds, |seconds| seconds as f64)
    }
}

/// Who made a run or a deployment.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct CreatedBy {
    pub id: Option<Uuid>,
    #[serde(rename = "type")]
    pub kind: Option<String>,
    pub display_value: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct FlowRun {
    pub id: FlowRunId,
    #[cfg_attr(target_arch = "wasm32", serde(skip))]
    pub created: Option<Timestamp>,
    pub updated: Option<Timestamp>,
    pub name: String,
    pub flow_id: FlowId,
    #[cfg_attr(target_arch = "wasm32", serde(skip))]
    pub state_id: Option<StateId>,
    pub deployment_id: Option<DeploymentId>,
    pub deployment_version: Option<String>,
    #[cfg_attr(target_arch = "wasm32", serde(skip))]
    pub work_queue_id: Option<WorkQueueId>,
    pub work_queue_name: Option<String>,
    pub flow_version: Option<String>,
    #[serde(default)]
    pub parameters: Map<String, Value>,
    pub idempotency_key: Option<String>,
    #[cfg_attr(target_arch = "wasm32", serde(skip))]
    #[serde(default)]
    pub context: Map<String, Value>,
    #[cfg_attr(target_arch = "wasm32", serde(skip))]
    #[serde(default)]
    pub empirical_policy: FlowRunPolicy,
    #[serde(default)]
    pub tags: Vec<String>,
    #[cfg_attr(target_arch = "wasm32", serde(skip))]
    #[serde(default, skip_serializing_if = "not_in_v2")]
    pub labels: Labels,
    #[cfg_attr(target_arch = "wasm32", serde(skip))]
    pub parent_task_run_id: Option<TaskRunId>,
    pub state_type: Option<StateType>,
    pub state_name: Option<String>,
    #[serde(default)]
    pub run_count: i64,
    pub expected_start_time: Option<Timestamp>,
    pub next_scheduled_start_time: Option<Timestamp>,
    pub start_time: Option<Timestamp>,
    pub end_time: Option<Timestamp>,
    /// Seconds.
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
    #[serde(default)]
    pub auto_scheduled: bool,
    #[cfg_attr(target_arch = "wasm32", serde(skip))]
    pub infrastructure_document_id: Option<Uuid>,
    /// Where it runs, in the words of the worker: a process, or `namespace:job`.
    pub infrastructure_pid: Option<String>,
    pub created_by: Option<CreatedBy>,
    #[serde(default)]
    pub work_pool_id: Option<WorkPoolId>,
    #[serde(default)]
    pub work_pool_name: Option<String>,
    pub state: Option<State>,
    #[serde(default)]
    pub job_variables: Option<Map<String, Value>>,
}

impl FlowRun {
    /// Fills the two estimates as they are at `now`. `since` is the time of the current state.
    pub fn estimate(&mut self, since: Option<Timestamp>, now: Timestamp) {
        self.estimated_run_time = run_time_at(self.total_run_time, self.state_type, since, now);
        self.estimated_start_time_delta =
            start_delta_at(self.start_time, self.expected_start_time, self.state_type, now);
    }
}

/// Seconds that a run has run: what was added up, and the time since `since` while it is RUNNING.
pub fn run_time_at(total: f64, kind: Option<StateType>, since: Option<Timestamp>, now: Timestamp) -> f64 {
    match since {
        Some(since) if kind == Some(StateType::Running) => total + now.seconds_since(since).max(0.0),
        _ => total,
    }
}

/// Seconds of delay of a run's start; grows while a run that should have started has not.
pub fn start_delta_at(
    start: Option<Timestamp>,
    expected: Option<Timestamp>,
    kind: Option<StateType>,
    now: Timestamp,
) -> f64 {
    let Some(expected) = expected else { return 0.0 };
    match start {
        Some(start) => start.seconds_since(expected).max(0.0),
        None if kind.is_some_and(StateType::is_terminal) => 0.0,
        None => now.seconds_since(expected).max(0.0),
    }
}

/// Body of `POST /flow_runs/`. Without a state the run is PENDING.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct FlowRunCreate {
    #[serde(default)]
    pub state: Option<StateCreate>,
    #[serde(default)]
    pub name: Option<String>,
    pub flow_id: FlowId,
    #[serde(default)]
    pub flow_version: Option<String>,
    #[serde(default)]
    pub parameters: Map<String, Value>,
    #[serde(default)]
    pub context: Map<String, Value>,
    #[serde(default)]
    pub parent_task_run_id: Option<TaskRunId>,
    #[serde(default)]
    pub infrastructure_document_id: Option<Uuid>,
    #[serde(default, deserialize_with = "policy")]
    pub empirical_policy: FlowRunPolicy,
    #[serde(default)]
    pub tags: Vec<String>,
    #[serde(default, deserialize_with = "bounds::labels")]
    pub labels: Option<Labels>,
    #[serde(default)]
    pub idempotency_key: Option<String>,
    #[serde(default)]
    pub work_pool_name: Option<String>,
    #[serde(default)]
    pub work_queue_name: Option<String>,
    #[serde(default)]
    pub job_variables: Option<Map<String, Value>>,
    #[serde(default)]
    pub deployment_id: Option<DeploymentId>,
}

/// Body of `POST /deployments/{id}/create_flow_run`. Without a state the run is due now.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct DeploymentFlowRunCreate {
    pub state: Option<StateCreate>,
    pub name: Option<String>,
    pub parameters: Map<String, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enforce_parameter_schema: Option<bool>,
    pub context: Map<String, Value>,
    pub infrastructure_document_id: Option<Uuid>,
    #[serde(deserialize_with = "policy")]
    pub empirical_policy: FlowRunPolicy,
    pub tags: Vec<String>,
    pub idempotency_key: Option<String>,
    #[serde(deserialize_with = "bounds::labels", skip_serializing_if = "Option::is_none")]
    pub labels: Option<Labels>,
    pub parent_task_run_id: Option<TaskRunId>,
    pub work_queue_name: Option<String>,
    pub job_variables: Option<Map<String, Value>>,
}

/// Body of `PATCH /flow_runs/{id}`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct FlowRunUpdate {
    #[serde(skip_serializing_if = "Patch::is_absent")]
    pub name: Patch<String>,
    #[serde(skip_serializing_if = "Patch::is_absent")]
    pub flow_version: Patch<String>,
    #[serde(skip_serializing_if = "Patch::is_absent", deserialize_with = "patch::sent")]
    pub parameters: Patch<Map<String, Value>>,
    #[serde(skip_serializing_if = "Patch::is_absent", deserialize_with = "changed_policy")]
    pub empirical_policy: Patch<FlowRunPolicy>,
    #[serde(skip_serializing_if = "Patch::is_absent", deserialize_with = "patch::sent")]
    pub tags: Patch<Vec<String>>,
    #[serde(skip_serializing_if = "Patch::is_absent")]
    pub infrastructure_pid: Patch<String>,
    #[serde(skip_serializing_if = "Patch::is_absent")]
    pub job_variables: Patch<Map<String, Value>>,
}

/// Who made the runs (Prefect 3).
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct CreatedByOps {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operator: Option<Operator>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_: Option<Vec<Uuid>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub type_: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_null_: Option<bool>,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct FlowRunFilter {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operator: Option<Operator>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<IdOps<FlowRunId>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<NameOps>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<TagOps>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deployment_id: Option<OptionalIdOps<DeploymentId>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub work_queue_name: Option<OptionalTextOps>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<StateOps>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flow_version: Option<AnyOps>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_time: Option<TimeOps>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_time: Option<TimeOps>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected_start_time: Option<TimeOps>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_scheduled_start_time: Option<TimeOps>,
    /// Runs whose wrapper task run belongs to one of these flow runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent_flow_run_id: Option<OptionalIdOps<FlowRunId>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent_task_run_id: Option<OptionalIdOps<TaskRunId>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idempotency_key: Option<TextOps>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_by: Option<CreatedByOps>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum FlowRunSort {
    #[default]
    IdDesc,
    StartTimeAsc,
    StartTimeDesc,
    ExpectedStartTimeAsc,
    ExpectedStartTimeDesc,
    NameAsc,
    NameDesc,
    NextScheduledStartTimeAsc,
    EndTimeDesc,
}

/// A run that a worker may take, as `get_scheduled_flow_runs` of a pool hands it out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct WorkerFlowRun {
    pub work_pool_id: WorkPoolId,
    pub work_queue_id: WorkQueueId,
    pub flow_run: FlowRun,
}

/// Body of `POST /work_pools/{name}/get_scheduled_flow_runs`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(default)]
pub struct GetScheduled {
    /// Absent or empty: all queues of the pool.
    pub work_queue_names: Option<Vec<String>>,
    pub scheduled_before: Option<Timestamp>,
    pub scheduled_after: Option<Timestamp>,
    pub limit: Option<i64>,
}
