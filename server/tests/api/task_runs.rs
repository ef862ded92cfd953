//! `/api/task_runs` and `/api/ui`: what recordings do not show.

use axum::http::Method;
use client::task_runs;
use domain::state::{SetStateDetails, SetStateStatus, StateCreate, StateType};
use domain::{FlowRunId, Major, TaskRunId};
use serde_json::{Value, json};

use super::flow_runs::{flow, scheduled};
use crate::harness::Server;

/// A flow run that runs.
async fn running(server: &Server) -> FlowRunId {
    let flow = flow(server, "etl").await;
    let run = scheduled(server, &flow).await;
    server.post(&format!("/flow_runs/{run}/set_state"), json!({ "state": { "type": "RUNNING" } })).await;
    run
}

async fn task(server: &Server, flow_run: FlowRunId, key: &str, more: Value) -> TaskRunId {
    let mut body = json!({ "flow_run_id": flow_run, "task_key": key, "dynamic_key": "0" });
    body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    let (status, run) = server.post("/task_runs/", body).await;
    assert_eq!(status, 201, "{run:#}");
    serde_json::from_value(run["id"].clone()).expect("an id")
}

async fn propose(
    server: &Server,
    major: Major,
    run: TaskRunId,
    kind: StateType,
) -> (SetStateStatus, SetStateDetails, String) {
    let answer =
        task_runs::set_state(&server.client(major), run, StateCreate::new(kind), false).await.expect("an answer");
    (answer.status, answer.details, answer.state.expect("a state").name)
}

#[tokio::test]
async fn a_limit_on_a_tag_lets_so_many_run_at_once() {
    let server = Server::start().await;
    let flow_run = running(&server).await;
    server.post("/concurrency_limits/", json!({ "tag": "db", "concurrency_limit": 1 })).await;
    let tagged = json!({ "tags": ["db", "other"] });
    let (first, second) =
        (task(&server, flow_run, "a", tagged.clone()).await, task(&server, flow_run, "b", tagged).await);
    assert_eq!(propose(&server, Major::V2, first, StateType::Running).await.0, SetStateStatus::Accept);
    for (major, seconds, reason) in [
        (Major::V2, 30, "Concurrency limit for the db tag has been reached"),
        (Major::V3, 10, "Concurrency limit reached for tags: db"),
    ] {
        let (status, details, state) = propose(&server, major, second, StateType::Running).await;
        let expected = SetStateDetails::WaitDetails { delay_seconds: seconds, reason: Some(reason.to_owned()) };
        assert_eq!((status, details, state.as_str()), (SetStateStatus::Wait, expected, "Pending"));
    }
    assert_eq!(propose(&server, Major::V2, first, StateType::Completed).await.0, SetStateStatus::Accept);
    assert_eq!(propose(&server, Major::V2, second, StateType::Running).await.0, SetStateStatus::Accept);
    server.post("/concurrency_limits/", json!({ "tag": "db", "concurrency_limit": 0 })).await;
    let third = task(&server, flow_run, "c", json!({ "tags": ["db"] })).await;
    let (status, details, _) = propose(&server, Major::V2, third, StateType::Running).await;
    let reason = "The concurrency limit on tag \"db\" is 0 and will deadlock if the task tries to run again.";
    assert_eq!(
        (status, details),
        (SetStateStatus::Abort, SetStateDetails::AbortDetails { reason: Some(reason.to_owned()) })
    );
}

#[tokio::test]
async fn a_task_of_no_flow_run_is_a_conflict() {
    let server = Server::start().await;
    let body = json!({ "flow_run_id": crate::harness::id::<FlowRunId>(), "task_key": "t", "dynamic_key": "0" });
    let (status, answer) = server.post("/task_runs/", body).await;
    assert_eq!(status, 409, "{answer:#}");
    let alone = json!({ "task_key": "t", "dynamic_key": "0", "state": { "type": "SCHEDULED", "state_details": { "deferred": true } } });
    let (status, answer) = server.post("/task_runs/", alone).await;
    assert_eq!(
        (status, &answer["flow_run_id"], &answer["state"]["state_details"]["deferred"]),
        (201, &json!(null), &json!(true))
    );
}

#[tokio::test]
async fn a_result_is_shown_among_the_artifacts() {
    let server = Server::start().await;
    let flow_run = running(&server).await;
    let run = task(&server, flow_run, "t", json!({})).await;
    let data = json!({ "type": "literal", "value": 1, "artifact_type": "result", "artifact_key": null,
                       "artifact_description": "Literal: `1`" });
    let body = json!({ "state": { "type": "COMPLETED", "data": data } });
    let (status, answer) =
        server.call(Major::V2, Method::POST, &format!("/task_runs/{run}/set_state"), Some(body)).await;
    assert_eq!((status, &answer["state"]["data"]), (201, &json!({ "type": "literal", "value": 1 })));
    let (_, found) =
        server.post("/artifacts/filter", json!({ "artifacts": { "task_run_id": { "any_": [run] } } })).await;
    let shown = &found[0];
    assert_eq!((&shown["type"], &shown["description"]), (&json!("result"), &json!("Literal: `1`")));
    assert_eq!((&shown["flow_run_id"], &shown["data"]), (&json!(flow_run), &answer["state"]["data"]));
    let (_, graph) = server.get(&format!("/flow_runs/{flow_run}/graph-v2")).await;
    assert_eq!(graph["nodes"][0][1]["artifacts"], json!([]), "results are no artifacts of the graph");
}

#[tokio::test]
async fn a_task_run_is_renamed_and_deleted() {
    let server = Server::start().await;
    let run = task(&server, running(&server).await, "t", json!({})).await;
    let path = format!("/task_runs/{run}");
    let renamed = server.call(Major::V3, Method::PATCH, &path, Some(json!({ "name": "new" }))).await;
    assert_eq!((renamed.0, server.get(&path).await.1["name"].clone()), (204, json!("new")));
    assert_eq!(server.call(Major::V3, Method::DELETE, &path, None).await.0, 204);
    assert_eq!(server.call(Major::V3, Method::DELETE, &path, None).await, (404, json!({ "detail": "Task not found" })));
    assert_eq!(
        server.call(Major::V3, Method::PATCH, &path, Some(json!({ "name": "x" }))).await,
        (404, json!({ "detail": "Task run not found" }))
    );
}

#[tokio::test]
async fn prefects_dashboards_get_their_sums() {
    let server = Server::start().await;
    let flow_run = running(&server).await;
    let (done, failed) = (task(&server, flow_run, "a", json!({})).await, task(&server, flow_run, "b", json!({})).await);
    task(&server, flow_run, "c", json!({})).await;
    for (run, end) in [(done, StateType::Completed), (failed, StateType::Failed)] {
        propose(&server, Major::V3, run, StateType::Running).await;
        propose(&server, Major::V3, run, end).await;
    }
    let (_, counts) = server.post("/ui/flow_runs/count-task-runs", json!({ "flow_run_ids": [flow_run] })).await;
    assert_eq!(counts, json!({ flow_run.to_string(): 3 }));
    let (_, by_state) = server.post("/ui/task_runs/count", json!({})).await;
    assert_eq!((&by_state["COMPLETED"], &by_state["PENDING"], &by_state["PAUSED"]), (&json!(1), &json!(1), &json!(0)));
    let range = json!({ "task_runs": { "start_time": { "after_": "2026-11-23T11:59:00Z", "before_": "2026-11-23T12:18:59Z" } } });
    let (_, trend) = server.post("/ui/task_runs/dashboard/counts", range).await;
    assert_eq!(trend.as_array().map(Vec::len), Some(20));
    assert_eq!(trend[1], json!({ "completed": 1, "failed": 1 }), "{trend}");
    assert_eq!(server.post("/ui/task_runs/dashboard/counts", json!({ "task_runs": {} })).await.0, 422);
    let (_, one) = server.get(&format!("/ui/task_runs/{done}")).await;
    assert!(one["flow_run_name"].is_string(), "{one:#}");
    let (_, dots) = server.post("/ui/flow_runs/history", json!({ "limit": 1000 })).await;
    assert_eq!((dots.as_array().map(Vec::len), &dots[0]["state_type"]), (Some(1), &json!("RUNNING")));
    let (_, runs) = server.post("/flow_runs/filter", json!({})).await;
    let flow = &runs[0]["flow_id"];
    let (_, next) = server.post("/ui/flows/next-runs", json!({ "flow_ids": [flow] })).await;
    assert_eq!(next, json!({ flow.as_str().expect("an id"): null }));
    let (_, deployments) = server.post("/ui/flows/count-deployments", json!({ "flow_ids": [flow] })).await;
    assert_eq!(deployments, json!({ flow.as_str().expect("an id"): 0 }));
}
