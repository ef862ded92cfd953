//! The frames between a pool's worker and the server (Prefect 3.8), on one socket for each worker.
//!
//! Frames are closed: a key that is not known here ends the talk.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::id::{Uuid, WorkQueueId};
use crate::time::Timestamp;
use crate::work_pools::WorkPool;

/// The one version that is spoken.
pub const VERSION: &str = "work_pool_worker_channel.v1";

/// What both sides must be able to do.
pub const REQUIRED: [&str; 2] = ["worker_heartbeat.v1", "work_pool_snapshot.v1"];

/// What a worker may ask for besides: to be told of infrastructure that nobody took down.
pub const CLEANUP: &str = "cleanup_delivery.v1";

/// From the worker.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(tag = "type", deny_unknown_fields)]
pub enum FromWorker {
    #[serde(rename = "worker.hello.v1")]
    Hello { id: Uuid, sent_at: Timestamp, payload: Box<Hello> },
    #[serde(rename = "worker.heartbeat.v1")]
    Heartbeat { id: Uuid, sent_at: Timestamp, payload: Heartbeat },
    #[serde(rename = "cleanup.ack.v1")]
    CleanupAck { id: Uuid, sent_at: Timestamp, payload: Cleanup },
    #[serde(rename = "cleanup.release.v1")]
    CleanupRelease { id: Uuid, sent_at: Timestamp, payload: CleanupRelease },
    #[serde(rename = "cleanup.renew.v1")]
    CleanupRenew { id: Uuid, sent_at: Timestamp, payload: Cleanup },
}

/// Who the worker is and what it can do.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hello {
    pub consumer_id: Uuid,
    pub worker_name: String,
    pub worker_type: String,
    pub heartbeat_interval_seconds: i64,
    pub supported_channel_versions: Vec<String>,
    pub requested_capabilities: Vec<String>,
    #[serde(default)]
    pub work_queue_names: Vec<String>,
    #[serde(default)]
    pub handled_cleanup_kinds: Vec<String>,
    #[serde(default)]
    pub max_cleanup_concurrency: Option<i64>,
    #[serde(default)]
    pub create_pool_if_not_found: bool,
    #[serde(default)]
    pub default_base_job_template: Map<String, Value>,
    #[serde(default)]
    pub worker_metadata: Option<Map<String, Value>>,
}

impl Hello {
    /// Whether the payload holds together.
    pub fn is_sound(&self) -> bool {
        let asks_for = |capability: &str| self.requested_capabilities.iter().any(|asked| asked == capability);
        let says_nothing_empty = [&self.worker_name, &self.worker_type]
            .into_iter()
            .chain(&self.supported_channel_versions)
            .chain(&self.requested_capabilities)
            .chain(&self.work_queue_names)
            .all(|word| !word.is_empty());
        let cleans = !self.handled_cleanup_kinds.is_empty() || self.max_cleanup_concurrency.unwrap_or(0) != 0;
        says_nothing_empty
            && self.heartbeat_interval_seconds > 0
            && self.max_cleanup_concurrency.is_none_or(|most| most >= 0)
            && !self.supported_channel_versions.is_empty()
            && REQUIRED.into_iter().all(asks_for)
            && (asks_for(CLEANUP) || !cleans)
    }
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Heartbeat {
    pub consumer_id: Uuid,
    pub worker_name: String,
    pub heartbeat_interval_seconds: i64,
}

/// A message about infrastructure, and the token with which it was handed out.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cleanup {
    pub message_id: Uuid,
    pub reservation_token: String,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CleanupRelease {
    pub message_id: Uuid,
    pub reservation_token: String,
    pub reason: String,
}

/// To the worker: what it is, an id of its own, when, and the payload.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ToWorker {
    pub id: Uuid,
    pub sent_at: Timestamp,
    #[serde(flatten)]
    pub frame: Frame,
}

/// What is said to the worker.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "type", content = "payload")]
pub enum Frame {
    #[serde(rename = "worker.ready.v1")]
    Ready(Box<Ready>),
    #[serde(rename = "work_pool.snapshot.v1")]
    Snapshot(Box<Snapshot>),
    #[serde(rename = "cleanup.operation_result.v1")]
    CleanupResult(CleanupResult),
}

/// What was agreed on, and the pool as it is now.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Ready {
    pub consumer_id: Uuid,
    pub worker_id: Option<Uuid>,
    pub selected_channel_version: &'static str,
    pub effective_heartbeat_interval_seconds: i64,
    pub accepted_capabilities: Vec<&'static str>,
    pub rejected_capabilities: Vec<String>,
    pub effective_max_cleanup_concurrency: i64,
    pub resolved_work_queues: Vec<ResolvedQueue>,
    pub initial_snapshot: Snapshot,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ResolvedQueue {
    pub id: WorkQueueId,
    pub name: String,
}

/// The pool as it is now; the sequence grows by one with each.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Snapshot {
    pub snapshot_sequence: i64,
    pub reason: &'static str,
    pub work_pool: WorkPool,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CleanupResult {
    pub request_frame_id: Uuid,
    pub message_id: Uuid,
    pub operation: &'static str,
    pub status: &'static str,
    pub lease_expires_at: Option<Timestamp>,
    pub reason: Option<&'static str>,
    pub detail: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn hello(changes: Value) -> Option<Hello> {
        let mut frame = json!({
            "type": "worker.hello.v1", "id": "01a2096a-8b7c-759b-a367-8f41bbaf6ecb", "sent_at": "2026-11-23T17:18:27.197034Z",
            "payload": {
                "consumer_id": "01a2096a-8a31-7e7b-b4dc-a4eef8b7be4d", "worker_name": "w", "worker_type": "process",
                "heartbeat_interval_seconds": 30, "supported_channel_versions": [VERSION], "requested_capabilities": REQUIRED,
            },
        });
        let payload = frame["payload"].as_object_mut().expect("an object");
        payload.extend(changes.as_object().expect("an object").clone());
        match serde_json::from_value(frame) {
            Ok(FromWorker::Hello { payload, .. }) => payload.is_sound().then_some(*payload),
            _ => None,
        }
    }

    #[test]
    fn a_hello_holds_together_or_is_refused() {
        assert!(hello(json!({})).is_some());
        assert!(
            hello(json!({"requested_capabilities": [REQUIRED[0], REQUIRED[1], CLEANUP], "max_cleanup_concurrency": 1}))
                .is_some()
        );
        let refused = [
            json!({"bogus": 1}),
            json!({"worker_name": ""}),
            json!({"heartbeat_interval_seconds": 0}),
            json!({"supported_channel_versions": []}),
            json!({"requested_capabilities": [REQUIRED[0]]}),
            json!({"max_cleanup_concurrency": 1}),
            json!({"handled_cleanup_kinds": ["cancelling_timeout_teardown.v1"]}),
            json!({"work_queue_names": [""]}),
        ];
        for changes in refused {
            assert_eq!(hello(changes.clone()), None, "{changes}");
        }
    }
}
