//! Work pools, their queues, and the workers that poll them.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::filter::{AnyOps, IdOps, Operator, PrefixOps, TimeOps};
use crate::id::{DeploymentId, WorkPoolId, WorkQueueId, WorkerId};
#[cfg_attr(target_arch = "wasm32", expect(unused_imports, reason = "members that differ are not read there"))]
use crate::major::not_in_v2;
use crate::patch::{self, Patch};
use crate::time::Timestamp;

/// Status of a pool or of a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum WorkPoolStatus {
    Ready,
    NotReady,
    Paused,
}

impl WorkPoolStatus {
    /// The word on the wire and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            WorkPoolStatus::Ready => "READY",
            WorkPoolStatus::NotReady => "NOT_READY",
            WorkPoolStatus::Paused => "PAUSED",
        }
    }

    /// The word in names of events.
    pub fn in_kebab_case(self) -> &'static str {
        match self {
            WorkPoolStatus::Ready => "ready",
            WorkPoolStatus::NotReady => "not-ready",
            WorkPoolStatus::Paused => "paused",
        }
    }
}

impl std::str::FromStr for WorkPoolStatus {
    type Err = UnknownStatus;
    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let all = [WorkPoolStatus::Ready, WorkPoolStatus::NotReady, WorkPoolStatus::Paused];
        all.into_iter().find(|status| status.as_str() == word).ok_or_else(|| UnknownStatus(word.to_owned()))
    }
}

/// The word is no status of this kind of thing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown status {0:?}")]
pub struct UnknownStatus(pub String);

/// Queues have the same three.
pub type WorkQueueStatus = WorkPoolStatus;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum WorkerStatus {
    Online,
    #[default]
    Offline,
}

impl WorkerStatus {
    /// The word on the wire and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            WorkerStatus::Online => "ONLINE",
            WorkerStatus::Offline => "OFFLINE",
        }
    }
}

/// Where results and bundles go (Prefect 3); kept and answered, all optional.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct StorageConfiguration {
    pub bundle_upload_step: Option<Value>,
    pub bundle_execution_step: Option<Value>,
    pub default_result_storage_block_id: Option<uuid::Uuid>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct WorkPool {
    pub id: WorkPoolId,
    #[cfg_attr(target_arch = "wasm32", serde(skip))]
    pub created: Option<Timestamp>,
    pub updated: Option<Timestamp>,
    pub name: String,
    pub description: Option<String>,
    /// `kubernetes`, `process`, …
    #[serde(rename = "type")]
    pub kind: String,
    pub base_job_template: Map<String, Value>,
    #[serde(default)]
    pub is_paused: bool,
    pub concurrency_limit: Option<i64>,
    pub status: Option<WorkPoolStatus>,
    #[cfg_attr(target_arch = "wasm32", serde(skip))]
    pub default_queue_id: Option<WorkQueueId>,
    #[cfg_attr(target_arch = "wasm32", serde(skip))]
    #[serde(default, skip_serializing_if = "not_in_v2")]
    pub storage_configuration: StorageConfiguration,
    /// Runs that are PENDING or RUNNING; only when the pool has a limit.
    #[cfg_attr(target_arch = "wasm32", serde(skip))]
    #[serde(default, skip_serializing_if = "not_in_v2")]
    pub active_slots: Option<i64>,
}

/// Body of `POST /work_pools/`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WorkPoolCreate {
    pub name: String,
    #[serde(default)]
    pub description: Option<String>,
    #[serde(rename = "type", default = "prefect_agent")]
    pub kind: String,
    #[serde(default)]
    pub base_job_template: Map<String, Value>,
    #[serde(default)]
    pub is_paused: bool,
    #[serde(default)]
    pub concurrency_limit: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "patch::some")]
    pub storage_configuration: Option<StorageConfiguration>,
}

/// Body of `PATCH /work_pools/{name}`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct WorkPoolUpdate {
    #[serde(skip_serializing_if = "Patch::is_absent")]
    pub description: Patch<String>,
    #[serde(skip_serializing_if = "Patch::is_absent", deserialize_with = "patch::kept")]
    pub is_paused: Patch<bool>,
    #[serde(skip_serializing_if = "Patch::is_absent", deserialize_with = "patch::kept")]
    pub base_job_template: Patch<Map<String, Value>>,
    #[serde(skip_serializing_if = "Patch::is_absent")]
    pub concurrency_limit: Patch<i64>,
    #[serde(skip_serializing_if = "Patch::is_absent", deserialize_with = "patch::kept")]
    pub storage_configuration: Patch<StorageConfiguration>,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct WorkPoolFilter {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operator: Option<Operator>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<IdOps<WorkPoolId>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<AnyOps>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<AnyOps>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct WorkQueue {
    pub id: WorkQueueId,
    #[cfg_attr(target_arch = "wasm32", serde(skip))]
    pub created: Option<Timestamp>,
    pub updated: Option<Timestamp>,
    pub name: String,
    #[cfg_attr(target_arch = "wasm32", serde(skip))]
    pub description: Option<String>,
    #[serde(default)]
    pub is_paused: bool,
    pub concurrency_limit: Option<i64>,
    /// 1 is served first.
    pub priority: i64,
    #[cfg_attr(target_arch = "wasm32", serde(skip))]
    pub work_pool_id: Option<WorkPoolId>,
    /// From the time of agents; kept, not used.
    #[cfg_attr(target_arch = "wasm32", serde(skip))]
    pub filter: Option<QueueFilter>,
    pub last_polled: Option<Timestamp>,
    #[cfg_attr(target_arch = "wasm32", serde(skip))]
    #[serde(default)]
    pub work_pool_name: Option<String>,
    #[cfg_attr(target_arch = "wasm32", serde(skip))]
    #[serde(default)]
    pub status: Option<WorkQueueStatus>,
    #[cfg_attr(target_arch = "wasm32", serde(skip))]
    #[serde(default, skip_serializing_if = "not_in_v2")]
    pub active_slots: Option<i64>,
}

/// What a queue of an agent of old picks runs by; absent means any.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(default)]
pub struct QueueFilter {
    /// All of these the run must have.
    pub tags: Option<Vec<String>>,
    pub deployment_ids: Option<Vec<DeploymentId>>,
}

/// Body of `POST /work_pools/{pool}/queues` and of `POST /work_queues/`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WorkQueueCreate {
    pub name: String,
    #[serde(default)]
    pub description: Option<String>,
    #[serde(default)]
    pub is_paused: bool,
    #[serde(default)]
    pub concurrency_limit: Option<i64>,
    #[serde(default)]
    pub priority: Option<i64>,
    #[serde(default)]
    pub filter: Option<QueueFilter>,
}

/// Body of `PATCH` on a queue.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct WorkQueueUpdate {
    #[serde(skip_serializing_if = "Patch::is_absent", deserialize_with = "patch::kept")]
    pub name: Patch<String>,
    #[serde(skip_serializing_if = "Patch::is_absent", deserialize_with = "patch::kept")]
    pub description: Patch<String>,
    #[serde(skip_serializing_if = "Patch::is_absent", deserialize_with = "patch::sent")]
    pub is_paused: Patch<bool>,
    #[serde(skip_serializing_if = "Patch::is_absent")]
    pub concurrency_limit: Patch<i64>,
    #[serde(skip_serializing_if = "Patch::is_absent", deserialize_with = "patch::kept")]
    pub priority: Patch<i64>,
    #[serde(skip_serializing_if = "Patch::is_absent")]
    pub last_polled: Patch<Timestamp>,
    #[serde(skip_serializing_if = "Patch::is_absent")]
    pub filter: Patch<QueueFilter>,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct WorkQueueFilter {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operator: Option<Operator>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<IdOps<WorkQueueId>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<PrefixOps>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Worker {
    pub id: WorkerId,
    #[cfg_attr(target_arch = "wasm32", serde(skip))]
    pub created: Option<Timestamp>,
    #[cfg_attr(target_arch = "wasm32", serde(skip))]
    pub updated: Option<Timestamp>,
    pub name: String,
    pub work_pool_id: WorkPoolId,
    pub last_heartbeat_time: Option<Timestamp>,
    #[cfg_attr(target_arch = "wasm32", serde(skip))]
    pub heartbeat_interval_seconds: Option<i64>,
    /// ONLINE while the last heartbeat is younger than three intervals.
    #[serde(default)]
    pub status: WorkerStatus,
}

/// Body of `POST /work_pools/{pool}/workers/heartbeat`. Prefect 2 sends the interval as `30.0`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct WorkerHeartbeat {
    pub name: String,
    /// Seconds.
    #[serde(default)]
    pub heartbeat_interval_seconds: Option<f64>,
}

/// Members of a worker filter's `status`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct WorkerStatusOps {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub any_: Option<Vec<WorkerStatus>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_any_: Option<Vec<WorkerStatus>>,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct WorkerFilter {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operator: Option<Operator>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_heartbeat_time: Option<TimeOps>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<WorkerStatusOps>,
}

fn prefect_agent() -> String {
    "prefect-agent".to_owned()
}
