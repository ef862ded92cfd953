//! Many deployments with a minute cron: how soon their runs exist.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use serde_json::json;

use super::{Row, flow, unique};
use crate::Asked;
use crate::measure::Times;
use crate::server::Server;

/// Seconds from the first deployment until each has three runs, and until each has an hour of them.
pub async fn measure(server: &Server, asked: &Asked) -> Result<Vec<Row>> {
    let count = if server.name == "Reeve" { asked.scheduled } else { asked.scheduled.min(100) };
    let (api, name) = (&server.api, unique("cron"));
    api.post("/work_pools/", &json!({ "name": name, "type": "process" })).await?;
    let flow = flow(api, &name).await?;
    let (name, flow) = (name.as_str(), flow.as_str());
    let began = Instant::now();
    Times::repeated(count, 8, |n| async move {
        let schedule = json!({ "schedule": { "cron": "* * * * *", "timezone": "UTC" }, "active": true });
        let new = json!({ "name": format!("d{n}"), "flow_id": flow, "work_pool_name": name,
                          "entrypoint": "f.py:f", "schedules": [schedule] });
        api.post("/deployments/", &new).await.map(drop)
    })
    .await?;
    let made = began.elapsed().as_secs_f64();
    let three = until(server, name, count * 3, began).await?;
    let hour = until(server, name, count * 60, began).await?;
    Ok(vec![Row::new(
        format!("{count} deployments with a minute cron"),
        format!("created after {made:.1} s, 3 runs each after {three:.1} s, an hour of runs after {hour:.1} s"),
    )])
}

/// Seconds until the flow has so many runs.
async fn until(server: &Server, flow: &str, runs: usize, began: Instant) -> Result<f64> {
    let of_flow = json!({ "flows": { "name": { "any_": [flow] } } });
    loop {
        let there = server.api.post("/flow_runs/count", &of_flow).await?.as_u64().unwrap_or(0);
        if there >= runs as u64 {
            return Ok(began.elapsed().as_secs_f64());
        }
        if began.elapsed() > Duration::from_secs(900) {
            bail!("{there} of {runs} runs after {:.0} s", began.elapsed().as_secs_f64());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
