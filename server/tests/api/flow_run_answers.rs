//! `/api/flow_runs`: single answers of Prefect 3.8.8 that no recording holds.

use serde_json::{Value, json};

use crate::harness::Server;

/// Names of the runs for which `start_time` fits.
async fn begun(server: &Server, ops: Value) -> Vec<String> {
    let body = json!({ "flow_runs": { "start_time": ops }, "sort": "NAME_ASC" });
    let (status, runs) = server.post("/flow_runs/filter", body).await;
    assert_eq!(status, 200, "{runs}");
    runs.as_array().into_iter().flatten().map(|run| run["name"].as_str().unwrap_or_default().to_owned()).collect()
}

#[tokio::test]
async fn runs_that_have_not_begun_start_when_they_are_expected_to() {
    let server = Server::start().await;
    let (_, flow) = server.post("/flows/", json!({ "name": "f" })).await;
    for (name, state) in [
        ("due", json!({ "type": "SCHEDULED", "state_details": { "scheduled_time": "2026-11-23T11:00:00Z" } })),
        ("planned", json!({ "type": "SCHEDULED", "state_details": { "scheduled_time": "2026-11-23T14:00:00Z" } })),
        ("running", json!({ "type": "RUNNING" })),
    ] {
        server.post("/flow_runs/", json!({ "flow_id": flow["id"], "name": name, "state": state })).await;
    }
    let noon = "2026-11-23T12:00:00Z";
    assert_eq!(begun(&server, json!({ "after_": noon })).await, ["planned", "running"]);
    assert_eq!(begun(&server, json!({ "before_": noon })).await, ["due", "running"]);
    assert_eq!(begun(&server, json!({ "before_": noon, "is_null_": true })).await, ["due"]);
    assert_eq!(begun(&server, json!({ "is_null_": false })).await, ["running"]);
}

#[tokio::test]
async fn retries_in_words_of_old_are_told_in_words_of_today() {
    let server = Server::start().await;
    let (_, flow) = server.post("/flows/", json!({ "name": "f" })).await;
    let policy = json!({ "max_retries": 1, "retry_delay_seconds": 10 });
    let (_, run) = server.post("/flow_runs/", json!({ "flow_id": flow["id"], "empirical_policy": policy })).await;
    let body = json!({ "task_key": "k", "dynamic_key": "0", "flow_run_id": run["id"], "empirical_policy": policy });
    let (_, task_run) = server.post("/task_runs/", body).await;
    for policy in [&run["empirical_policy"], &task_run["empirical_policy"]] {
        assert_eq!((&policy["retries"], &policy["retry_delay"]), (&json!(1), &json!(10)), "{policy}");
        assert_eq!(policy["max_retries"], 1);
    }
}

#[tokio::test]
async fn a_late_run_is_the_next_one_of_its_flow() {
    let server = Server::start().await;
    let (_, flow) = server.post("/flows/", json!({ "name": "f" })).await;
    for (name, time) in [("planned", "2026-11-24T12:00:00Z"), ("late", "2026-11-22T12:00:00Z")] {
        let state = json!({ "type": "SCHEDULED", "state_details": { "scheduled_time": time } });
        server.post("/flow_runs/", json!({ "flow_id": flow["id"], "name": name, "state": state })).await;
    }
    let (_, next) = server.post("/ui/flows/next-runs", json!({ "flow_ids": [flow["id"]] })).await;
    assert_eq!(next[flow["id"].as_str().expect("an id")]["name"], "late", "{next}");
}
