//! Automations hear that pools, queues and deployments are ready, and that they no longer are.

use domain::Major;
use serde_json::{Value, json};
use server::scheduler::{foreman, polls};

use super::{automation, reactive, round, told};
use crate::harness::Server;
use crate::harness::each::on_each;

/// A pool with a worker and a deployment that is polled.
async fn busy_pool(server: &Server) {
    let post = async |path: &str, body: Value| {
        let (status, answer) = server.call(Major::V3, axum::http::Method::POST, path, Some(body)).await;
        assert!(status < 300, "{path}: {answer:#}");
        answer
    };
    post("/work_pools/", json!({ "name": "pool", "type": "process" })).await;
    let flow = post("/flows/", json!({ "name": "etl" })).await["id"].clone();
    post("/deployments/", json!({ "name": "d", "flow_id": flow, "work_pool_name": "pool" })).await;
    post("/work_pools/pool/workers/heartbeat", json!({ "name": "w", "heartbeat_interval_seconds": 10 })).await;
    post("/work_pools/pool/get_scheduled_flow_runs", json!({})).await;
    polls::tick(server.app.clone()).await.expect("polls are written down");
}

#[tokio::test]
async fn silence_is_heard_once_the_foreman_notices() {
    on_each(async |server| {
        for noun in ["deployment", "work-pool", "work-queue"] {
            for status in ["ready", "not-ready"] {
                let name = format!("prefect.{noun}.{status}");
                let matching = json!({ "prefect.resource.id": format!("prefect.{noun}.*") });
                let trigger = json!({ "expect": [name], "match": matching, "for_each": ["prefect.resource.id"] });
                automation(&server, reactive(trigger), json!([{ "type": "do-nothing" }])).await;
            }
        }
        let heard = async || {
            round(&server).await;
            let events = told(&server, "prefect.automation.triggered").await;
            events.iter().map(|event| event["payload"]["triggering_event"]["event"].to_string()).collect::<Vec<_>>()
        };
        busy_pool(&server).await;
        let ready = ["deployment.ready", "work-pool.not-ready", "work-pool.ready", "work-queue.ready"];
        let mut first = heard().await;
        first.sort_unstable();
        assert_eq!(first, ready.map(|name| format!("\"prefect.{name}\"")), "a new pool waits for a worker");
        server.pass(100.0);
        for _ in 0..2 {
            foreman::tick(server.app.clone()).await.expect("who is silent is noticed");
            let mut more = heard().await.split_off(ready.len());
            more.sort_unstable();
            let silent = ["deployment", "work-pool", "work-queue"].map(|noun| format!("\"prefect.{noun}.not-ready\""));
            assert_eq!(more, silent);
        }
    })
    .await;
}
