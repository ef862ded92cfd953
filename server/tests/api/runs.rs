//! `/api/reeve/runs`: the list of runs for a line of tokens, what stands above it, and how a line may go on.

use domain::pages::FlowRunsPage;
use domain::sheet::{Bars, Part, Sheet};
use serde_json::{Value, json};

use crate::harness::Server;

async fn page(server: &Server, query: &str) -> FlowRunsPage {
    let (status, body) = server.get(&format!("/reeve/runs{query}")).await;
    assert_eq!(status, 200, "{query}: {body}");
    serde_json::from_value(body).expect("a page of runs")
}

async fn names(server: &Server, query: &str) -> Vec<String> {
    let page = page(server, query).await;
    assert_eq!(page.rows.len() as i64, page.count, "{query}");
    page.rows.into_iter().map(|row| row.flow_run.name).collect()
}

fn bars(page: &FlowRunsPage) -> Bars {
    let bars = page.above.parts.iter().find_map(|part| match part {
        Part::Bars(bars) => Some(bars.clone()),
        _ => None,
    });
    bars.expect("a picture")
}

fn chips(page: &FlowRunsPage, label: &str) -> (Vec<(String, String)>, String) {
    let chips = page.above.parts.iter().find_map(|part| match part {
        Part::Chips(of, links, chosen) if of == label => Some((links.clone(), chosen.clone())),
        _ => None,
    });
    chips.unwrap_or_default()
}

/// A run of the flow in that state.
async fn run(server: &Server, flow: &Value, name: &str, kind: &str, more: Value) -> Value {
    let mut body = json!({ "name": name, "flow_id": flow["id"], "state": { "type": kind } });
    body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    let (status, run) = server.post("/flow_runs/", body).await;
    assert_eq!(status, 201, "{run}");
    run
}

#[tokio::test]
async fn each_token_leaves_out_what_does_not_fit() {
    let server = Server::start().await;
    let (_, flow) = server.post("/flows/", json!({ "name": "my flow" })).await;
    let (_, other) = server.post("/flows/", json!({ "name": "other" })).await;
    let (_, deployment) = server.post("/deployments/", json!({ "name": "d", "flow_id": flow["id"] })).await;
    run(&server, &flow, "red", "FAILED", json!({ "tags": ["a", "b"], "deployment_id": deployment["id"] })).await;
    run(&server, &flow, "green", "COMPLETED", json!({ "tags": ["a"] })).await;
    server.pass(3600.0);
    run(&server, &other, "blue", "RUNNING", json!({})).await;
    run(&server, &other, "planned", "SCHEDULED", json!({})).await;
    let cases: [(&str, &[&str]); 12] = [
        ("", &["blue", "green", "red"]),
        ("?q=state:failed", &["red"]),
        ("?q=state:failed+state:running", &["blue", "red"]),
        ("?q=state:scheduled", &["planned"]),
        ("?q=flow:%22my+flow%22", &["green", "red"]),
        ("?q=deployment:%22my+flow/d%22", &["red"]),
        ("?q=tag:a+tag:b", &["red"]),
        ("?q=name~E", &["blue", "green", "red"]),
        ("?q=ee", &["green"]),
        ("?q=before:-30m", &["green", "red"]),
        ("?q=after:-30m", &["blue"]),
        // As these pages were addressed before.
        ("?state=failed&flow=my+flow&tag=a", &["red"]),
    ];
    for (query, expected) in cases {
        let mut found = names(&server, query).await;
        found.sort_unstable();
        assert_eq!(found, expected, "{query}");
    }
}

#[tokio::test]
async fn tokens_are_told_with_the_way_to_be_without_them() {
    let server = Server::start().await;
    let asked = page(&server, "?q=tag:a+colour:red+late&page=2").await;
    assert_eq!((asked.line.as_str(), asked.page), ("tag:a state:late", 2));
    let pair = |path: &str, text: &str| (path.to_owned(), text.to_owned());
    assert_eq!(asked.tokens, [pair("/runs?q=state:late", "tag:a"), pair("/runs?q=tag:a", "state:late")]);
    assert!(asked.refused[0].0 == "colour:red" && asked.refused[0].1.starts_with("there is no key"));
}

#[tokio::test]
async fn runs_are_counted_by_the_time_that_they_are_due() {
    let server = Server::start().await;
    let (_, flow) = server.post("/flows/", json!({ "name": "f" })).await;
    run(&server, &flow, "a", "COMPLETED", json!({})).await;
    server.pass(2.0 * 3600.0);
    run(&server, &flow, "b", "FAILED", json!({})).await;
    run(&server, &flow, "c", "COMPLETED", json!({})).await;
    server.pass(60.0);
    let picture = bars(&page(&server, "").await);
    let told: Vec<String> = picture.bars.iter().filter(|bar| bar.height > 0).map(|bar| bar.words.clone()).collect();
    assert_eq!(told, ["1 run: 1 completed", "2 runs: 1 failed, 1 completed"]);
    assert!(picture.caption.starts_with("3 runs due from"), "{}", picture.caption);
    let last = picture.bars.iter().rfind(|bar| bar.height > 0).expect("a bar");
    assert_eq!(last.path, "/runs?q=after:2026-11-23T14:00Z+before:2026-11-23T15:00Z");
    // Its link leads to the runs that it stands for.
    assert_eq!(names(&server, last.path.trim_start_matches("/runs")).await.len(), 2);
    let week = page(&server, "?q=after:-7d+state:failed").await;
    assert_eq!(bars(&week).bars.len(), 29);
    assert_eq!(bars(&week).bars.iter().map(|bar| bar.height).sum::<i64>(), 1);
    assert_eq!(chips(&week, "Time").1, "/runs?q=state:failed+after:-7d");
}

#[tokio::test]
async fn a_view_is_saved_shown_and_deleted() {
    let server = Server::start().await;
    let form = |page: &FlowRunsPage| {
        page.above.parts.iter().find_map(|part| match part {
            Part::Form(form) => Some(form.clone()),
            _ => None,
        })
    };
    assert!(form(&page(&server, "").await).is_none(), "there is nothing to save");
    let query = "?q=state:failed+tag:etl";
    let save = form(&page(&server, query).await).expect("a form");
    let mut body = save.fixed.clone();
    body.insert("name".to_owned(), json!("Nightly trouble"));
    let (status, _) =
        server.call(domain::Major::V3, axum::http::Method::PUT, &save.path, Some(Value::Object(body))).await;
    assert_eq!(status, 201);
    let there = page(&server, query).await;
    let (links, chosen) = chips(&there, "Saved views");
    assert_eq!(links, [("/runs?q=state:failed+tag:etl".to_owned(), "Nightly trouble".to_owned())]);
    assert_eq!((chosen.as_str(), form(&there)), (links[0].0.as_str(), None));
    assert!(json!(there.above).to_string().contains("Delete this view"));
    let elsewhere = page(&server, "").await;
    assert_eq!(chips(&elsewhere, "Saved views"), (links, String::new()));
}

#[tokio::test]
async fn a_line_is_completed_by_keys_and_by_what_there_is() {
    let server = Server::start().await;
    let (_, flow) = server.post("/flows/", json!({ "name": "my flow" })).await;
    server.post("/deployments/", json!({ "name": "nightly", "flow_id": flow["id"] })).await;
    server.post("/work_pools/", json!({ "name": "gpu", "type": "process" })).await;
    run(&server, &flow, "otter", "COMPLETED", json!({ "tags": ["etl", "slow one"] })).await;
    let offers = async |typed: &str| {
        let (status, body) = server.get(&format!("/reeve/runs/complete?q={}", client::segment(typed))).await;
        assert_eq!(status, 200);
        let all: Vec<(String, String)> = serde_json::from_value(body).expect("offers");
        all.into_iter().map(|(text, _)| text).collect::<Vec<_>>()
    };
    assert_eq!(offers("").await.len(), 8);
    let cases: [(&str, &[&str]); 10] = [
        ("fa", &["state:failed", "name~fa"]),
        ("de", &["deployment:", "name~de"]),
        ("state:c", &["state:crashed", "state:completed", "state:cancelled", "state:scheduled", "state:cancelling"]),
        ("tag:x late flow:", &["tag:x late flow:\"my flow\""]),
        ("deployment:my", &["deployment:\"my flow/nightly\""]),
        ("deployment:\"my flow/n", &["deployment:\"my flow/nightly\""]),
        ("pool:G", &["pool:gpu"]),
        ("tag:", &["tag:etl", "tag:\"slow one\""]),
        ("name~ott", &["name~otter"]),
        ("after:-2", &["after:-24h"]),
    ];
    for (typed, expected) in cases {
        assert_eq!(offers(typed).await, expected, "{typed}");
    }
}

#[tokio::test]
async fn a_run_is_told_in_brief() {
    let server = Server::start().await;
    let (_, flow) = server.post("/flows/", json!({ "name": "f" })).await;
    let failed = run(&server, &flow, "otter", "FAILED", json!({ "tags": ["etl"] })).await;
    let id = failed["id"].as_str().expect("an id");
    let line = json!({ "name": "n", "level": 40, "message": "no more room", "timestamp": "2026-11-23T12:00:00Z", "flow_run_id": id });
    server.post("/logs/", json!([line])).await;
    let brief = async |id: &str| {
        let (status, body) = server.get(&format!("/reeve/sheets/runs/{id}/brief")).await;
        assert_eq!(status, 200, "{body}");
        serde_json::from_value::<Sheet>(body).expect("a sheet")
    };
    let sheet = brief(id).await;
    assert_eq!(sheet.title, "otter");
    let told = json!(sheet).to_string();
    for part in ["12:00:00 ERR no more room", "Failed", &format!("/runs/{id}/why"), "etl"] {
        assert!(told.contains(part), "{part}: {told}");
    }
    for gone in ["x", "01932b8e-0000-7000-8000-000000000001"] {
        assert_eq!(brief(gone).await.title, "No such run");
    }
}
