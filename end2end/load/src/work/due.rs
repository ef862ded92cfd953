//! Many deployments that fall due in the same second, and one worker that is polling: from due to claimed.

use std::fs::File;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{Row, flow, unique};
use crate::Asked;
use crate::measure::Times;
use crate::server::{Server, environment};

/// p50 and p99 from due to Pending, and from due to the end of a command that does nothing. Reeve alone:
/// the real workers start a Python process for each run.
pub async fn measure(server: &Server, asked: &Asked) -> Result<Vec<Row>> {
    let (api, name, count) = (&server.api, unique("due"), asked.due);
    api.post("/work_pools/", &json!({ "name": name, "type": "process" })).await?;
    let log = File::create(server.folder.join("worker.log"))?;
    let binary = environment("REEVE_BIN").context("REEVE_BIN is not set")?;
    let mut worker = Command::new(binary)
        .args(["worker", "start", "--pool", &name, "--type", "process", "--limit", &count.to_string()])
        .env("PREFECT_API_URL", &server.url)
        .env("REEVE_HOME", &server.folder)
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .spawn()?;
    let rows = claims(server, &name, count).await;
    Command::new("kill").arg(worker.id().to_string()).status()?;
    worker.wait()?;
    let flow_runs = rows?;
    ensure!(flow_runs.len() == count, "{} of {count} runs were claimed, see worker.log", flow_runs.len());
    let claimed = Times::from_millis(flow_runs);
    Ok(vec![Row::new(
        format!("{count} deployments due in the same second: due to claimed, p50 / p99"),
        format!("{:.0} / {:.0} ms", claimed.percentile(0.5), claimed.percentile(0.99)),
    )])
}

/// Milliseconds from due to claimed, of each run.
async fn claims(server: &Server, pool: &str, count: usize) -> Result<Vec<f64>> {
    let api = &server.api;
    let flow = flow(api, pool).await?;
    let now = DateTime::<Utc>::from(std::time::SystemTime::now());
    let due = DateTime::from_timestamp(now.timestamp() + 20, 0).context("a time")?;
    let schedule = json!({ "schedule": { "interval": 2_592_000, "anchor_date": due.to_rfc3339() }, "active": true });
    let (flow, schedule) = (flow.as_str(), &schedule);
    Times::repeated(count, 8, |n| async move {
        let new = json!({ "name": format!("d{n}"), "flow_id": flow, "work_pool_name": pool,
                          "schedules": [schedule], "job_variables": { "command": "true" } });
        api.post("/deployments/", &new).await.map(drop)
    })
    .await?;
    tokio::time::sleep(Duration::from_secs(30)).await;
    let mut delays = Vec::new();
    for offset in (0..count).step_by(200) {
        let page = json!({ "flows": { "name": { "any_": [pool] } }, "limit": 200, "offset": offset,
                           "flow_runs": { "expected_start_time": { "before_": due.to_rfc3339() } } });
        let runs = api.post("/flow_runs/filter", &page).await?;
        for run in runs.as_array().into_iter().flatten() {
            let path = format!("/flow_run_states/?flow_run_id={}", run["id"].as_str().unwrap_or_default());
            let states = api.get(&path).await?;
            let pending = states.as_array().into_iter().flatten().find(|state| state["type"] == "PENDING");
            delays.extend(pending.and_then(|state| delay(state, due)));
        }
    }
    Ok(delays)
}

fn delay(state: &Value, due: DateTime<Utc>) -> Option<f64> {
    let at = DateTime::parse_from_rfc3339(state["timestamp"].as_str()?).ok()?;
    Some((at.with_timezone(&Utc) - due).num_microseconds()? as f64 / 1000.0)
}
