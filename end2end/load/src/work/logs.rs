//! Log lines in the batches that Prefect's clients send.

use anyhow::Result;
use serde_json::json;

use super::{Row, flow, instant, unique};
use crate::Asked;
use crate::api::Api;
use crate::measure::Times;
use crate::server::Server;

const BATCH: usize = 200;

/// Lines a second over one connection and over four, and what a line costs the server.
pub async fn measure(server: &Server, asked: &Asked) -> Result<Vec<Row>> {
    let run = run(&server.api).await?;
    let body = batch(&run, BATCH, 0);
    let (api, body) = (&server.api, body.as_str());
    let send = |_| async move { api.post_text("/logs/", body.to_owned()).await.map(drop) };
    let one = Times::during(asked.time(), 1, send).await?;
    let cpu = server.cpu_seconds();
    let four = Times::during(asked.time(), 4, send).await?;
    let cpu = (server.cpu_seconds() - cpu) * 1000.0 / (four.count() * BATCH) as f64;
    Ok(vec![
        Row::new("log lines in batches of 200, 1 connection", format!("{:.0}/s", one.rate() * BATCH as f64)),
        Row::new("… 4 connections", format!("{:.0}/s", four.rate() * BATCH as f64)),
        Row::new("… median batch, 1 connection", format!("{:.1} ms", one.percentile(0.5))),
        Row::new("… server CPU a line", format!("{cpu:.4} ms")),
    ])
}

/// A run that is Running.
pub async fn run(api: &Api) -> Result<String> {
    let flow = flow(api, &unique("logs")).await?;
    api.made("/flow_runs/", &json!({ "flow_id": flow, "state": { "type": "RUNNING", "name": "Running" } })).await
}

/// `count` lines of a run as the body of one request; about 90 characters each, numbered from `first`.
pub fn batch(run: &str, count: usize, first: usize) -> String {
    let line = |n: usize| {
        let message =
            format!("line {n}: step {} of the load took {} ms and touched {} rows of the table", n % 97, n % 13, n * 7);
        json!({ "name": "prefect.flow_runs", "level": if n.is_multiple_of(50) { 40 } else { 20 }, "message": message,
                "timestamp": instant(n as f64 * 1e-6), "flow_run_id": run, "task_run_id": null })
    };
    serde_json::Value::Array((first..first + count).map(line).collect()).to_string()
}
