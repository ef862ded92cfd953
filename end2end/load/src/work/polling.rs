//! Workers that ask a pool with a long queue for work.

use anyhow::{Result, ensure};
use serde_json::json;

use super::{Row, flow, instant, unique};
use crate::Asked;
use crate::measure::Times;
use crate::server::Server;

const POLLERS: usize = 16;

/// How long `get_scheduled_flow_runs` takes while many runs wait.
pub async fn measure(server: &Server, asked: &Asked) -> Result<Vec<Row>> {
    let waiting = if server.name == "Reeve" { asked.waiting } else { asked.waiting.min(2000) };
    let (api, name) = (&server.api, unique("polling"));
    api.post("/work_pools/", &json!({ "name": name, "type": "process" })).await?;
    let flow = flow(api, &name).await?;
    let new = json!({ "name": name, "flow_id": flow, "work_pool_name": name, "entrypoint": "f.py:f" });
    let create = format!("/deployments/{}/create_flow_run", api.made("/deployments/", &new).await?);
    let create = create.as_str();
    Times::repeated(waiting, POLLERS, |n| async move {
        let at = instant(n as f64 - waiting as f64);
        let state = json!({ "type": "SCHEDULED", "name": "Scheduled", "state_details": { "scheduled_time": at } });
        api.post(create, &json!({ "state": state })).await.map(drop)
    })
    .await?;
    let (path, before) = (format!("/work_pools/{name}/get_scheduled_flow_runs"), server.resident_mb());
    let path = path.as_str();
    let times = Times::during(asked.time(), POLLERS, |_| async move {
        let found = api.post(path, &json!({ "scheduled_before": instant(10.0), "limit": 10 })).await?;
        ensure!(found.as_array().is_some_and(|runs| runs.len() == 10.min(waiting)), "asked for 10 runs: {found}");
        Ok(())
    })
    .await?;
    Ok(vec![
        Row::new(
            "get_scheduled_flow_runs, 16 pollers, p50 / p99",
            format!("{:.1} / {:.1} ms ({waiting} waiting)", times.percentile(0.5), times.percentile(0.99)),
        ),
        Row::new("… memory before / after", format!("{before:.0} / {:.0} MB", server.resident_mb())),
    ])
}
