//! The socket of Prefect 3.8's workers, frame by frame as the real server's.

use std::net::SocketAddr;
use std::time::Duration;

use axum::http::Method;
use domain::Major;
use serde_json::{Value, json};
use server::app_state::Policy;

use crate::harness::socket::{Peer, connect};
use crate::harness::{Server, assert_like};

const CONSUMER: &str = "01a2096a-8a31-7e7b-b4dc-a4eef8b7be4d";

async fn connected(address: SocketAddr, pool: &str, token: Value) -> Peer {
    let path = format!("/work_pools/{pool}/workers/connect");
    let mut peer = connect(address, &path, &[("sec-websocket-protocol", "prefect")]).await.expect("let in");
    peer.say(&json!({ "type": "auth", "token": token })).await;
    peer
}

async fn admitted(address: SocketAddr, pool: &str) -> Peer {
    let mut peer = connected(address, pool, Value::Null).await;
    assert_eq!(peer.hear().await, json!({ "type": "auth_success" }));
    peer
}

fn frame(kind: &str, payload: Value) -> Value {
    json!({ "type": kind, "id": "01a2096a-8b7c-759b-a367-8f41bbaf6ecb", "sent_at": "2026-11-23T17:18:27.197034Z", "payload": payload })
}

/// What Prefect 3.8.8 sends, with these changes.
fn hello(changes: Value) -> Value {
    let mut payload = json!({
        "consumer_id": CONSUMER, "worker_name": "ProcessWorker 1", "worker_type": "process", "heartbeat_interval_seconds": 30,
        "supported_channel_versions": ["work_pool_worker_channel.v1"],
        "requested_capabilities": ["worker_heartbeat.v1", "work_pool_snapshot.v1"],
        "work_queue_names": [], "handled_cleanup_kinds": [], "max_cleanup_concurrency": 0, "create_pool_if_not_found": true,
        "default_base_job_template": {"job_configuration": {"command": "{{ command }}"}, "variables": {"properties": {"command": {"type": "string"}}}},
        "worker_metadata": {"integrations": [{"name": "prefect-kubernetes", "version": "0.8.0"}]},
    });
    payload.as_object_mut().expect("an object").extend(changes.as_object().expect("an object").clone());
    frame("worker.hello.v1", payload)
}

fn heartbeat(name: &str) -> Value {
    frame(
        "worker.heartbeat.v1",
        json!({ "consumer_id": CONSUMER, "worker_name": name, "heartbeat_interval_seconds": 30 }),
    )
}

#[tokio::test]
async fn a_worker_makes_its_pool_is_online_and_hears_of_changes() {
    let server = Server::start().await;
    let address = server.listen().await;
    let mut worker = admitted(address, "new").await;
    worker.say(&hello(json!({}))).await;
    let ready = worker.hear().await;
    let pool = json!({
        "id": "<id>", "created": "<time>", "updated": "<time>", "name": "new", "description": null, "type": "process",
        "base_job_template": hello(json!({}))["payload"]["default_base_job_template"], "is_paused": false, "concurrency_limit": null,
        "status": "READY", "active_slots": null, "default_queue_id": "<id>",
        "storage_configuration": {"bundle_upload_step": null, "bundle_execution_step": null, "default_result_storage_block_id": null},
    });
    assert_like(
        &ready,
        &json!({
            "type": "worker.ready.v1", "id": "<id>", "sent_at": "<time>",
            "payload": {
                "consumer_id": CONSUMER, "worker_id": null, "selected_channel_version": "work_pool_worker_channel.v1",
                "effective_heartbeat_interval_seconds": 30, "accepted_capabilities": ["worker_heartbeat.v1", "work_pool_snapshot.v1"],
                "rejected_capabilities": [], "effective_max_cleanup_concurrency": 0,
                "resolved_work_queues": [{"id": "<id>", "name": "default"}],
                "initial_snapshot": {"snapshot_sequence": 1, "reason": "initial", "work_pool": pool},
            },
        }),
    );
    let online = async || server.post("/work_pools/new/workers/filter", json!({})).await.1[0]["status"].clone();
    assert_eq!(online().await, "ONLINE");

    server.pass(100.0);
    assert_eq!(online().await, "OFFLINE");
    worker.say(&heartbeat("ProcessWorker 1")).await;
    let mut told = worker.hears_nothing_for(Duration::from_millis(200)).await;
    assert!(told, "nothing has changed but the heartbeat");
    assert_eq!(online().await, "ONLINE");

    server.call(Major::V3, Method::PATCH, "/work_pools/new", Some(json!({ "concurrency_limit": 2 }))).await;
    let snapshot = worker.hear().await;
    assert_eq!(snapshot["type"], "work_pool.snapshot.v1");
    assert_eq!(snapshot["payload"]["snapshot_sequence"], 2);
    assert_eq!(snapshot["payload"]["reason"], "work_pool_updated");
    assert_eq!(snapshot["payload"]["work_pool"]["concurrency_limit"], 2);
    assert_eq!(snapshot["payload"]["work_pool"]["active_slots"], 0);

    let ack = json!({ "message_id": CONSUMER, "reservation_token": "t" });
    worker.say(&frame("cleanup.ack.v1", ack)).await;
    let declined = worker.hear().await;
    assert_eq!(
        (&declined["payload"]["status"], &declined["payload"]["operation"]),
        (&json!("unauthorized"), &json!("ack"))
    );

    server.call(Major::V3, Method::DELETE, "/work_pools/new", None).await;
    told = worker.closed_with().await == 1008;
    assert!(told, "the pool is gone");
}

#[tokio::test]
async fn who_does_not_keep_to_the_protocol_is_shown_out() {
    let server = Server::start().await;
    let address = server.listen().await;
    let path = "/work_pools/pool/workers/connect";
    assert_eq!(connect(address, path, &[]).await.err(), Some(403), "the subprotocol is not an offer here");
    server.post("/work_pools/", json!({ "name": "pool", "type": "process" })).await;
    let cases = [
        ("pool", json!({ "type": "worker.hello.v1" }), 1002),
        ("pool", heartbeat("ProcessWorker 1"), 1002),
        ("pool", hello(json!({ "bogus": 1 })), 1002),
        ("pool", hello(json!({ "supported_channel_versions": ["v9"] })), 1008),
        ("pool", hello(json!({ "work_queue_names": ["absent"] })), 1008),
        ("absent", hello(json!({ "create_pool_if_not_found": false })), 1008),
        ("prefect-own", hello(json!({})), 1008),
    ];
    for (pool, first, code) in cases {
        let mut worker = admitted(address, pool).await;
        worker.say(&first).await;
        assert_eq!(worker.closed_with().await, code, "{pool}: {first}");
    }
    let mut worker = admitted(address, "pool").await;
    worker.say(&hello(json!({ "work_queue_names": ["default", "default"] }))).await;
    assert_eq!(worker.hear().await["payload"]["resolved_work_queues"].as_array().map(Vec::len), Some(1));
    worker.say(&heartbeat("somebody else")).await;
    assert_eq!(worker.closed_with().await, 1002);
}

#[tokio::test]
async fn a_worker_without_the_password_is_not_let_in() {
    let server = Server::with(Policy { auth_string: Some("a:b".to_owned()), ..Policy::default() }).await;
    let address = server.listen().await;
    let mut worker = connected(address, "pool", json!("a:c")).await;
    assert_eq!(worker.closed_with().await, 1008);
    let mut worker = connected(address, "pool", json!("a:b")).await;
    assert_eq!(worker.hear().await, json!({ "type": "auth_success" }));
}
