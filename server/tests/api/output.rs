//! `/api/reeve/flow_runs/{id}/output`: what the containers of a run printed.

use domain::Major;
use http::Method;
use serde_json::{Value, json};

use crate::harness::Server;

#[tokio::test]
async fn what_a_pod_printed_is_kept_once_told_and_read_on_the_run_and_as_text() {
    let server = Server::start().await;
    let (_, flow) = server.post("/flows/", json!({ "name": "f" })).await;
    let (_, run) = server.post("/flow_runs/", json!({ "flow_id": flow["id"], "name": "r" })).await;
    let path = format!("/reeve/flow_runs/{}/output", run["id"].as_str().expect("an id"));
    let page = format!("/reeve/flow_runs/{}", run["id"].as_str().expect("an id"));
    let mut stored = server.app.live.logs();
    let line = |nth: i64, text: &str| json!({ "at": "2026-11-23T12:00:00Z", "nth": nth, "text": text });
    let batch = json!({ "pod": "p-1", "lines": [line(0, "one\u{0}"), line(1, "\u{1b}[31mtwo\u{1b}[0m")] });
    for _ in 0..2 {
        let (status, body) = server.post(&path, batch.clone()).await;
        assert_eq!(status, 204, "{body}");
    }
    let (_, end) = server.get(&format!("{path}/end?pod=p-1")).await;
    assert_eq!(end["nth"], 1);
    assert_eq!(server.get(&format!("{path}/end?pod=p-2")).await, (200, Value::Null));
    let told = stored.try_recv().expect("whoever follows the run is told");
    assert_eq!(json!(told[0]), run["id"]);
    assert!(stored.try_recv().is_err(), "what was there already is no news");
    let log = server.get(&page).await.1["logs"].clone();
    assert_eq!((&log["source"], &log["counts"]), (&json!("both"), &json!([0, 0, 0, 0, 0, 2, 0, 0])));
    let line = &log["lines"][1];
    assert_eq!(
        (&line["pod"], &line["number"], &line["message"]),
        (&json!("p-1"), &json!(2), &json!("\u{1b}[31mtwo\u{1b}[0m"))
    );
    // Once the flow's client speaks, that is what is shown first.
    let sent = json!([{ "name": "x", "level": 20, "message": "m", "timestamp": "2026-01-01T00:00:00Z", "flow_run_id": run["id"] }]);
    server.post("/logs/", sent).await;
    let log = server.get(&page).await.1["logs"].clone();
    assert_eq!((&log["source"], log["lines"].as_array().map(Vec::len)), (&json!("client"), Some(1)));
    let log = server.get(&format!("{page}?source=pod")).await.1["logs"].clone();
    assert_eq!((&log["source"], log["lines"].as_array().map(Vec::len)), (&json!("pod"), Some(2)));
    assert_eq!(
        server.text(Major::V3, Method::GET, &path).await.1,
        "2026-11-23T12:00:00Z one\n2026-11-23T12:00:00Z two\n"
    );
    let (_, log) = server.post("/logs/filter", json!({})).await;
    assert_eq!(log.as_array().map(Vec::len), Some(1), "Prefect's log is what the flow's client sends");
    let gone = path.replace(run["id"].as_str().expect("an id"), "00000000-0000-0000-0000-000000000001");
    assert_eq!(server.post(&gone, batch).await.0, 404);
    assert_eq!(server.text(Major::V3, Method::GET, &gone).await.0, 404);
}
