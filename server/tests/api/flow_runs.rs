//! `/api/flow_runs`: what recordings do not show.

use axum::http::Method;
use client::flow_runs;
use domain::filter::Page;
use domain::live::Changed;
use domain::state::{SetStateStatus, StateCreate, StateType};
use domain::{FlowRunId, Major};
use serde_json::{Value, json};
use store::logs;

use crate::harness::each::on_each;
use crate::harness::{Server, assert_like, id};

/// A flow of that name; its id.
pub async fn flow(server: &Server, name: &str) -> Value {
    server.post("/flows/", json!({ "name": name })).await.1["id"].clone()
}

/// A run that is due now; its id.
pub async fn scheduled(server: &Server, flow: &Value) -> FlowRunId {
    let body = json!({ "flow_id": flow, "deployment_id": id::<domain::Uuid>(), "state": { "type": "SCHEDULED" } });
    let (status, run) = server.post("/flow_runs/", body).await;
    assert_eq!(status, 201, "{run:#}");
    serde_json::from_value(run["id"].clone()).expect("an id")
}

async fn propose(server: &Server, run: FlowRunId, state: StateCreate) -> (SetStateStatus, String) {
    let answer = flow_runs::set_state(&server.client(Major::V3), run, state, false).await.expect("an answer");
    (answer.status, answer.state.expect("a state").name)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_workers_one_gets_the_run() {
    on_each(async |server| {
        let flow = flow(&server, "etl").await;
        for _ in 0..5 {
            let run = scheduled(&server, &flow).await;
            let claims = (0..8).map(|n| {
                let client = server.client(if n % 2 == 0 { Major::V2 } else { Major::V3 });
                async move { flow_runs::set_state(&client, run, StateCreate::new(StateType::Pending), false).await }
            });
            let answers = futures::future::join_all(claims).await;
            let statuses = answers.into_iter().map(|answer| answer.expect("an answer").status);
            let (accepted, refused): (Vec<_>, Vec<_>) = statuses.partition(|status| *status == SetStateStatus::Accept);
            assert_eq!(accepted.len(), 1);
            assert!(refused.iter().all(|status| *status == SetStateStatus::Abort), "{refused:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn the_same_key_is_the_same_run() {
    let server = Server::start().await;
    let body = json!({ "flow_id": flow(&server, "etl").await, "idempotency_key": "k", "name": "first" });
    let (status, first) = server.post("/flow_runs/", body.clone()).await;
    assert_eq!(status, 201);
    let mut again = body;
    again["name"] = json!("second");
    let (status, second) = server.post("/flow_runs/", again).await;
    assert_eq!((status, &second["id"], &second["name"]), (200, &first["id"], &json!("first")));
    let (_, states) =
        server.get(&format!("/flow_run_states/?flow_run_id={}", first["id"].as_str().expect("an id"))).await;
    assert_eq!(states.as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn whoever_listens_is_told_after_the_commit() {
    let server = Server::start().await;
    let pool = server.post("/work_pools/", json!({ "name": "pool", "type": "process" })).await.1;
    let pool_id = serde_json::from_value(pool["id"].clone()).expect("an id");
    let flow = flow(&server, "etl").await;
    let (mut events, mut changes) = (server.app.live.events(), server.app.live.changes());
    let wakes = server.app.live.pool_wakes(pool_id);
    let body = json!({ "flow_id": flow, "work_pool_name": "pool", "name": "brave-otter", "tags": ["b", "a"],
                       "state": { "type": "SCHEDULED", "message": "soon" } });
    let (status, run) = server.post("/flow_runs/", body).await;
    assert_eq!((status, &run["work_pool_name"], &run["work_queue_name"]), (201, &json!("pool"), &json!("default")));
    assert_eq!(*wakes.borrow(), 1);
    let change = changes.recv().await.expect("a change");
    assert_eq!((change.what, json!(change.id)), (Changed::FlowRun, run["id"].clone()));
    let event = json!(*events.recv().await.expect("an event"));
    let resource = |kind: &str, id: &Value, role: &str, name: &str| {
        json!({ "prefect.resource.id": format!("prefect.{kind}.{}", id.as_str().expect("an id")),
                "prefect.resource.role": role, "prefect.resource.name": name })
    };
    let mut of_pool = resource("work-pool", &pool["id"], "work-pool", "pool");
    of_pool["prefect.work-pool.type"] = json!("process");
    let tag =
        |tag: &str| json!({ "prefect.resource.id": format!("prefect.tag.{tag}"), "prefect.resource.role": "tag" });
    assert_like(
        &event,
        &json!({
            "id": run["state_id"], "occurred": "2026-11-23T12:00:00Z", "received": "2026-11-23T12:00:00Z", "follows": null,
            "event": "prefect.flow-run.Scheduled",
            "resource": {
                "prefect.resource.id": format!("prefect.flow-run.{}", run["id"].as_str().expect("an id")),
                "prefect.resource.name": "brave-otter", "prefect.run-count": "0", "prefect.state-message": "soon",
                "prefect.state-name": "Scheduled", "prefect.state-timestamp": "2026-11-23T12:00:00+00:00",
                "prefect.state-type": "SCHEDULED",
            },
            "related": [
                resource("flow", &run["flow_id"], "flow", "etl"),
                resource("work-queue", &run["work_queue_id"], "work-queue", "default"),
                of_pool, tag("a"), tag("b"),
            ],
            "payload": {
                "intended": { "from": null, "to": "SCHEDULED" }, "initial_state": null,
                "validated_state": { "type": "SCHEDULED", "name": "Scheduled", "message": "soon" },
            },
        }),
    );
}

#[tokio::test]
async fn events_of_a_run_follow_each_other() {
    let server = Server::start().await;
    let run = scheduled(&server, &flow(&server, "etl").await).await;
    let mut events = server.app.live.events();
    propose(&server, run, StateCreate::new(StateType::Pending)).await;
    server.pass(400.0);
    propose(&server, run, StateCreate::new(StateType::Running)).await;
    let first = events.recv().await.expect("an event");
    let second = events.recv().await.expect("an event");
    assert!(first.follows.is_some(), "{first:?}");
    assert_eq!((second.follows, second.event.as_str()), (None, "prefect.flow-run.Running"), "long after the first");
    assert_eq!(second.payload["initial_state"], json!({ "type": "PENDING", "name": "Pending" }));
}

#[tokio::test]
async fn a_refusal_writes_nothing() {
    let server = Server::start().await;
    let run = scheduled(&server, &flow(&server, "etl").await).await;
    propose(&server, run, StateCreate::new(StateType::Running)).await;
    let mut events = server.app.live.events();
    let before = flow_runs::read(&server.client(Major::V3), run).await.expect("read").expect("there");
    let refused = propose(&server, run, StateCreate::new(StateType::Pending)).await;
    assert_eq!(refused, (SetStateStatus::Abort, "Running".to_owned()));
    assert_eq!(flow_runs::read(&server.client(Major::V3), run).await.expect("read"), Some(before));
    assert!(events.try_recv().is_err());
}

#[tokio::test]
async fn estimates_grow_while_a_run_runs() {
    let server = Server::start().await;
    let run = scheduled(&server, &flow(&server, "etl").await).await;
    server.pass(20.0);
    let late = flow_runs::read(&server.client(Major::V3), run).await.expect("read").expect("there");
    assert_eq!((late.estimated_start_time_delta, late.estimated_run_time), (20.0, 0.0));
    propose(&server, run, StateCreate::new(StateType::Running)).await;
    server.pass(5.0);
    let running = flow_runs::read(&server.client(Major::V3), run).await.expect("read").expect("there");
    assert_eq!(
        (running.estimated_start_time_delta, running.estimated_run_time, running.total_run_time),
        (20.0, 5.0, 0.0)
    );
    propose(&server, run, StateCreate::new(StateType::Completed)).await;
    server.pass(60.0);
    let ended = flow_runs::read(&server.client(Major::V3), run).await.expect("read").expect("there");
    assert_eq!((ended.estimated_run_time, ended.total_run_time), (5.0, 5.0));
}

#[tokio::test]
async fn a_subflow_shows_its_state_on_the_task_that_wraps_it() {
    let server = Server::start().await;
    let flow = flow(&server, "etl").await;
    let parent = scheduled(&server, &flow).await;
    propose(&server, parent, StateCreate::new(StateType::Running)).await;
    let wrapper =
        server.post("/task_runs/", json!({ "flow_run_id": parent, "task_key": "child", "dynamic_key": "0" })).await.1;
    let (status, child) = server
        .post("/flow_runs/", json!({ "flow_id": flow, "parent_task_run_id": wrapper["id"], "name": "child" }))
        .await;
    assert_eq!(status, 201, "{child:#}");
    let child_id: FlowRunId = serde_json::from_value(child["id"].clone()).expect("an id");
    for (state, name) in [(StateType::Running, "Running"), (StateType::Failed, "Failed")] {
        let decision =
            flow_runs::set_state(&server.client(Major::V3), child_id, StateCreate::new(state).because("why"), false)
                .await;
        let state = decision.expect("an answer").state.expect("a state");
        assert_eq!(json!(state.state_details.task_run_id), wrapper["id"]);
        let (_, shown) = server.get(&format!("/task_runs/{}", wrapper["id"].as_str().expect("an id"))).await;
        assert_eq!((&shown["state_name"], &shown["state"]["message"]), (&json!(name), &json!("why")));
        assert_eq!(shown["state"]["state_details"]["child_flow_run_id"], child["id"]);
        assert_eq!(shown["state"]["state_details"]["flow_run_id"], json!(parent));
        assert_ne!(shown["state"]["id"], json!(state.id));
    }
    let children = json!({ "flow_runs": { "parent_flow_run_id": { "any_": [parent] } } });
    assert_eq!(server.post("/flow_runs/count", children).await, (200, json!(1)));
    let (_, graph) = server.get(&format!("/flow_runs/{parent}/graph-v2")).await;
    assert_eq!(graph["nodes"][0][1]["kind"], json!("flow-run"), "{graph:#}");
    assert_eq!((&graph["nodes"][0][0], &graph["nodes"][0][1]["label"]), (&child["id"], &json!("etl / child")));
}

#[tokio::test]
async fn job_variables_change_only_while_a_deployed_run_waits() {
    let server = Server::start().await;
    let flow = flow(&server, "etl").await;
    let patch = async |run: FlowRunId| {
        let body = json!({ "job_variables": { "image": "x" } });
        server.call(Major::V3, Method::PATCH, &format!("/flow_runs/{run}"), Some(body)).await
    };
    let run = scheduled(&server, &flow).await;
    assert_eq!(patch(run).await, (400, json!({ "detail": "A deployment for the flow run could not be found" })));
    propose(&server, run, StateCreate::new(StateType::Running)).await;
    let refusal = json!({ "detail": "Job variables for a flow run in state RUNNING cannot be updated" });
    assert_eq!(patch(run).await, (400, refusal));
    assert_eq!(patch(id()).await, (404, json!({ "detail": "Flow run not found" })));
}

#[tokio::test]
async fn labels_are_inherited_and_added_to() {
    let server = Server::start().await;
    let (_, flow) = server.post("/flows/", json!({ "name": "etl", "labels": { "team": "data", "x": 1 } })).await;
    let body = json!({ "flow_id": flow["id"], "labels": { "x": 2 } });
    let (_, run) = server.post("/flow_runs/", body).await;
    assert_eq!(run["labels"], json!({ "team": "data", "x": 2, "prefect.flow.id": flow["id"] }));
    let path = format!("/flow_runs/{}", run["id"].as_str().expect("an id"));
    let added =
        server.call(Major::V3, Method::PATCH, &format!("{path}/labels"), Some(json!({ "y": true, "x": 3 }))).await;
    assert_eq!(added.0, 204);
    assert_eq!(
        server.get(&path).await.1["labels"],
        json!({ "team": "data", "x": 3, "prefect.flow.id": flow["id"], "y": true })
    );
    let (_, for_prefect_2) = server.call(Major::V2, Method::GET, &path, None).await;
    assert_eq!(for_prefect_2.get("labels"), None);
}

#[tokio::test]
async fn many_runs_at_once() {
    let server = Server::start().await;
    let flow = flow(&server, "etl").await;
    let (first, second) = (scheduled(&server, &flow).await, scheduled(&server, &flow).await);
    let only = json!({ "id": { "any_": [first, second] } });
    let cancel = json!({ "flow_runs": only, "state": { "type": "CANCELLING" } });
    let (status, answer) = server.post("/flow_runs/bulk_set_state", cancel).await;
    assert_eq!(status, 200);
    let outcomes: Vec<_> =
        answer["results"].as_array().expect("a list").iter().map(|r| (&r["status"], &r["state"]["name"])).collect();
    assert_eq!(outcomes, [(&json!("REJECT"), &json!("Cancelled")); 2]);
    let page = json!({ "flow_runs": only, "limit": 1, "page": 2, "sort": "ID_DESC" });
    let (_, page) = server.post("/flow_runs/paginate", page).await;
    assert_eq!((&page["count"], &page["pages"], &page["page"]), (&json!(2), &json!(2), &json!(2)));
    assert_eq!(page["results"][0]["id"], json!(first));
    assert_eq!(server.post("/flow_runs/bulk_delete", json!({ "flow_runs": only, "limit": 51 })).await.0, 422);
    let (_, deleted) = server.post("/flow_runs/bulk_delete", json!({ "flow_runs": only })).await;
    assert_eq!(deleted["deleted"].as_array().map(Vec::len), Some(2));
    assert_eq!(server.post("/flow_runs/count", json!({})).await, (200, json!(0)));
}

#[tokio::test]
async fn a_deleted_run_takes_its_lines_along() {
    let server = Server::start().await;
    let run = scheduled(&server, &flow(&server, "etl").await).await;
    server.post("/logs/", json!(super::logs::lines(run, 3))).await;
    let (status, text) = text(&server, &format!("/flow_runs/{run}/logs/download")).await;
    let lines: Vec<&str> = text.split("\r\n").collect();
    assert_eq!((status, lines[0]), (200, "timestamp,level,flow_run_id,task_run_id,message"));
    assert_eq!(lines[2], format!("2026-11-23 11:00:00.250000+00:00,20,{run},,line 1"));
    assert_eq!(lines.len(), 5);
    flow_runs::delete(&server.client(Major::V3), run).await.expect("deleted");
    let mut tx = server.app.store.read().await.expect("a connection");
    assert_eq!(logs::after(&mut tx, run, 0, 0, 1).await.expect("read"), []);
    let gone = server.call(Major::V3, Method::DELETE, &format!("/flow_runs/{run}"), None).await;
    assert_eq!(gone, (404, json!({ "detail": "Flow run not found" })));
}

async fn text(server: &Server, path: &str) -> (u16, String) {
    let reply = server.client(Major::V3).answer(Method::GET, path, None).await.expect("an answer");
    (reply.status, String::from_utf8(reply.body.to_vec()).expect("text"))
}

#[tokio::test]
async fn intervals_shorter_than_a_second_are_refused() {
    let server = Server::start().await;
    let range = json!({ "history_start": "2026-11-23T11:00:00Z", "history_end": "2026-11-23T12:00:00Z", "history_interval_seconds": 0.5 });
    let refusal = json!({ "detail": "History interval must not be less than 1 second." });
    for path in ["/flow_runs/history", "/task_runs/history"] {
        assert_eq!(server.post(path, range.clone()).await, (422, refusal.clone()));
    }
}

#[tokio::test]
async fn the_dashboards_pages_of_runs() {
    let server = Server::start().await;
    let flow = flow(&server, "etl").await;
    let run = scheduled(&server, &flow).await;
    propose(&server, run, StateCreate::new(StateType::Running)).await;
    let task = json!({ "flow_run_id": run, "task_key": "t", "dynamic_key": "0", "name": "t-0" });
    let task = server.post("/task_runs/", task).await.1;
    let child = json!({ "flow_id": flow, "parent_task_run_id": task["id"], "name": "child" });
    let child: FlowRunId =
        serde_json::from_value(server.post("/flow_runs/", child).await.1["id"].clone()).expect("an id");
    server.post("/logs/", json!(super::logs::lines(run, 501))).await;
    let client = server.client(Major::V3);
    let page = flow_runs::page_of(&client, run, "", "").await.expect("an answer").expect("there");
    assert_eq!((page.flow_name.as_str(), page.flow_run.state_type), ("etl", Some(StateType::Running)));
    assert_eq!(
        page.states.iter().map(|state| state.kind).collect::<Vec<_>>(),
        [StateType::Scheduled, StateType::Running]
    );
    assert_eq!((page.task_runs.len(), page.task_run_count, page.subflow_runs.len()), (1, 1, 1));
    let logs = &page.logs;
    assert_eq!((logs.lines.len(), logs.offset, logs.counts[..4].iter().sum::<i64>()), (501, 0, 501));
    assert!(logs.overview.as_ref().is_some_and(|overview| overview.state.starts_with("501 lines, ")));
    assert!(page.parent_flow_run.is_none());
    let page = flow_runs::page_of(&client, child, "", "").await.expect("an answer").expect("there");
    assert_eq!(page.parent_flow_run.map(|row| (row.flow_run.id, row.flow_name)), Some((run, "etl".to_owned())));
    assert!(flow_runs::page_of(&client, id(), "", "").await.expect("an answer").is_none());
    let list = flow_runs::rows(&client, &Page { limit: Some(1), ..Page::default() }).await.expect("an answer");
    assert_eq!((list.count, list.rows.len(), list.rows[0].flow_name.as_str()), (2, 1, "etl"));
}

#[tokio::test]
async fn the_first_page_tells_what_runs_and_what_is_wrong() {
    on_each(async |server| {
        server.post("/work_pools/", json!({ "name": "pool", "type": "process" })).await;
        let flow = flow(&server, "etl").await;
        let deployment = json!({ "name": "demo", "flow_id": flow, "work_pool_name": "pool" });
        let deployment = server.post("/deployments/", deployment).await.1;
        let path = format!("/deployments/{}/create_flow_run", deployment["id"].as_str().expect("an id"));
        let mut runs = Vec::new();
        for _ in 0..4 {
            let (status, run) = server.post(&path, json!({})).await;
            assert_eq!(status, 201, "{run:#}");
            runs.push(serde_json::from_value::<FlowRunId>(run["id"].clone()).expect("an id"));
        }
        propose(&server, runs[0], StateCreate::new(StateType::Failed)).await;
        propose(&server, runs[1], StateCreate::new(StateType::Running)).await;
        propose(&server, runs[2], StateCreate::new(StateType::Scheduled).named("Late")).await;
        let client = server.client(Major::V3);
        let page = client::now::page(&client).await.expect("an answer");
        let ids = |rows: &[domain::pages::FlowRunRow]| rows.iter().map(|row| row.flow_run.id).collect::<Vec<_>>();
        assert_eq!((ids(&page.recent), ids(&page.running)), (vec![runs[0]], vec![runs[1]]));
        assert_eq!((ids(&page.late), ids(&page.upcoming)), (vec![runs[2]], vec![runs[3]]));
        assert_eq!(page.recent[0].deployment_name.as_deref(), Some("demo"));
        assert_eq!(page.failing.iter().map(|row| row.deployment.name.as_str()).collect::<Vec<_>>(), ["demo"]);
        assert_eq!(page.failing[0].flow_name, "etl");
        let pool = &page.work_pools[0];
        assert_eq!(
            (pool.work_pool.name.as_str(), pool.active_runs, pool.late_runs, pool.deployments),
            ("pool", 1, 1, 1)
        );
        server.pass(1.0);
        propose(&server, runs[1], StateCreate::new(StateType::Completed)).await;
        let page = client::now::page(&client).await.expect("an answer");
        assert!(page.failing.is_empty(), "its last run completed");
        assert_eq!(ids(&page.recent), [runs[1], runs[0]]);
    })
    .await;
}

#[tokio::test]
async fn a_wrong_filter_is_refused_with_its_place() {
    let server = Server::start().await;
    let refused = async |major, body: Value| {
        let (status, answer) = server.call(major, Method::POST, "/flow_runs/filter", Some(body)).await;
        assert_eq!((status, &answer["exception_message"]), (422, &json!("Invalid request received.")));
        answer["exception_detail"][0].clone()
    };
    let unknown_key = json!({ "flow_runs": { "bogus": { "any_": ["x"] } } });
    let told = refused(Major::V2, unknown_key.clone()).await;
    assert_eq!(
        told,
        json!({ "loc": ["body", "flow_runs", "bogus"], "msg": "extra fields not permitted", "type": "value_error.extra" })
    );
    let told = refused(Major::V3, unknown_key).await;
    assert_eq!((&told["type"], &told["loc"]), (&json!("extra_forbidden"), &json!(["body", "flow_runs", "bogus"])));
    let unknown_type = json!({ "flow_runs": { "state": { "type": { "any_": ["RUNNING", "X"] } } } });
    let told = refused(Major::V3, unknown_type).await;
    assert_eq!(told["loc"], json!(["body", "flow_runs", "state", "type", "any_", 1]));
    assert_eq!(
        server.post("/flow_runs/filter", json!({ "bogus": 1, "sort": null, "flows": null })).await,
        (200, json!([]))
    );
}
