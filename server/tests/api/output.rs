//! `/api/reeve/flow_runs/{id}/output`: what the containers of a run printed.

use domain::Major;
use http::Method;
use serde_json::{Value, json};

use crate::harness::Server;

#[tokio::test]
async fn what_a_pod_printed_is_kept_once_and_read_on_the_run_and_as_text() {
    let server = Server::start().await;
    let (_, flow) = server.post("/flows/", json!({ "name": "f" })).await;
    let (_, run) = server.post("/flow_runs/", json!({ "flow_id": flow["id"], "name": "r" })).await;
    let path = format!("/reeve/flow_runs/{}/output", run["id"].as_str().expect("an id"));
    let tab = format!("/reeve/flow_runs/{}?part=output", run["id"].as_str().expect("an id"));
    let shown = async || server.get(&tab).await.1["part"]["parts"].to_string();
    assert!(shown().await.contains("Nothing is kept"));
    let line = |nth: i64, text: &str| json!({ "at": "2026-11-23T12:00:00Z", "nth": nth, "text": text });
    let batch = json!({ "pod": "p-1", "lines": [line(0, "one\u{0}"), line(1, "\u{1b}[31mtwo\u{1b}[0m")] });
    for _ in 0..2 {
        let (status, body) = server.post(&path, batch.clone()).await;
        assert_eq!(status, 204, "{body}");
    }
    let (_, end) = server.get(&format!("{path}/end?pod=p-1")).await;
    assert_eq!(end["nth"], 1);
    assert_eq!(server.get(&format!("{path}/end?pod=p-2")).await, (200, Value::Null));
    let shown = shown().await;
    assert!(shown.contains("2 lines.") && shown.contains("12:00:00Z one\\n"), "{shown}");
    assert_eq!(
        server.text(Major::V3, Method::GET, &path).await.1,
        "2026-11-23T12:00:00Z one\n2026-11-23T12:00:00Z two\n"
    );
    let (_, log) = server.post("/logs/filter", json!({})).await;
    assert_eq!(log, json!([]), "the log is what the flow's client sends");
    let gone = path.replace(run["id"].as_str().expect("an id"), "00000000-0000-0000-0000-000000000001");
    assert_eq!(server.post(&gone, batch).await.0, 404);
    assert_eq!(server.text(Major::V3, Method::GET, &gone).await.0, 404);
}
