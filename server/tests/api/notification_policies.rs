//! `/api/flow_run_notification_policies`, and the messages that policies send.

use axum::http::Method;
use domain::{Major, Uuid};
use serde_json::{Value, json};
use server::scheduler::notifications;

use super::automations::block;
use super::flow_runs::flow;
use crate::harness::each::on_each;
use crate::harness::receiver::Receiver;
use crate::harness::{Server, assert_like, id};

const PATH: &str = "/flow_run_notification_policies";

async fn v2(server: &Server, method: Method, path: &str, body: Option<Value>) -> (u16, Value) {
    server.call(Major::V2, method, &format!("{PATH}{path}"), body).await
}

async fn policy(server: &Server, block: &str, states: Value, tags: Value, template: Option<&str>) -> String {
    let body = json!({ "state_names": states, "tags": tags, "block_document_id": block, "message_template": template });
    let (status, made) = v2(server, Method::POST, "/", Some(body)).await;
    assert_eq!(status, 201, "{made:#}");
    made["id"].as_str().expect("an id").to_owned()
}

#[tokio::test]
async fn policies_are_made_found_changed_and_deleted() {
    on_each(async |server| {
        let block = block(&server, "slack-webhook", json!({ "url": "http://127.0.0.1:1/" })).await;
        let body = json!({ "state_names": ["Failed"], "tags": ["a"], "block_document_id": block });
        let (status, made) = v2(&server, Method::POST, "/", Some(body.clone())).await;
        assert_eq!(status, 201);
        let want = json!({
            "id": "<id>", "created": "2026-11-23T12:00:00+00:00", "updated": "2026-11-23T12:00:00+00:00", "is_active": true,
            "state_names": ["Failed"], "tags": ["a"], "block_document_id": block, "message_template": null,
        });
        assert_like(&made, &want);
        let path = format!("/{}", made["id"].as_str().expect("an id"));
        assert_eq!(v2(&server, Method::GET, &path, None).await, (200, made.clone()));
        let change = json!({ "is_active": false, "tags": [], "message_template": "{flow_name}" });
        assert_eq!(v2(&server, Method::PATCH, &path, Some(change)).await, (204, Value::Null));
        let (_, changed) = v2(&server, Method::GET, &path, None).await;
        assert_eq!((&changed["is_active"], &changed["tags"], &changed["state_names"]), (&json!(false), &json!([]), &json!(["Failed"])));
        let found = async |filter: Value| {
            let (status, found) = v2(&server, Method::POST, "/filter", Some(filter)).await;
            assert_eq!(status, 200, "{found:#}");
            found.as_array().expect("a list").len()
        };
        let active = |active: bool| json!({ "flow_run_notification_policy_filter": { "is_active": { "eq_": active } } });
        assert_eq!((found(json!({})).await, found(active(true)).await, found(active(false)).await), (1, 0, 1));
        assert_eq!(found(json!({ "flow_run_notification_policy_filter": {}, "limit": 5 })).await, 1);
        assert_eq!(v2(&server, Method::DELETE, &path, None).await, (204, Value::Null));
        for method in [Method::GET, Method::DELETE] {
            assert_eq!(v2(&server, method, &path, None).await, (404, json!({ "detail": "flow run notification policy not found" })));
        }
        assert_eq!(v2(&server, Method::PATCH, &path, Some(json!({}))).await.0, 404);

        let with = |name: &str, value: Value| {
            let mut body = body.clone();
            body[name] = value;
            Some(body)
        };
        assert_eq!(v2(&server, Method::POST, "/", with("block_document_id", json!(id::<Uuid>()))).await.0, 409);
        let (status, wrong) = v2(&server, Method::POST, "/", with("message_template", json!("{flow_color}"))).await;
        assert_eq!((status, &wrong["exception_detail"][0]["loc"]), (422, &json!(["body", "message_template"])));
        assert_eq!(v2(&server, Method::POST, "/", with("colour", json!(1))).await.0, 422);
        assert_eq!(server.post(&format!("{PATH}/filter"), json!({})).await.0, 404, "Prefect 3 has no such thing");
    })
    .await;
}

#[tokio::test]
async fn messages_are_sent_about_the_states_that_are_asked_for() {
    on_each(async |server| {
        let receiver = Receiver::start().await;
        let hook = block(&server, "slack-webhook", json!({ "url": receiver.url("/hook") })).await;
        let broken = block(&server, "slack-webhook", json!({ "url": receiver.url("/500") })).await;
        let template = "{flow_name}/{flow_run_name} {flow_run_state_name} {flow_run_state_type} {flow_run_parameters} {flow_run_state_message} {flow_run_state_timestamp} {flow_run_url}";
        policy(&server, &hook, json!(["Failed"]), json!(["a", "b"]), Some(template)).await;
        policy(&server, &hook, json!(["Odd"]), json!([]), None).await;
        policy(&server, &broken, json!(["Failed"]), json!(["a"]), Some("x")).await;
        let off = policy(&server, &hook, json!([]), json!([]), None).await;
        v2(&server, Method::PATCH, &format!("/{off}"), Some(json!({ "is_active": false }))).await;

        let new = json!({ "flow_id": flow(&server, "etl").await, "name": "fox", "tags": ["a"], "parameters": { "x": [1, "y"] } });
        let (_, run) = server.post("/flow_runs/", new).await;
        let id = run["id"].as_str().expect("an id");
        let set = async |state: Value| {
            server.pass(1.0);
            let (status, answer) = server.post(&format!("/flow_runs/{id}/set_state"), json!({ "state": state, "force": true })).await;
            assert_eq!(status, 201, "{answer:#}");
        };
        set(json!({ "type": "RUNNING" })).await;
        notifications::tick(server.app.clone()).await.expect("sent");
        assert!(receiver.calls().is_empty());
        set(json!({ "type": "FAILED", "message": "oh" })).await;
        notifications::tick(server.app.clone()).await.expect("sent");
        let mut calls = receiver.calls();
        calls.sort_by_key(|call| call.path.clone());
        assert_eq!(calls.iter().map(|call| call.path.as_str()).collect::<Vec<_>>(), ["/500", "/hook"]);
        let said: Value = serde_json::from_str(&calls[1].body).expect("JSON");
        let want = format!(
            "*Prefect flow run notification*\netl/fox Failed FAILED {{'x': [1, 'y']}} oh 2026-11-23T12:00:02+00:00 http://127.0.0.1:4200/flow-runs/flow-run/{id}"
        );
        assert_eq!(said, json!({ "text": want }));
        set(json!({ "type": "FAILED", "name": "Odd" })).await;
        notifications::tick(server.app.clone()).await.expect("sent");
        let calls = receiver.calls();
        assert!(calls.len() == 1 && calls[0].body.contains("etl/fox") && calls[0].body.contains("Odd"), "{calls:?}");
        server.pass(100.0);
        notifications::tick(server.app.clone()).await.expect("nothing left");
        assert!(receiver.calls().is_empty(), "each once, and what fails is not tried for ever");
    })
    .await;
}
