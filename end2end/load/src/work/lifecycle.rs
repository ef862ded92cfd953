//! A flow run from nothing to Completed: four requests, many runs at once.

use anyhow::{Result, ensure};
use serde_json::json;

use super::{Row, flow, proposed, unique};
use crate::Asked;
use crate::api::Api;
use crate::measure::Times;
use crate::server::Server;

const LANES: usize = 16;

/// Runs a second, how long one takes, and what it costs the server.
pub async fn measure(server: &Server, asked: &Asked) -> Result<Vec<Row>> {
    let flow = flow(&server.api, &unique("lifecycle")).await?;
    let (server_cpu, api, flow) = (server.cpu_seconds(), &server.api, flow.as_str());
    let times = Times::during(asked.time(), LANES, |_| live(api, flow)).await?;
    let cpu = (server.cpu_seconds() - server_cpu) * 1000.0 / times.count() as f64;
    Ok(vec![
        Row::new("flow run, create to Completed, 16 at once", format!("{:.0}/s", times.rate())),
        Row::new("… p50 / p99", format!("{:.0} / {:.0} ms", times.percentile(0.5), times.percentile(0.99))),
        Row::new("… server CPU each", format!("{cpu:.2} ms")),
    ])
}

/// The life of one run.
pub async fn live(api: &Api, flow: &str) -> Result<()> {
    let new = json!({ "flow_id": flow, "parameters": { "a": 1 }, "state": { "type": "SCHEDULED" } });
    let run = api.made("/flow_runs/", &new).await?;
    for kind in ["PENDING", "RUNNING", "COMPLETED"] {
        let answer = api.post(&format!("/flow_runs/{run}/set_state"), &proposed(kind)).await?;
        ensure!(answer["status"] == "ACCEPT", "{kind} was not accepted: {answer}");
    }
    Ok(())
}
