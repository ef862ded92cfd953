//! `null` for each member of each body, as Prefect 3.8.8 and 2.20.26 answered it.

use std::collections::{BTreeSet, HashMap};

use axum::http::Method;
use domain::Major;
use serde_json::{Value, json};

use crate::harness::Server;

const RECORDED: &str = include_str!("recorded/nulls.json");

/// What stands for something that there must be, `{flow}` in a path or body, and what it is.
type Things = HashMap<&'static str, String>;

async fn made(server: &Server, path: &str, body: Value, key: &str) -> (Value, String) {
    let (status, answer) = server.call(Major::V3, Method::POST, path, Some(body)).await;
    assert!(status < 300, "{path}: {answer}");
    let of = if answer.is_array() { &answer[0] } else { &answer };
    let text = of[key].as_str().expect("a text").to_owned();
    (json!(text), text)
}

/// One of each.
async fn things(server: &Server) -> Things {
    let mut all = Things::new();
    let (flow, text) = made(server, "/flows/", json!({ "name": "f" }), "id").await;
    all.insert("flow", text);
    let (run, text) =
        made(server, "/flow_runs/", json!({ "flow_id": flow, "state": { "type": "PENDING" } }), "id").await;
    all.insert("run", text);
    let task = json!({ "flow_run_id": run, "task_key": "k", "dynamic_key": "0" });
    all.insert("task", made(server, "/task_runs/", task, "id").await.1);
    let (_, dep) = made(server, "/deployments/", json!({ "name": "d", "flow_id": flow }), "id").await;
    // As Prefect 2 makes them.
    let free = json!({ "name": "free", "flow_id": flow, "enforce_parameter_schema": false });
    all.insert("free", made(server, "/deployments/", free, "id").await.1);
    let schedules = json!([{ "schedule": { "interval": 3600 }, "active": false }]);
    all.insert("sched", made(server, &format!("/deployments/{dep}/schedules"), schedules, "id").await.1);
    all.insert("dep", dep);
    let (_, pool) = made(server, "/work_pools/", json!({ "name": "p", "type": "process" }), "name").await;
    all.insert("queue", made(server, &format!("/work_pools/{pool}/queues"), json!({ "name": "q" }), "name").await.1);
    all.insert("pool", pool);
    all.insert("q", made(server, "/work_queues/", json!({ "name": "q2" }), "id").await.1);
    all.insert("var", made(server, "/variables/", json!({ "name": "v", "value": "1" }), "id").await.1);
    all.insert("lim", made(server, "/v2/concurrency_limits/", json!({ "name": "l", "limit": 1 }), "id").await.1);
    let artifact = json!({ "key": "a", "type": "markdown", "data": "x" });
    all.insert("art", made(server, "/artifacts/", artifact, "id").await.1);
    let (kind, text) = made(server, "/block_types/", json!({ "name": "X", "slug": "x" }), "id").await;
    all.insert("bt", text);
    let schema = json!({ "block_type_id": kind, "capabilities": [], "fields": {
        "title": "X", "type": "object", "properties": { "a": { "type": "string" } },
        "block_type_slug": "x", "block_schema_references": {},
    } });
    let (schema, text) = made(server, "/block_schemas/", schema, "id").await;
    all.insert("bs", text);
    let document = json!({ "name": "b", "data": { "a": "1" }, "block_schema_id": schema, "block_type_id": kind });
    all.insert("bd", made(server, "/block_documents/", document, "id").await.1);
    all
}

fn filled(text: &str, things: &Things, number: usize) -> String {
    let text = things.iter().fold(text.to_owned(), |text, (key, value)| text.replace(&format!("{{{key}}}"), value));
    text.replace("<new>", &format!("new{number}"))
}

/// The status and the kinds of mistakes that a recorded call is answered with when `member` is null.
async fn answered(server: &Server, call: &Value, member: &str, major: Major, things: &Things, number: usize) -> Value {
    let path = call[1].as_str().expect("a path");
    let path = if major == Major::V2 { path.replace("{dep}", "{free}") } else { path.to_owned() };
    let mut body: Value = serde_json::from_str(&filled(&call[2].to_string(), things, number)).expect("JSON");
    body[member] = Value::Null;
    let method: Method = call[0].as_str().expect("a method").parse().expect("a method");
    let (status, answer) = server.call(major, method, &filled(&path, things, number), Some(body)).await;
    let items = answer["exception_detail"].as_array().into_iter().flatten();
    let kinds: BTreeSet<&str> = items.filter_map(|item| item["type"].as_str()).collect();
    json!(std::iter::once(json!(status)).chain(kinds.into_iter().map(Value::from)).collect::<Vec<_>>())
}

#[tokio::test]
async fn parameters_of_their_own_are_no_list_and_are_told_as_they_were_sent() {
    let server = Server::start().await;
    let (status, answer) =
        server.post("/v2/concurrency_limits/increment", json!([1, ["a"], true, "concurrency"])).await;
    assert_eq!((status, &answer["exception_detail"][0]["type"]), (422, &json!("model_attributes_type")));
    let sent = json!({ "slots": null, "names": ["a"], "mode": null });
    let (status, answer) = server.post("/v2/concurrency_limits/increment", sent.clone()).await;
    let item = &answer["exception_detail"][0];
    assert_eq!((status, &item["type"], &item["loc"]), (422, &json!("missing"), &json!(["body", "slots"])));
    assert_eq!(answer["request_body"], sent);
}

#[tokio::test]
async fn null_is_answered_as_the_real_servers_answer_it() {
    let server = Server::start().await;
    let things = things(&server).await;
    let cases: Vec<Value> = serde_json::from_str(RECORDED).expect("JSON");
    let (mut number, mut differ) = (0, Vec::new());
    for case in &cases {
        for (member, answers) in case["null"].as_object().expect("members") {
            for (key, major) in [("3", Major::V3), ("2", Major::V2)] {
                let Some(want) = answers.get(key) else { continue };
                number += 1;
                let got = answered(&server, &case["call"], member, major, &things, number).await;
                if got != *want {
                    differ.push(format!("{key}: {} {member}: {want} there, {got} here", case["call"]));
                }
            }
        }
    }
    assert!(number > 650, "{number} were asked");
    assert!(differ.is_empty(), "{} of {number} differ:\n{}", differ.len(), differ.join("\n"));
}
