//! What the dashboards ask of a database that is well filled.

use anyhow::Result;
use serde_json::{Value, json};

use super::{Row, flow, instant, logs, proposed, unique};
use crate::Asked;
use crate::measure::Times;
use crate::server::Server;

/// How often each question is asked.
const TIMES: usize = 40;

/// Flows among which the runs are spread, and days over which they were due.
const FLOWS: usize = 20;
const DAYS: f64 = 30.0;

/// The most log lines of one run.
const LONGEST: usize = 1_000_000;

/// p95 of each question, after the database was filled through the API.
pub async fn measure(server: &Server, asked: &Asked) -> Result<Vec<Row>> {
    let (runs, lines) = match server.name {
        "Reeve" => (asked.runs, asked.lines),
        _ => (asked.runs.min(1000), asked.lines.min(20_000)),
    };
    let (flow, long) = fill(server, runs, lines).await?;
    let mut rows = vec![Row::new(
        "database for the queries",
        format!("{runs} flow runs of {FLOWS} flows and {DAYS} days, {} task runs, {lines} log lines", runs * 3),
    )];
    for (what, path, body) in questions(&flow, &long) {
        let (api, body) = (&server.api, &body);
        let times = Times::repeated(TIMES, 2, |_| async move { api.post(path, body).await.map(drop) }).await?;
        rows.push(Row::new(what, format!("p95 {:.1} ms", times.percentile(0.95))));
    }
    if server.name == "Reeve" {
        let path = format!("/reeve/flow_runs/{long}/logs/search?q=line%2012345:");
        let (api, path) = (&server.api, path.as_str());
        let times = Times::repeated(TIMES / 2, 1, |_| async move { api.get(path).await.map(drop) }).await?;
        let what = format!("a text in a log of {} lines", lines.min(LONGEST));
        rows.push(Row::new(what, format!("p50 {:.1} ms", times.percentile(0.5))));
    }
    Ok(rows)
}

/// Flow runs with three task runs each, and runs with all the lines; the flow's id, and that of a run with lines.
async fn fill(server: &Server, runs: usize, lines: usize) -> Result<(String, String)> {
    let api = &server.api;
    let mut flows = Vec::new();
    for _ in 0..FLOWS {
        flows.push(flow(api, &unique("queries")).await?);
    }
    let of = &flows;
    Times::repeated(runs, 16, |n| async move {
        let at = instant((n as f64 / runs as f64 - 1.0) * DAYS * 86_400.0);
        let state = json!({ "type": "SCHEDULED", "state_details": { "scheduled_time": at } });
        let new = json!({ "flow_id": of[n % FLOWS], "tags": [format!("t{}", n % 10)], "state": state });
        let run = api.made("/flow_runs/", &new).await?;
        for task in 0..3 {
            let new = json!({ "flow_run_id": run, "task_key": "load", "dynamic_key": task.to_string() });
            api.post("/task_runs/", &new).await?;
        }
        let last = ["RUNNING", "COMPLETED", "FAILED", "COMPLETED"][n % 4];
        api.post(&format!("/flow_runs/{run}/set_state"), &proposed(last)).await.map(drop)
    })
    .await?;
    let mut long = String::new();
    for first in (0..lines).step_by(LONGEST) {
        let run = logs::run(api).await?;
        let of_run = run.as_str();
        Times::repeated(LONGEST.min(lines - first).div_ceil(1000), 4, |n| async move {
            api.post_text("/logs/", logs::batch(of_run, 1000, n * 1000)).await.map(drop)
        })
        .await?;
        long = run;
    }
    Ok((flows.swap_remove(0), long))
}

type Question = (&'static str, &'static str, Value);

fn questions(flow: &str, long: &str) -> Vec<Question> {
    let of_flow = json!({ "id": { "any_": [flow] } });
    let history = |days: f64, seconds: f64| json!({ "history_start": instant(-86_400.0 * days), "history_end": instant(3600.0), "history_interval_seconds": seconds });
    let of_run = json!({ "flow_run_id": { "any_": [long] } });
    let errors = json!({ "flow_run_id": { "any_": [long] }, "level": { "ge_": 40 } });
    vec![
        ("runs, newest start first", "/flow_runs/filter", json!({ "sort": "START_TIME_DESC", "limit": 50 })),
        (
            "runs that failed, of a flow",
            "/flow_runs/filter",
            json!({ "flows": of_flow, "limit": 50,
            "flow_runs": { "state": { "type": { "any_": ["FAILED"] } } }, "sort": "START_TIME_DESC" }),
        ),
        ("runs with a tag", "/flow_runs/filter", json!({ "flow_runs": { "tags": { "all_": ["t3"] } }, "limit": 50 })),
        (
            "count of runs by state",
            "/flow_runs/count",
            json!({ "flow_runs": { "state": { "type": { "any_": ["FAILED", "CRASHED"] } } } }),
        ),
        ("history of a day by the hour", "/flow_runs/history", history(1.0, 3600.0)),
        ("history of a week by six hours", "/flow_runs/history", history(7.0, 21_600.0)),
        ("task runs, newest first", "/task_runs/filter", json!({ "sort": "EXPECTED_START_TIME_DESC", "limit": 50 })),
        ("count of task runs of a flow", "/task_runs/count", json!({ "flows": of_flow })),
        ("first page of a long log", "/logs/filter", json!({ "logs": of_run, "limit": 200 })),
        ("errors of a long log", "/logs/filter", json!({ "logs": errors, "limit": 200 })),
    ]
}
