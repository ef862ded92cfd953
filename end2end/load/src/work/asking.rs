//! Many runs that fall due in the same second, and a worker as Prefect's are: it asks each second for what is due within
//! ten, claims that at once, and lets it begin when it is due.

use std::collections::HashSet;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use futures::{StreamExt, TryStreamExt, stream};
use serde_json::json;

use super::{Row, flow, instant, proposed, unique};
use crate::Asked;
use crate::api::Api;
use crate::measure::Times;
use crate::server::Server;

/// Requests that the worker makes at the same time.
const LANES: usize = 16;

/// Seconds for which Prefect's workers look ahead.
const AHEAD: f64 = 10.0;

/// Milliseconds from due to Running, p50 and p99.
pub async fn measure(server: &Server, asked: &Asked) -> Result<Vec<Row>> {
    let (api, pool) = (&server.api, unique("asking"));
    api.post("/work_pools/", &json!({ "name": pool, "type": "process" })).await?;
    let flow = flow(api, &pool).await?;
    let new = json!({ "name": pool, "flow_id": flow, "work_pool_name": pool, "entrypoint": "f.py:f" });
    let create = format!("/deployments/{}/create_flow_run", api.made("/deployments/", &new).await?);
    let lead = if server.name == "Reeve" { 15.0 } else { 90.0 };
    let (create, due) = (create.as_str(), (seconds() + lead).ceil());
    Times::repeated(asked.due, LANES, |_| async move {
        let state = json!({ "type": "SCHEDULED", "state_details": { "scheduled_time": instant(due - seconds()) } });
        api.post(create, &json!({ "state": state })).await.map(drop)
    })
    .await?;
    let begun = Times::from_millis(work(api, &pool, asked.due, due).await?);
    Ok(vec![Row::new(
        format!("{} runs due in the same second, asked for each second: due to Running, p50 / p99", asked.due),
        format!("{:.0} / {:.0} ms", begun.percentile(0.5), begun.percentile(0.99)),
    )])
}

/// Works until so many runs have begun; how long after `due` each did.
async fn work(api: &Api, pool: &str, count: usize, due: f64) -> Result<Vec<f64>> {
    let path = format!("/work_pools/{pool}/get_scheduled_flow_runs");
    let mut claimed = HashSet::new();
    let mut next = Instant::now();
    while claimed.len() < count {
        tokio::time::sleep_until(next.into()).await;
        next += Duration::from_secs(1);
        let found = api.post(&path, &json!({ "scheduled_before": instant(AHEAD) })).await?;
        let found = found.as_array().context("no list")?.iter().filter_map(|one| one["flow_run"]["id"].as_str());
        let new: Vec<String> = found.map(str::to_owned).filter(|id| !claimed.contains(id)).collect();
        propose(api, &new, "PENDING", due).await?;
        claimed.extend(new);
        anyhow::ensure!(seconds() < due + 300.0, "only {} of {count} runs were claimed", claimed.len());
    }
    let wait = (due - seconds()).max(0.0);
    tokio::time::sleep(Duration::from_secs_f64(wait)).await;
    let all: Vec<String> = claimed.into_iter().collect();
    propose(api, &all, "RUNNING", due).await
}

/// Proposes the state for each run; milliseconds from `due` until each answer.
async fn propose(api: &Api, runs: &[String], kind: &str, due: f64) -> Result<Vec<f64>> {
    let one = |run: &String| {
        let path = format!("/flow_runs/{run}/set_state");
        async move {
            let answer = api.post(&path, &proposed(kind)).await?;
            anyhow::ensure!(answer["status"] == "ACCEPT", "{kind} was not accepted: {answer}");
            Ok((seconds() - due) * 1000.0)
        }
    };
    stream::iter(runs.iter().map(one)).buffer_unordered(LANES).try_collect().await
}

/// Seconds since 1970.
fn seconds() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}
