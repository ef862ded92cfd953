//! Background tasks on their way to task workers.

use std::net::SocketAddr;
use std::time::Duration;

use domain::{Major, TaskRunId};
use serde_json::{Value, json};

use crate::harness::socket::{Peer, connect};
use crate::harness::{Server, assert_like, id};

async fn worker(address: SocketAddr, name: &str, keys: &[&str]) -> Peer {
    let mut peer = connect(address, "/task_runs/subscriptions/scheduled", &[("sec-websocket-protocol", "prefect")])
        .await
        .expect("let in");
    peer.say(&json!({"type": "auth", "token": null})).await;
    assert_eq!(peer.hear().await, json!({"type": "auth_success"}));
    peer.say(&json!({"type": "subscribe", "keys": keys, "client_id": name})).await;
    peer
}

/// What `task.delay()` of Prefect 3.8.8 sends.
async fn delay(server: &Server, key: &str) -> Value {
    let body = json!({
        "state": {
            "type": "SCHEDULED", "name": "Scheduled", "message": null, "data": null,
            "state_details": {"scheduled_time": "2026-11-23T11:59:59.060931Z", "deferred": true, "task_parameters_id": "d5fd40bb-3304-42d2-9cfd-2b423642b993"},
        },
        "name": "bg", "flow_run_id": null, "task_key": key, "dynamic_key": format!("{key}-{}", id::<TaskRunId>()),
        "empirical_policy": {"max_retries": 0, "retry_delay_seconds": 0.0, "retries": 0, "retry_delay": 0, "retry_jitter_factor": null},
        "tags": [], "labels": {}, "task_inputs": {"x": []},
    });
    let (status, run) = server.post("/task_runs/", body).await;
    assert_eq!(status, 201, "{run}");
    run
}

#[tokio::test]
async fn a_run_is_handed_to_one_worker_that_takes_it() {
    let server = Server::start().await;
    let address = server.listen().await;
    let before = delay(&server, "bg-1").await;
    let mut first = worker(address, "one", &["bg-1", "bg-2"]).await;
    let handed = first.hear().await;
    assert_like(&handed, &{
        let mut want = before.clone();
        want["updated"] = json!("<time>");
        want["estimated_start_time_delta"] = json!("<any>");
        want
    });
    assert_eq!(handed["state"]["state_details"]["task_parameters_id"], json!("d5fd40bb-3304-42d2-9cfd-2b423642b993"));
    let mut second = worker(address, "two", &["bg-1"]).await;
    assert!(second.hears_nothing_for(Duration::from_millis(200)).await, "it is the first one's to take");
    first.say(&json!({"type": "ack"})).await;
    assert!(second.hears_nothing_for(Duration::from_millis(200)).await, "it is taken");

    let other = delay(&server, "bg-2").await;
    assert_eq!(first.hear().await["id"], other["id"]);
    // The first worker goes without a word: the run is the next one's.
    let mut third = worker(address, "three", &["bg-2"]).await;
    drop(first);
    assert_eq!(third.hear().await["id"], other["id"]);
    third.say(&json!({"type": "ack"})).await;
    delay(&server, "bg-3").await;
    assert!(third.hears_nothing_for(Duration::from_millis(200)).await, "another task");
}

/// What `task.submit()` outside of a flow sends in Prefect 2.20.26, whose states know no `deferred`.
#[tokio::test]
async fn prefect_2s_runs_without_a_flow_are_background_tasks() {
    let server = Server::start().await;
    let mut worker = worker(server.listen().await, "two", &["bg"]).await;
    let submit = async |key: &str, flow_run: Value| {
        let details = json!({ "scheduled_time": "2026-11-23T11:59:59Z", "task_parameters_id": id::<TaskRunId>() });
        let body = json!({
            "task_key": "bg", "dynamic_key": key, "flow_run_id": flow_run,
            "state": { "type": "SCHEDULED", "name": "Scheduled", "state_details": details },
        });
        let (status, run) = server.call(Major::V2, axum::http::Method::POST, "/task_runs/", Some(body)).await;
        assert_eq!(status, 201, "{run}");
        run
    };
    let run = submit("1", Value::Null).await;
    assert_eq!(worker.hear().await["id"], run["id"]);
    worker.say(&json!({"type": "ack"})).await;
    let (_, flow) = server.post("/flows/", json!({ "name": "a flow" })).await;
    let (_, flow_run) = server.post("/flow_runs/", json!({ "flow_id": flow["id"] })).await;
    submit("2", flow_run["id"].clone()).await;
    assert!(worker.hears_nothing_for(Duration::from_millis(200)).await, "it belongs to a flow");
}

#[tokio::test]
async fn workers_are_listed_while_they_wait() {
    let server = Server::start().await;
    let address = server.listen().await;
    let mut one = worker(address, "one", &["a", "b"]).await;
    let run = delay(&server, "a").await;
    assert_eq!(one.hear().await["id"], run["id"]);
    one.say(&json!({"type": "ack"})).await;
    let listed = async |filter: Value| server.post("/task_workers/filter", filter).await;
    let want = json!([{"identifier": "one", "task_keys": ["a", "b"], "timestamp": "2026-11-23T12:00:00Z"}]);
    assert_eq!(listed(json!({})).await, (200, want.clone()));
    assert_eq!(listed(json!({"task_worker_filter": {"task_keys": ["b"]}})).await, (200, want));
    assert_eq!(listed(json!({"task_worker_filter": {"task_keys": ["c"]}})).await, (200, json!([])));
    one.leave().await;
    for _ in 0..50 {
        if listed(json!(null)).await.1 == json!([]) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the worker is still listed");
}

#[tokio::test]
async fn who_does_not_keep_to_the_turns_is_sent_away() {
    let server = Server::start().await;
    let address = server.listen().await;
    for wrong in [
        json!({"type": "filter"}),
        json!({"type": "subscribe", "client_id": "x"}),
        json!({"type": "subscribe", "keys": ["a"]}),
    ] {
        let mut peer = connect(address, "/task_runs/subscriptions/scheduled", &[]).await.expect("let in");
        peer.say(&wrong).await;
        assert_eq!(peer.closed_with().await, 4001, "{wrong}");
    }
    let run = delay(&server, "a").await;
    let mut rude = worker(address, "rude", &["a"]).await;
    assert_eq!(rude.hear().await["id"], run["id"]);
    rude.say(&json!({"type": "nonsense"})).await;
    assert_eq!(rude.closed_with().await, 4001);
    let mut quits = worker(address, "quits", &["a"]).await;
    assert_eq!(quits.hear().await["id"], run["id"]);
    quits.say(&json!({"type": "quit"})).await;
    assert_eq!(quits.closed_with().await, 1000);
    assert_eq!(worker(address, "polite", &["a"]).await.hear().await["id"], run["id"]);
    assert_eq!(server.call(Major::V2, axum::http::Method::POST, "/task_workers/filter", None).await.0, 404);
}
