//! Everything at the same time, for long: does memory stay what it is?

use std::time::{Duration, Instant};

use anyhow::Result;
use futures::future::try_join_all;
use serde_json::json;

use super::{Row, flow, instant, lifecycle, logs, unique};
use crate::Asked;
use crate::api::Api;
use crate::server::Server;

/// Lanes of flow runs that live one after the other.
const LIVES: usize = 4;

/// How often memory is looked at.
const LOOK: Duration = Duration::from_secs(2);

/// Memory after a quarter of the time, at most, and at the end. The load: flow runs without pause, ten batches of log
/// lines, twenty events and ten polls a second, and what dashboards ask.
pub async fn measure(server: &Server, asked: &Asked) -> Result<Vec<Row>> {
    let (api, time) = (&server.api, Duration::from_secs_f64(asked.mixed));
    let end = Instant::now() + time;
    let (name, run) = (unique("mixed"), logs::run(api).await?);
    let flow = flow(api, &name).await?;
    api.post("/work_pools/", &json!({ "name": name, "type": "process" })).await?;
    let lines = logs::Lines::of(&run);
    let lives = async {
        let lanes = (0..LIVES).map(|_| async {
            while Instant::now() < end {
                lifecycle::live(api, &flow).await?;
            }
            Ok(())
        });
        try_join_all(lanes).await.map(drop)
    };
    let log = paced(end, 0.1, async || api.post_text("/logs/", lines.written_now()).await.map(drop));
    let poll = paced(end, 0.1, async || {
        let path = format!("/work_pools/{name}/get_scheduled_flow_runs");
        api.post(&path, &json!({ "scheduled_before": instant(10.0) })).await.map(drop)
    });
    let event = paced(end, 0.05, async || match server.major {
        3 => api.post("/events", &json!([event()])).await.map(drop),
        _ => Ok(()),
    });
    let look = paced(end, 0.5, async || dashboard(api, &run).await);
    let mut seen = Vec::new();
    let watch = async {
        while Instant::now() < end {
            tokio::time::sleep(LOOK).await;
            seen.push(server.resident_mb());
        }
        Ok(())
    };
    tokio::try_join!(lives, log, poll, event, look, watch)?;
    let most = seen.iter().copied().fold(0.0, f64::max);
    let early = seen.get(seen.len() / 4).copied().unwrap_or_default();
    Ok(vec![Row::new(
        format!("memory under a mixed load of {:.0} s: after a quarter / at most / at the end", asked.mixed),
        format!("{early:.0} / {most:.0} / {:.0} MB", seen.last().copied().unwrap_or_default()),
    )])
}

/// Does something each `seconds`, until `end`.
async fn paced(end: Instant, seconds: f64, act: impl AsyncFn() -> Result<()>) -> Result<()> {
    let mut ticks = tokio::time::interval(Duration::from_secs_f64(seconds));
    while Instant::now() < end {
        ticks.tick().await;
        act().await?;
    }
    Ok(())
}

fn event() -> serde_json::Value {
    json!({ "id": uuid::Uuid::from_u128(fastrand::u128(..)), "occurred": instant(0.0), "event": "load.mixed",
            "resource": { "prefect.resource.id": "load" }, "related": [], "payload": {} })
}

async fn dashboard(api: &Api, run: &str) -> Result<()> {
    api.post("/flow_runs/filter", &json!({ "sort": "START_TIME_DESC", "limit": 50 })).await?;
    api.post("/flow_runs/count", &json!({})).await?;
    let errors = json!({ "flow_run_id": { "any_": [run] }, "level": { "ge_": 40 } });
    api.post("/logs/filter", &json!({ "logs": errors, "limit": 200 })).await.map(drop)
}
