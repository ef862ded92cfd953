//! Queues of agents, as Prefect 2.20.26 and 3.8.8 answered the same requests.

use axum::http::Method;
use domain::Major;
use serde_json::{Value, json};

use crate::harness::Server;

fn names(runs: &Value) -> Vec<&str> {
    runs.as_array().expect("runs").iter().filter_map(|run| run["name"].as_str()).collect()
}

async fn set_state(server: &Server, run: &Value, state: &str) {
    let path = format!("/flow_runs/{}/set_state", run["id"].as_str().expect("an id"));
    let (status, answer) = server.post(&path, json!({ "state": { "type": state }, "force": true })).await;
    assert_eq!(status, 201, "{answer}");
}

#[tokio::test]
async fn a_queue_of_old_picks_by_tags_and_deployments() {
    let server = Server::start().await;
    let (_, flow) = server.post("/flows/", json!({ "name": "f" })).await;
    let mut deployments = Vec::new();
    for (name, tags) in [("one", json!(["a", "b"])), ("two", json!(["a"])), ("three", json!([]))] {
        let body = json!({ "name": name, "flow_id": flow["id"], "tags": tags, "work_queue_name": "another" });
        let (_, deployment) = server.post("/deployments/", body).await;
        let path = format!("/deployments/{}/create_flow_run", deployment["id"].as_str().expect("an id"));
        let (_, run) = server.post(&path, json!({ "name": name })).await;
        deployments.push((deployment["id"].clone(), run));
    }
    server.post("/flow_runs/", json!({ "flow_id": flow["id"], "name": "without", "tags": ["a"] })).await;

    let cases = [
        (json!({ "tags": ["a"] }), vec!["one", "two"]),
        (json!({ "tags": ["a", "b"] }), vec!["one"]),
        (json!({ "deployment_ids": [deployments[2].0] }), vec!["three"]),
        (json!({}), vec!["one", "two", "three"]),
    ];
    for (place, (filter, wanted)) in cases.into_iter().enumerate() {
        let body = json!({ "name": format!("queue {place}"), "filter": filter });
        let (status, queue) = server.call(Major::V2, Method::POST, "/work_queues/", Some(body)).await;
        assert_eq!(status, 201, "{queue}");
        let whole = json!({ "tags": filter.get("tags"), "deployment_ids": filter.get("deployment_ids") });
        assert_eq!(queue["filter"], whole, "what was not said is null");
        let path = format!("/work_queues/{}/get_runs", queue["id"].as_str().expect("an id"));
        let (_, runs) = server.call(Major::V2, Method::POST, &path, Some(json!({}))).await;
        assert_eq!(names(&runs), wanted, "{filter}");
    }

    let limited = json!({ "name": "limited", "filter": { "tags": ["a"] }, "concurrency_limit": 1 });
    let (_, queue) = server.call(Major::V2, Method::POST, "/work_queues/", Some(limited)).await;
    let path = format!("/work_queues/{}/get_runs", queue["id"].as_str().expect("an id"));
    assert_eq!(names(&server.post(&path, json!({})).await.1), ["one"]);
    set_state(&server, &deployments[0].1, "RUNNING").await;
    assert!(names(&server.post(&path, json!({})).await.1).is_empty(), "its slot is taken");
}

#[tokio::test]
async fn a_run_that_is_cancelled_keeps_its_slot_from_agents_and_not_from_workers() {
    let server = Server::start().await;
    let (_, flow) = server.post("/flows/", json!({ "name": "f" })).await;
    server.post("/work_pools/", json!({ "name": "p", "type": "process" })).await;
    let (_, queue) = server.post("/work_pools/p/queues", json!({ "name": "q", "concurrency_limit": 1 })).await;
    let body = json!({ "name": "d", "flow_id": flow["id"], "work_pool_name": "p", "work_queue_name": "q" });
    let (_, deployment) = server.post("/deployments/", body).await;
    let create = format!("/deployments/{}/create_flow_run", deployment["id"].as_str().expect("an id"));
    let (_, run) = server.post(&create, json!({ "name": "first" })).await;
    server.post(&create, json!({ "name": "second" })).await;
    set_state(&server, &run, "RUNNING").await;
    let id = run["id"].as_str().expect("an id");
    let pid = json!({ "infrastructure_pid": "somewhere" });
    server.call(Major::V3, Method::PATCH, &format!("/flow_runs/{id}"), Some(pid)).await;
    set_state(&server, &run, "CANCELLING").await;

    let queue = queue["id"].as_str().expect("an id");
    assert_eq!(server.get(&format!("/work_queues/{queue}")).await.1["active_slots"], 1);
    let (_, slots) = server.post(&format!("/work_queues/{queue}/concurrency_status"), json!({})).await;
    assert_eq!((&slots["active_slots"], &slots["flow_runs"][0]["name"]), (&json!(1), &json!("first")));
    assert!(names(&server.post(&format!("/work_queues/{queue}/get_runs"), json!({})).await.1).is_empty());
    let (_, due) = server.post("/work_pools/p/get_scheduled_flow_runs", json!({})).await;
    assert_eq!(due[0]["flow_run"]["name"], "second");
}

#[tokio::test]
async fn no_beginnings_leave_nothing_out() {
    let server = Server::start().await;
    server.post("/work_pools/", json!({ "name": "p" })).await;
    for (starts, count) in [(json!([]), 1), (json!(["DEF"]), 1), (json!(["x"]), 0)] {
        let body = json!({ "work_queues": { "name": { "startswith_": starts } } });
        let (_, queues) = server.post("/work_pools/p/queues/filter", body).await;
        assert_eq!(queues.as_array().map(Vec::len), Some(count), "{starts}");
    }
}
