//! Deployments: a flow with the facts that a worker needs to run it, and its schedules.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::bounds;
use crate::filter::{AnyOps, BoolOps, IdOps, LikeOps, NameOps, NumberOps, Operator, TagOps};
use crate::flow_runs::{CreatedBy, FlowRun};
use crate::flows::Labels;
use crate::id::{DeploymentId, FlowId, ScheduleId, Uuid, WorkQueueId};
#[cfg_attr(target_arch = "wasm32", expect(unused_imports, reason = "members that differ are not read there"))]
use crate::major::{not_in_v2, not_in_v3};
use crate::patch::{self, Patch};
use crate::schedule::Schedule;
use crate::time::Timestamp;
use crate::work_pools::UnknownStatus;

/// Whether somebody has polled for the deployment's runs in the last minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DeploymentStatus {
    Ready,
    #[default]
    NotReady,
}

impl DeploymentStatus {
    /// The word on the wire and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            DeploymentStatus::Ready => "READY",
            DeploymentStatus::NotReady => "NOT_READY",
        }
    }
}

impl std::str::FromStr for DeploymentStatus {
    type Err = UnknownStatus;
    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let all = [DeploymentStatus::Ready, DeploymentStatus::NotReady];
        all.into_iter().find(|status| status.as_str() == word).ok_or_else(|| UnknownStatus(word.to_owned()))
    }
}

/// What happens to a run that finds its deployment's limit reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ConcurrencyLimitStrategy {
    Enqueue,
    CancelNew,
}

/// Options of a deployment's concurrency limit (Prefect 3).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct ConcurrencyOptions {
    pub collision_strategy: ConcurrencyLimitStrategy,
    /// Seconds, 60 to 86 400.
    #[serde(default)]
    pub grace_period_seconds: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct DeploymentSchedule {
    pub id: ScheduleId,
    #[cfg_attr(target_arch = "wasm32", serde(skip))]
    pub created: Option<Timestamp>,
    #[cfg_attr(target_arch = "wasm32", serde(skip))]
    pub updated: Option<Timestamp>,
    #[cfg_attr(target_arch = "wasm32", serde(skip))]
    pub deployment_id: Option<DeploymentId>,
    /// Pages are told its dates and its words.
    #[cfg_attr(target_arch = "wasm32", serde(skip, default = "Schedule::unread"))]
    pub schedule: Schedule,
    #[serde(default = "yes")]
    pub active: bool,
    #[cfg_attr(target_arch = "wasm32", serde(skip))]
    pub max_scheduled_runs: Option<i64>,
    /// Laid over the deployment's parameters.
    #[cfg_attr(target_arch = "wasm32", serde(skip))]
    #[serde(default, skip_serializing_if = "not_in_v2")]
    pub parameters: Map<String, Value>,
    #[cfg_attr(target_arch = "wasm32", serde(skip))]
    #[serde(default, skip_serializing_if = "not_in_v2")]
    pub slug: Option<String>,
    #[cfg_attr(target_arch = "wasm32", serde(skip))]
    #[serde(default, skip_serializing_if = "not_in_v3")]
    pub max_active_runs: Option<i64>,
    #[cfg_attr(target_arch = "wasm32", serde(skip))]
    #[serde(default, skip_serializing_if = "not_in_v3")]
    pub catchup: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Deployment {
    pub id: DeploymentId,
    #[cfg_attr(target_arch = "wasm32", serde(skip))]
    pub created: Option<Timestamp>,
    pub updated: Option<Timestamp>,
    pub name: String,
    pub version: Option<String>,
    pub description: Option<String>,
    pub flow_id: FlowId,
    #[serde(default)]
    pub paused: bool,
    #[serde(default)]
    pub schedules: Vec<DeploymentSchedule>,
    #[serde(default, skip_serializing_if = "not_in_v2")]
    pub concurrency_limit: Option<i64>,
    #[cfg_attr(target_arch = "wasm32", serde(skip))]
    #[serde(default, skip_serializing_if = "not_in_v2")]
    #[cfg_attr(
        not(target_arch = "wasm32"),
        schemars(with = "Option<crate::concurrency_limits::GlobalConcurrencyLimit>")
    )]
    pub global_concurrency_limit: Option<Value>,
    #[cfg_attr(target_arch = "wasm32", serde(skip))]
    #[serde(default, skip_serializing_if = "not_in_v2")]
    pub concurrency_options: Option<ConcurrencyOptions>,
    /// Prefect 2 knows the same value as `infra_overrides`.
    #[serde(default, skip_serializing_if = "not_in_v2")]
    pub job_variables: Map<String, Value>,
    #[serde(default)]
    pub parameters: Map<String, Value>,
    #[serde(default)]
    pub tags: Vec<String>,
    #[cfg_attr(target_arch = "wasm32", serde(skip))]
    #[serde(default, skip_serializing_if = "not_in_v2")]
    pub labels: Labels,
    pub work_queue_name: Option<String>,
    #[cfg_attr(target_arch = "wasm32", serde(skip))]
    #[serde(default, skip_serializing_if = "not_in_v2")]
    pub work_queue_id: Option<WorkQueueId>,
    #[cfg_attr(target_arch = "wasm32", serde(skip))]
    pub last_polled: Option<Timestamp>,
    pub parameter_openapi_schema: Option<Value>,
    pub path: Option<String>,
    pub pull_steps: Option<Value>,
    /// `file.py:function`; null for a plain command or image.
    pub entrypoint: Option<String>,
    #[cfg_attr(target_arch = "wasm32", serde(skip))]
    pub storage_document_id: Option<Uuid>,
    #[cfg_attr(target_arch = "wasm32", serde(skip))]
    pub infrastructure_document_id: Option<Uuid>,
    #[cfg_attr(target_arch = "wasm32", serde(skip))]
    pub created_by: Option<CreatedBy>,
    #[cfg_attr(target_arch = "wasm32", serde(skip))]
    pub updated_by: Option<CreatedBy>,
    pub work_pool_name: Option<String>,
    #[cfg_attr(target_arch = "wasm32", serde(skip))]
    pub status: Option<DeploymentStatus>,
    #[cfg_attr(target_arch = "wasm32", serde(skip))]
    #[serde(default)]
    pub enforce_parameter_schema: bool,
    #[cfg_attr(target_arch = "wasm32", serde(skip))]
    #[serde(default, skip_serializing_if = "not_in_v3")]
    pub infra_overrides: Map<String, Value>,
    /// The first of `schedules`, as Prefect 2 had it before there were several.
    #[cfg_attr(target_arch = "wasm32", serde(skip))]
    #[serde(default, skip_serializing_if = "not_in_v3")]
    pub schedule: Option<Schedule>,
    #[cfg_attr(target_arch = "wasm32", serde(skip))]
    #[serde(default, skip_serializing_if = "not_in_v3")]
    pub is_schedule_active: bool,
    #[cfg_attr(target_arch = "wasm32", serde(skip))]
    #[serde(default, skip_serializing_if = "not_in_v3")]
    pub manifest_path: Option<String>,
}

/// One schedule of a deploy, and body item of `POST /deployments/{id}/schedules`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DeploymentScheduleCreate {
    #[serde(default = "yes")]
    pub active: bool,
    pub schedule: Schedule,
    #[serde(default, deserialize_with = "bounds::above_zero")]
    pub max_scheduled_runs: Option<i64>,
    #[serde(default)]
    pub parameters: Map<String, Value>,
    #[serde(default)]
    pub slug: Option<String>,
    #[serde(default)]
    pub replaces: Option<String>,
    #[serde(default)]
    pub max_active_runs: Option<i64>,
    #[serde(default)]
    pub catchup: bool,
}

/// Body of `PATCH /deployments/{id}/schedules/{sid}`; `null` leaves a field.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct DeploymentScheduleUpdate {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub active: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schedule: Option<Schedule>,
    #[serde(deserialize_with = "bounds::above_zero", skip_serializing_if = "Option::is_none")]
    pub max_scheduled_runs: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "patch::some")]
    pub parameters: Option<Map<String, Value>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slug: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replaces: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_active_runs: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub catchup: Option<bool>,
}

/// Body of `POST /deployments/`: both majors' keys. On an existing (flow, name) only what was sent changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DeploymentCreate {
    pub name: String,
    pub flow_id: FlowId,
    #[serde(default, skip_serializing_if = "Patch::is_absent", deserialize_with = "patch::sent")]
    pub paused: Patch<bool>,
    #[serde(default, skip_serializing_if = "Patch::is_absent", deserialize_with = "patch::sent")]
    pub schedules: Patch<Vec<DeploymentScheduleCreate>>,
    #[serde(default, deserialize_with = "bounds::patch_above_zero", skip_serializing_if = "Patch::is_absent")]
    pub concurrency_limit: Patch<i64>,
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    pub concurrency_options: Patch<ConcurrencyOptions>,
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    pub global_concurrency_limit_id: Patch<Uuid>,
    #[serde(default, skip_serializing_if = "Patch::is_absent", deserialize_with = "patch::sent")]
    pub enforce_parameter_schema: Patch<bool>,
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    pub parameter_openapi_schema: Patch<Value>,
    #[serde(default, skip_serializing_if = "Patch::is_absent", deserialize_with = "patch::sent")]
    pub parameters: Patch<Map<String, Value>>,
    #[serde(default, skip_serializing_if = "Patch::is_absent", deserialize_with = "patch::sent")]
    pub tags: Patch<Vec<String>>,
    #[serde(default, deserialize_with = "bounds::patch_labels", skip_serializing_if = "Patch::is_absent")]
    pub labels: Patch<Labels>,
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    pub pull_steps: Patch<Value>,
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    pub work_queue_name: Patch<String>,
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    pub work_pool_name: Patch<String>,
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    pub storage_document_id: Patch<Uuid>,
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    pub infrastructure_document_id: Patch<Uuid>,
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    pub description: Patch<String>,
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    pub path: Patch<String>,
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    pub version: Patch<String>,
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    pub entrypoint: Patch<String>,
    #[serde(default, skip_serializing_if = "Patch::is_absent", deserialize_with = "patch::sent")]
    pub job_variables: Patch<Map<String, Value>>,
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    pub version_info: Patch<Value>,
    /// Prefect 2's name of `job_variables`.
    #[serde(default, skip_serializing_if = "Patch::is_absent", deserialize_with = "patch::kept")]
    pub infra_overrides: Patch<Map<String, Value>>,
    #[serde(default, skip_serializing_if = "Patch::is_absent", deserialize_with = "patch::sent")]
    pub is_schedule_active: Patch<bool>,
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    pub manifest_path: Patch<String>,
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    pub schedule: Patch<Schedule>,
}

/// Body of `PATCH /deployments/{id}`: both majors' keys.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct DeploymentUpdate {
    #[serde(skip_serializing_if = "Patch::is_absent")]
    pub version: Patch<String>,
    #[serde(skip_serializing_if = "Patch::is_absent")]
    pub description: Patch<String>,
    #[serde(skip_serializing_if = "Patch::is_absent", deserialize_with = "patch::sent")]
    pub paused: Patch<bool>,
    #[serde(skip_serializing_if = "Patch::is_absent", deserialize_with = "patch::sent")]
    pub schedules: Patch<Vec<DeploymentScheduleUpdate>>,
    #[serde(deserialize_with = "bounds::patch_above_zero", skip_serializing_if = "Patch::is_absent")]
    pub concurrency_limit: Patch<i64>,
    #[serde(skip_serializing_if = "Patch::is_absent")]
    pub concurrency_options: Patch<ConcurrencyOptions>,
    #[serde(skip_serializing_if = "Patch::is_absent")]
    pub global_concurrency_limit_id: Patch<Uuid>,
    #[serde(skip_serializing_if = "Patch::is_absent", deserialize_with = "patch::kept")]
    pub parameters: Patch<Map<String, Value>>,
    #[serde(skip_serializing_if = "Patch::is_absent")]
    pub parameter_openapi_schema: Patch<Value>,
    #[serde(skip_serializing_if = "Patch::is_absent", deserialize_with = "patch::sent")]
    pub tags: Patch<Vec<String>>,
    #[serde(skip_serializing_if = "Patch::is_absent")]
    pub work_queue_name: Patch<String>,
    #[serde(skip_serializing_if = "Patch::is_absent")]
    pub work_pool_name: Patch<String>,
    #[serde(skip_serializing_if = "Patch::is_absent")]
    pub path: Patch<String>,
    #[serde(skip_serializing_if = "Patch::is_absent")]
    pub job_variables: Patch<Map<String, Value>>,
    #[serde(skip_serializing_if = "Patch::is_absent")]
    pub pull_steps: Patch<Value>,
    #[serde(skip_serializing_if = "Patch::is_absent")]
    pub entrypoint: Patch<String>,
    #[serde(skip_serializing_if = "Patch::is_absent")]
    pub storage_document_id: Patch<Uuid>,
    #[serde(skip_serializing_if = "Patch::is_absent")]
    pub infrastructure_document_id: Patch<Uuid>,
    #[serde(skip_serializing_if = "Patch::is_absent", deserialize_with = "patch::kept")]
    pub enforce_parameter_schema: Patch<bool>,
    #[serde(skip_serializing_if = "Patch::is_absent")]
    pub version_info: Patch<Value>,
    #[serde(skip_serializing_if = "Patch::is_absent", deserialize_with = "patch::kept")]
    pub infra_overrides: Patch<Map<String, Value>>,
    #[serde(skip_serializing_if = "Patch::is_absent", deserialize_with = "patch::sent")]
    pub is_schedule_active: Patch<bool>,
    #[serde(skip_serializing_if = "Patch::is_absent")]
    pub manifest_path: Patch<String>,
    #[serde(skip_serializing_if = "Patch::is_absent")]
    pub schedule: Patch<Schedule>,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct DeploymentFilter {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operator: Option<Operator>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<IdOps<DeploymentId>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<NameOps>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flow_or_deployment_name: Option<LikeOps>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paused: Option<BoolOps>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<TagOps>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub work_queue_name: Option<AnyOps>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub concurrency_limit: Option<NumberOps>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_schedule_active: Option<BoolOps>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DeploymentSort {
    CreatedDesc,
    UpdatedDesc,
    #[default]
    NameAsc,
    NameDesc,
}

/// Body of `POST /deployments/get_scheduled_flow_runs`, which runners of `flow.serve` poll.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct GetScheduledOfDeployments {
    pub deployment_ids: Vec<DeploymentId>,
    #[serde(default)]
    pub scheduled_before: Option<Timestamp>,
    #[serde(default)]
    pub limit: Option<i64>,
}

/// One row of the dashboard's list, gathered in one request (`POST /reeve/deployments`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct DeploymentRow {
    pub deployment: Deployment,
    /// Each of the deployment's schedules in words.
    pub schedule_words: Vec<String>,
    pub flow_name: String,
    /// The next due run, if one is planned.
    pub next_run: Option<Timestamp>,
    /// The newest runs that have started or ended, newest first, at most 20.
    pub last_runs: Vec<FlowRun>,
    /// What a run that is past due waits for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waits: Option<String>,
}

fn yes() -> bool {
    true
}
