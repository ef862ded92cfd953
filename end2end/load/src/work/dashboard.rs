//! How soon a dashboard shows something, in a real browser: a fresh one each time, nothing cached. The same data on
//! every server; the browser is driven by `end2end/dashboard.mjs`.

use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use tokio::process::Command;

use super::{Row, flow, instant, proposed};
use crate::Asked;
use crate::api::Api;
use crate::server::{Server, environment};

const DEPLOYMENTS: usize = 40;
const RUNS: usize = 30;
const LINES: usize = 12_000;
const TASKS: usize = 150;
/// Lines of one request.
const BATCH: usize = 400;

/// What is looked at.
struct Scene {
    deployments: Vec<String>,
    /// The run with the lines, and the one with the tasks.
    logged: String,
    tasked: String,
}

/// Cold loads of four pages, then a log that grows.
pub async fn measure(server: &Server, asked: &Asked) -> Result<Vec<Row>> {
    let scene = scene(&server.api).await?;
    let run = if server.major == 2 { "flow-runs/flow-run" } else { "runs/flow-run" };
    let path = |ours: String, real: String| if server.name == "Reeve" { ours } else { real };
    let (logged, tasked) = (&scene.logged, &scene.tasked);
    let pages = json!([
        ["deployments", path("/deployments".into(), "/deployments".into()), "flow-39"],
        [
            "runs",
            path("/runs".into(), if server.major == 2 { "/flow-runs".into() } else { "/runs".into() }),
            "dashboard-run-29"
        ],
        ["log of 12,000 lines", path(format!("/runs/{logged}"), format!("/{run}/{logged}")), "Loaded batch"],
        [
            "run of 150 tasks",
            path(format!("/runs/{tasked}/tasks"), format!("/{run}/{tasked}?tab=Task+Runs")),
            "task-149"
        ],
    ]);
    let loads = browse(server, &json!({ "do": "load", "pages": pages, "times": asked.loads })).await?;
    let mut rows: Vec<Row> = loads.as_array().context("no loads")?.iter().map(loaded).collect();
    if server.name == "Reeve" {
        rows.extend(followed(server, &scene).await?);
    }
    Ok(rows)
}

fn loaded(of: &Value) -> Row {
    let number = |name: &str| of[name].as_f64().unwrap_or(f64::NAN);
    let what = format!("{}: first row / interactive, median of cold loads", of["page"].as_str().unwrap_or_default());
    let (first, ready, kb, requests) = (number("first"), number("ready"), number("kb"), number("requests"));
    Row::new(what, format!("{first:.0} / {ready:.0} ms, {kb:.0} kB in {requests:.0} requests"))
}

/// A page that follows a log: at 500 lines a second for half a minute, then an hour's worth as fast as they go in.
async fn followed(server: &Server, scene: &Scene) -> Result<Vec<Row>> {
    let run = run(&server.api, &scene.deployments[0], "followed", "RUNNING").await?;
    let asked = json!({ "do": "follow", "path": format!("/runs/{run}"), "api": server.url, "run": run });
    let seen = browse(server, &asked).await?;
    let number = |name: &str| seen[name].as_f64().unwrap_or(f64::NAN);
    let steady = format!(
        "{:.0} over 50 ms, the longest {:.0} ms; {:.0} lines shown",
        number("long"),
        number("longest"),
        number("shown")
    );
    let heap = format!("{:.0} MB of JavaScript, {:.0} MB of WebAssembly", number("heap"), number("wasm"));
    Ok(vec![
        Row::new("following 500 lines/s for 30 s: tasks of the main thread", steady),
        Row::new(format!("heap after {:.1} million lines", number("lines") / 1e6), heap),
    ])
}

/// Runs the browser's program with what it is asked, and reads its answer.
async fn browse(server: &Server, asked: &Value) -> Result<Value> {
    let script = environment("REEVE_TEST_DASHBOARD").context("REEVE_TEST_DASHBOARD does not name dashboard.mjs")?;
    let root = server.url.trim_end_matches("/api");
    let browsed = Command::new("node").arg(script).arg(root).arg(asked.to_string()).stderr(Stdio::inherit()).output();
    let output = browsed.await.context("node")?;
    ensure!(output.status.success(), "the browser's program ended with {}", output.status);
    Ok(serde_json::from_slice(&output.stdout)?)
}

async fn scene(api: &Api) -> Result<Scene> {
    let mut deployments = Vec::new();
    for n in 0..DEPLOYMENTS {
        let new = json!({ "name": format!("nightly-{n}"), "flow_id": flow(api, &format!("flow-{n}")).await?,
                          "entrypoint": "flow.py:flow", "tags": ["bench"] });
        deployments.push(api.made("/deployments/", &new).await?);
    }
    let states = ["COMPLETED", "FAILED", "CRASHED", "COMPLETED", "CANCELLED"];
    for n in 0..RUNS {
        run(api, &deployments[n % 3], &format!("dashboard-run-{n}"), states[n % states.len()]).await?;
    }
    let logged = run(api, &deployments[0], "logged", "RUNNING").await?;
    for batch in 0..LINES / BATCH {
        let lines: Vec<Value> = (batch * BATCH..(batch + 1) * BATCH).map(|n| line(&logged, n)).collect();
        api.post("/logs/", &Value::Array(lines)).await?;
    }
    let tasked = run(api, &deployments[1], "tasked", "RUNNING").await?;
    for n in 0..TASKS {
        let new = json!({ "flow_run_id": tasked, "name": format!("task-{n}"), "task_key": "etl.task",
                          "dynamic_key": n.to_string(), "state": { "type": "PENDING" } });
        let task = api.made("/task_runs/", &new).await?;
        api.post(&format!("/task_runs/{task}/set_state"), &proposed("RUNNING")).await?;
        api.post(&format!("/task_runs/{task}/set_state"), &proposed("COMPLETED")).await?;
    }
    for run in [&logged, &tasked] {
        api.post(&format!("/flow_runs/{run}/set_state"), &proposed("COMPLETED")).await?;
    }
    Ok(Scene { deployments, logged, tasked })
}

fn line(run: &str, n: usize) -> Value {
    let message = format!("Loaded batch {n} of 12000: 500 rows in 0.{} s", n * 37 % 90 + 10);
    let at = instant(n as f64 / 1000.0 - 60.0);
    json!({ "name": "prefect.flow_runs", "level": if n % 17 == 9 { 30 } else { 20 }, "message": message,
            "timestamp": at, "flow_run_id": run })
}

/// A run of the deployment, taken to a state.
async fn run(api: &Api, deployment: &str, name: &str, state: &str) -> Result<String> {
    let id = api.made(&format!("/deployments/{deployment}/create_flow_run"), &json!({ "name": name })).await?;
    for kind in ["PENDING", "RUNNING", state] {
        if kind != "RUNNING" || state != "RUNNING" {
            api.post(&format!("/flow_runs/{id}/set_state"), &proposed(kind)).await?;
        }
    }
    Ok(id)
}
