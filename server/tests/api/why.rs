//! Why runs wait: what is written down while workers ask and claim, and where it is read.

use domain::Major;
use serde_json::{Value, json};
use server::scheduler::journal;

use crate::harness::{START, Server};

/// A pool, a deployment on it, and a run that is due.
async fn scene(server: &Server, limit: Value) -> (String, String) {
    server.post("/work_pools/", json!({ "name": "gpu", "type": "process", "concurrency_limit": limit })).await;
    let (_, flow) = server.post("/flows/", json!({ "name": "f" })).await;
    let body = json!({ "name": "d", "flow_id": flow["id"], "work_pool_name": "gpu" });
    let (_, deployment) = server.post("/deployments/", body).await;
    let deployment = deployment["id"].as_str().expect("an id").to_owned();
    (run(server, &deployment).await, deployment)
}

async fn run(server: &Server, deployment: &str) -> String {
    let state = json!({ "type": "SCHEDULED", "state_details": { "scheduled_time": START } });
    let (_, run) = server.post(&format!("/deployments/{deployment}/create_flow_run"), json!({ "state": state })).await;
    run["id"].as_str().expect("an id").to_owned()
}

async fn ask(server: &Server) -> usize {
    let (status, due) = server.post("/work_pools/gpu/get_scheduled_flow_runs", json!({})).await;
    assert_eq!(status, 200);
    due.as_array().expect("runs").len()
}

/// The words of the decisions about a run.
async fn why(server: &Server, run: &str) -> String {
    journal::tick(server.app.clone()).await.expect("written down");
    let (status, told) = server.get(&format!("/reeve/flow_runs/{run}/why")).await;
    assert_eq!(status, 200);
    told.to_string()
}

#[tokio::test]
async fn a_paused_pool_and_taken_slots_are_told_on_the_run() {
    let server = Server::start().await;
    let (first, deployment) = scene(&server, json!(1)).await;
    let pause = |paused: bool| {
        server.call(Major::V3, http::Method::PATCH, "/work_pools/gpu", Some(json!({ "is_paused": paused })))
    };
    server.pass(5.0);
    pause(true).await;
    assert_eq!(ask(&server).await, 0);
    let told = why(&server, &first).await;
    assert!(told.contains("held back: the pool gpu is paused."), "{told}");
    pause(false).await;
    server.pass(15.0);
    assert_eq!(ask(&server).await, 1);
    assert!(why(&server, &first).await.contains("offered to a worker"));
    let second = run(&server, &deployment).await;
    server.post(&format!("/flow_runs/{first}/set_state"), json!({ "state": { "type": "PENDING" } })).await;
    server.pass(15.0);
    assert_eq!(ask(&server).await, 0);
    assert!(why(&server, &second).await.contains("all 1 slots of the pool gpu are taken"));
    let (_, sheet) = server.get("/reeve/sheets/why").await;
    assert!(sheet.to_string().contains("all 1 slots of the pool gpu are taken"), "{sheet}");
}

#[tokio::test]
async fn a_claim_that_is_refused_names_who_has_the_slots() {
    let server = Server::start().await;
    let (first, deployment) = scene(&server, Value::Null).await;
    let path = format!("/deployments/{deployment}");
    server.call(Major::V3, http::Method::PATCH, &path, Some(json!({ "concurrency_limit": 1 }))).await;
    let second = run(&server, &deployment).await;
    for run in [&first, &second] {
        server.post(&format!("/flow_runs/{run}/set_state"), json!({ "state": { "type": "PENDING" } })).await;
    }
    let (_, holder) = server.get(&format!("/flow_runs/{first}")).await;
    let told = why(&server, &second).await;
    let expected = format!("held by {}", holder["name"].as_str().expect("a name"));
    assert!(told.contains("was refused: Deployment concurrency limit reached.") && told.contains(&expected), "{told}");
}

#[tokio::test]
async fn runs_that_nobody_asks_for_are_summed_up() {
    let server = Server::start().await;
    let (run, deployment) = scene(&server, Value::Null).await;
    server.pass(120.0);
    let late = json!({ "state": { "type": "SCHEDULED", "name": "Late", "state_details": { "scheduled_time": START } }, "force": true });
    server.post(&format!("/flow_runs/{run}/set_state"), late).await;
    assert_eq!(journal::look(server.app.clone()).await.expect("written down"), 1);
    let told = why(&server, &run).await;
    assert!(told.contains("No worker has asked the pool gpu for work so far."), "{told}");
    assert!(told.contains("no worker polls the pool gpu"), "{told}");
    let (_, now) = server.get("/reeve/now").await;
    assert_eq!(
        now["held"],
        json!([{ "words": "no worker polls the pool gpu", "runs": 1, "path": "/runs?state=late&pool=gpu" }])
    );
    let (_, list) = server.post("/reeve/deployments", json!({})).await;
    assert_eq!(
        (&list["rows"][0]["waits"], &list["rows"][0]["deployment"]["id"]),
        (&json!("no worker polls the pool gpu"), &json!(deployment))
    );
}
