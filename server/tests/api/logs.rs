//! `/api/logs`, and the dashboard's reading of a run's log.

use axum::http::Method;
use client::logs::{self, Window};
use domain::logs::{LogCreate, Sieve};
use domain::{FlowRunId, Major, Timestamp};
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

    let found = logs::search(&client, run, "LINE 40", Sieve::default()).await.expect("matches");
    assert_eq!(found.count, 110, "40, 400 to 409, and 4001 to 4099");
    assert_eq!((found.lines[0], found.lines[109]), (40, 4099));
    assert_eq!(found.cursor, logs::slice(&client, run, Window::Tail, 1, 0).await.expect("a line").cursor);
    for (query, hide, expected) in [
        ("disk full", "", vec![4000]),
        ("/^Disk full: E[0-9]{2}$/", "", vec![4000]),
        ("/^disk FULL/i", "", vec![4000]),
        ("/^disk FULL/", "", vec![]),
        ("/line 20(1|2)$/", "", vec![201, 202]),
        // Places are counted among the lines that are shown.
        ("/^line 20[0-2]$/", "error", vec![180, 181]),
        ("/^line 20[0-2]$/", "debug,info", vec![20]),
        ("/q*/", "", vec![]),
        ("100%", "", vec![]),
        ("ine_20", "", vec![]),
    ] {
        let found = logs::search(&client, run, query, Sieve::parse(hide, "")).await.expect("matches");
        assert_eq!(found.lines, expected, "{query} {hide}");
    }
    for query in ["q=", "q=%2F(%2F", "", &format!("q={}", "x".repeat(1001))] {
        let (status, refused) = server.get(&format!("/reeve/flow_runs/{run}/logs/search?{query}")).await;
        assert!(status == 422 && refused["detail"].is_string(), "{query}: {status} {refused}");
    }
}

#[tokio::test]
async fn a_long_log_is_read_by_place() {
    on_each(async |server| placed(&server).await).await;
}

async fn placed(server: &Server) {
    let client = server.client(Major::V3);
    let (_, flow) = server.post("/flows/", json!({ "name": "f" })).await;
    let (_, run) = server.post("/flow_runs/", json!({ "flow_id": flow["id"], "name": "r 1" })).await;
    let run: FlowRunId = serde_json::from_value(run["id"].clone()).expect("an id");
    let start: Timestamp = "2026-11-23T11:00:00Z".parse().expect("a datetime");
    let mut written = lines(run, 3000);
    written.iter_mut().enumerate().for_each(|(n, line)| line.timestamp = start.plus_seconds(n as f64));
    written[2900].message = "x".repeat(70_000);
    for some in written.chunks(500) {
        logs::create(&client, some).await.expect("stored");
        logs::create(&client, &lines(id(), 7)).await.expect("stored");
    }
    let printed = |nth: i64| json!({ "at": "2026-11-23T11:00:01Z", "nth": nth, "text": format!("WARN {nth}") });
    let output = json!({ "pod": "p", "lines": (0..300).map(printed).collect::<Vec<_>>() });
    server.post(&format!("/reeve/flow_runs/{run}/output"), output).await;

    let all = Sieve::default();
    let window = logs::window(&client, run, all, 1500, 256).await.expect("lines");
    assert_eq!(
        (window.lines.len(), window.lines[0].number, window.lines[255].message.as_str()),
        (256, 1501, "line 1755")
    );
    assert_eq!(window.counts, [0, 2700, 0, 300, 0, 0, 300, 0]);
    let errors = Sieve::parse("info,warning", "client");
    let window = logs::window(&client, run, errors, 290, 256).await.expect("lines");
    assert_eq!((window.lines.len(), window.lines[0].number), (10, 2901));
    assert!(window.lines[0].message.ends_with(" … (4464 bytes more in the file)"), "a line is no book");
    let window = logs::window(&client, run, Sieve::parse("", "pod"), 299, 9).await.expect("lines");
    assert_eq!((window.lines.len(), window.lines[0].number, window.lines[0].level), (1, 300, 30));
    assert!(logs::window(&client, run, all, 9000, 9).await.expect("none").lines.is_empty());

    let place = async |sieve: Sieve, what: &str| logs::place(&client, run, sieve, what).await.expect("an answer");
    assert_eq!(place(all, "line=L1501").await, Some(1500));
    assert_eq!(place(all, "line=P7").await, Some(3006));
    assert_eq!(place(errors, "line=L1502").await, Some(151), "the next one that is shown");
    assert_eq!(place(all, "line=L3001").await, None);
    let at = |second: f64| format!("at={}", start.plus_seconds(second).micros());
    assert_eq!(place(all, &at(1234.5)).await, Some(1235));
    assert_eq!(place(all, &at(3000.0)).await, None);

    let overview = logs::overview(&client, run, errors).await.expect("an overview");
    assert_eq!(overview.bars.iter().map(|bar| bar[3]).sum::<i64>(), 300);
    assert!(overview.bars.len() <= 120 && overview.paths[3].starts_with('M') && overview.paths[1].is_empty());
    let state = "3\u{202f}000 lines from clients and 300 that pods printed, from 11:00:00 to 11:49:59 UTC; the run still goes on; \
                 none is known to be missing.";
    assert_eq!(overview.state, state);

    let text = logs::text(&client, run, errors, "L4-L21", 9).await.expect("a text");
    assert_eq!(text, "2026-11-23T11:00:10Z ERROR   line 10\n2026-11-23T11:00:20Z ERROR   line 20\n");
    let text = logs::text(&client, run, all, "P300", 9).await.expect("a text");
    assert_eq!(text, "2026-11-23T11:00:01Z pod    WARNING WARN 299\n");
    assert_eq!(logs::text(&client, run, all, "", 2500).await.expect("a text").lines().count(), 2500);
    for query in ["window?offset=-1", "window?offset=0&limit=9999", "place?line=12", "file?lines=L2-P3"] {
        assert_eq!(server.get(&format!("/reeve/flow_runs/{run}/logs/{query}")).await.0, 422, "{query}");
    }
}
