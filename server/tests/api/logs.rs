//! `/api/logs`, and the dashboard's reading of a run's log.

use axum::http::Method;
use client::logs::{self, Window};
use domain::logs::LogCreate;
use domain::{FlowRunId, Major};
use serde_json::json;

use crate::harness::each::on_each;
use crate::harness::{Server, assert_like, id};

/// `count` lines of a run.
pub fn lines(run: FlowRunId, count: usize) -> Vec<LogCreate> {
    let line = |n: usize| LogCreate {
        name: "prefect.flow_runs".to_owned(),
        level: if n.is_multiple_of(10) { 40 } else { 20 },
        message: format!("line {n}"),
        timestamp: "2026-11-23T11:00:00.25Z".parse().expect("a datetime"),
        flow_run_id: Some(run),
        task_run_id: None,
        id: None,
    };
    (0..count).map(line).collect()
}

#[tokio::test]
async fn lines_are_taken_and_given_back_in_each_majors_shape() {
    let server = Server::start().await;
    let run = "bd5ced8d-975c-416e-ba7e-b0778629b055";
    let body = json!([{
        "name": "x", "level": 20, "message": "m\u{0}", "timestamp": "2026-01-01T00:00:00Z", "flow_run_id": run, "task_run_id": null,
    }]);
    for (major, written, created) in [
        (Major::V2, "2026-01-01T00:00:00+00:00", "2026-11-23T12:00:00+00:00"),
        (Major::V3, "2026-01-01T00:00:00Z", "2026-11-23T12:00:00Z"),
    ] {
        assert_eq!(server.call(major, Method::POST, "/logs/", Some(body.clone())).await, (201, json!(null)));
        let filter = json!({
            "logs": { "flow_run_id": { "any_": [run] }, "level": { "ge_": 0 } }, "limit": 1, "offset": null, "sort": "TIMESTAMP_ASC",
        });
        let (status, found) = server.call(major, Method::POST, "/logs/filter", Some(filter)).await;
        assert_eq!(status, 200);
        assert_like(
            &found,
            &json!([{
                "id": "<id>", "created": created, "updated": created, "name": "x", "level": 20, "message": "m",
                "timestamp": written, "flow_run_id": run, "task_run_id": null,
            }]),
        );
    }
    assert_eq!(server.post("/logs/", json!([])).await, (201, json!(null)));
}

#[tokio::test]
async fn what_is_no_list_of_lines_is_refused_as_each_major_refuses_it() {
    let server = Server::start().await;
    let body = json!({ "name": "x" });
    let (status, refused) = server.call(Major::V2, Method::POST, "/logs/", Some(body.clone())).await;
    let item = json!({ "loc": ["body"], "msg": "value is not a valid list", "type": "type_error.list" });
    assert_eq!(
        (status, refused),
        (
            422,
            json!({ "exception_message": "Invalid request received.", "exception_detail": [item], "request_body": body })
        )
    );
    let (status, refused) = server.post("/logs/", body.clone()).await;
    let item = json!({
        "type": "is_instance_of", "loc": ["body"], "msg": "Input should be an instance of Sequence",
        "input": body, "ctx": { "class": "Sequence" },
    });
    assert_eq!(
        (status, refused),
        (
            422,
            json!({ "exception_message": "Invalid request received.", "exception_detail": [item], "request_body": body })
        )
    );
    let (status, refused) = server.post("/logs/", json!([{ "name": "x", "level": 20, "message": "m" }])).await;
    assert_eq!((status, &refused["exception_detail"][0]["loc"]), (422, &json!(["body", 0, "timestamp"])));
    for limit in [-1, 201] {
        assert_eq!(server.post("/logs/filter", json!({ "limit": limit })).await.0, 422);
    }
}

#[tokio::test]
async fn a_runs_log_is_read_in_stretches_without_gap_or_double() {
    let server = Server::start().await;
    let client = server.client(Major::V3);
    let run = id();
    logs::create(&client, &lines(run, 1250)).await.expect("stored");
    logs::create(&client, &lines(id(), 10)).await.expect("stored");

    let tail = logs::slice(&client, run, Window::Tail, 500, 0).await.expect("lines");
    assert_eq!((tail.total, tail.has_earlier, tail.lines.len()), (1250, true, 500));
    assert_eq!((tail.lines[0].message.as_str(), tail.cursor), ("line 750", tail.lines[499].seq));
    let first = logs::slice(&client, run, Window::Before(tail.lines[0].seq), 2000, 0).await.expect("lines");
    assert_eq!((first.lines.len(), first.has_earlier, first.lines[749].message.as_str()), (750, false, "line 749"));

    logs::create(&client, &lines(run, 3)).await.expect("stored");
    let news = logs::slice(&client, run, Window::After(tail.cursor), 500, 0).await.expect("lines");
    assert_eq!((news.total, news.has_earlier, news.lines.len()), (1253, true, 3));
    let nothing = logs::slice(&client, run, Window::After(news.cursor), 500, 0).await.expect("lines");
    assert_eq!((nothing.lines.len(), nothing.cursor), (0, news.cursor));

    let errors = logs::slice(&client, run, Window::Tail, 2, 40).await.expect("lines");
    assert_eq!((errors.lines[1].message.as_str(), errors.total, errors.has_earlier), ("line 0", 1253, true));
    assert_eq!(errors.cursor, news.cursor, "lower lines before the end are not read again");
    let cut = logs::slice(&client, run, Window::After(0), 2, 40).await.expect("lines");
    assert_eq!((cut.cursor, cut.has_earlier), (cut.lines[1].seq, false));
}

#[tokio::test]
async fn a_stretch_that_cannot_be_is_refused() {
    let server = Server::start().await;
    let run: FlowRunId = id();
    for query in ["limit=0", "limit=2001", "limit=many", "after=1&before=2", "until=5"] {
        let (status, refused) = server.get(&format!("/reeve/flow_runs/{run}/logs?{query}")).await;
        assert!(status == 422 && refused["detail"].is_string(), "{query}: {status} {refused}");
    }
    assert_eq!(server.get("/reeve/flow_runs/x/logs").await, (404, json!({ "detail": "Not Found" })));
}

#[tokio::test]
async fn a_whole_log_is_searched_by_text_and_by_pattern() {
    on_each(async |server| searched(&server).await).await;
}

async fn searched(server: &Server) {
    let client = server.client(Major::V3);
    let run = id();
    let mut written = lines(run, 4100);
    written[4000].message = "\u{1b}[31mDisk\u{1b}[0m full: E28".to_owned();
    // Another run writes in between, so that this one's lines are far apart.
    for (n, some) in written.chunks(1000).enumerate() {
        logs::create(&client, some).await.expect("stored");
        logs::create(&client, &lines(id(), 300 * n)).await.expect("stored");
    }

    let found = logs::search(&client, run, "LINE 40", "").await.expect("matches");
    assert_eq!(found.count, 110, "40, 400 to 409, and 4001 to 4099");
    assert_eq!((found.lines[0], found.lines[109]), (41, 4100));
    assert_eq!(found.cursor, logs::slice(&client, run, Window::Tail, 1, 0).await.expect("a line").cursor);
    for (query, hide, expected) in [
        ("disk full", "", vec![4001]),
        ("/^Disk full: E[0-9]{2}$/", "", vec![4001]),
        ("/^disk FULL/i", "", vec![4001]),
        ("/^disk FULL/", "", vec![]),
        ("/line 20(1|2)$/", "", vec![202, 203]),
        ("/^line 20[0-2]$/", "error", vec![202, 203]),
        ("/^line 20[0-2]$/", "debug,info", vec![201]),
        ("100%", "", vec![]),
        ("ine_20", "", vec![]),
    ] {
        assert_eq!(logs::search(&client, run, query, hide).await.expect("matches").lines, expected, "{query} {hide}");
    }
    for query in ["q=", "q=%2F(%2F", "", &format!("q={}", "x".repeat(1001))] {
        let (status, refused) = server.get(&format!("/reeve/flow_runs/{run}/logs/search?{query}")).await;
        assert!(status == 422 && refused["detail"].is_string(), "{query}: {status} {refused}");
    }
}
