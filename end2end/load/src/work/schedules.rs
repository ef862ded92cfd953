//! Many deployments with a minute cron: how soon their runs exist once there is a scheduler.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use serde_json::json;

use super::{Row, flow, unique};
use crate::Asked;
use crate::api::Api;
use crate::measure::Times;
use crate::server::Make;

/// The deployments are made while nothing is scheduled.
const NO_SCHEDULER: [(&str, &str); 2] =
    [("PREFECT_SERVER_SERVICES_SCHEDULER_ENABLED", "false"), ("PREFECT_API_SERVICES_SCHEDULER_ENABLED", "false")];

/// A minute and some, in which each deployment needs one more run.
const LATER: Duration = Duration::from_secs(65);

/// Seconds from the start of a server on a database with deployments that have no runs until each has three, and until
/// each has an hour of them; and what it takes to keep it so.
pub async fn measure(make: &Make, asked: &Asked, folder: &Path, database: Option<&str>) -> Result<Vec<Row>> {
    let count = if make.name == "Reeve" { asked.scheduled } else { asked.scheduled.min(100) };
    let name = unique("cron");
    let (server, _) = make.start_with(folder, database, &NO_SCHEDULER).await?;
    deployments(&server.api, &name, count).await?;
    server.stop().await?;
    let began = Instant::now();
    let (server, _) = make.start(folder, database).await?;
    let three = until(&server.api, &name, count * 3, began).await?;
    let hour = until(&server.api, &name, count * 60, began).await?;
    let (cpu, then) = (server.cpu_seconds(), Instant::now());
    tokio::time::sleep(LATER).await;
    let kept = until(&server.api, &name, count * 61, then).await? - LATER.as_secs_f64();
    let cpu = server.cpu_seconds() - cpu;
    let rows = vec![
        Row::new(
            format!("{count} deployments with a minute cron, from the start"),
            format!("3 runs each after {three:.1} s, an hour of runs after {hour:.1} s"),
        ),
        Row::new(
            "… 65 seconds later",
            format!(
                "one more each {kept:.1} s after that, with {cpu:.1} s of server CPU; {:.0} MB",
                server.resident_mb()
            ),
        ),
    ];
    server.stop().await?;
    Ok(rows)
}

async fn deployments(api: &Api, name: &str, count: usize) -> Result<()> {
    api.post("/work_pools/", &json!({ "name": name, "type": "process" })).await?;
    let flow = flow(api, name).await?;
    let flow = flow.as_str();
    Times::repeated(count, 8, |n| async move {
        let schedule = json!({ "schedule": { "cron": "* * * * *", "timezone": "UTC" }, "active": true });
        let new = json!({ "name": format!("d{n}"), "flow_id": flow, "work_pool_name": name,
                          "entrypoint": "f.py:f", "schedules": [schedule] });
        api.post("/deployments/", &new).await.map(drop)
    })
    .await
    .map(drop)
}

/// Seconds since `began` when the flow has so many runs.
async fn until(api: &Api, flow: &str, runs: usize, began: Instant) -> Result<f64> {
    let of_flow = json!({ "flows": { "name": { "any_": [flow] } } });
    loop {
        let there = api.post("/flow_runs/count", &of_flow).await?.as_u64().unwrap_or(0);
        if there >= runs as u64 {
            return Ok(began.elapsed().as_secs_f64());
        }
        if began.elapsed() > Duration::from_secs(900) {
            bail!("{there} of {runs} runs after {:.0} s", began.elapsed().as_secs_f64());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
