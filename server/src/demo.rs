//! Something to look at: a flow that runs every minute and needs nothing but a shell.
//!
//! Made through the public API like everybody's: a pool, a flow, and a deployment whose job variables
//! hold a command. There is no Python in it; the worker tells the run's states, and what the command
//! prints becomes the run's log.

use anyhow::Context;
use client::{Client, deployments, flows, work_pools};
use domain::Major;
use domain::default_templates::default_base_job_template;
use domain::deployments::DeploymentCreate;
use domain::flows::FlowCreate;
use domain::work_pools::WorkPoolCreate;
use serde_json::json;

/// The pool whose worker the server hosts.
pub const POOL: &str = "demo-pool";

const FLOW: &str = "demo";
const DEPLOYMENT: &str = "hello";

/// About twenty lines in ten seconds, some of which a reader may want to filter for.
const SCRIPT: &str = r#"
echo "Hello from Reeve: this is a shell command, no Python is involved"
for step in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18; do
  case $step in
    3) echo "DEBUG: step 3 is about to begin" ;;
    6) echo "WARNING: step $step of 18 took longer than usual" ;;
    12) echo "ERROR: step $step of 18 failed, trying it again" ;;
    *) echo "step $step of 18 done" ;;
  esac
  sleep 0.5
done
echo "Goodbye; the next run starts with the next minute"
"#;

/// Makes what is missing. What is there already stays as it is, so that a paused schedule stays paused.
pub async fn set_up(client: &Client) -> anyhow::Result<()> {
    if work_pools::read(client, POOL).await.context("looking for the demo's work pool")?.is_none() {
        work_pools::create(client, &pool()?).await.context("making the demo's work pool")?;
    }
    if deployments::by_name(client, FLOW, DEPLOYMENT).await.context("looking for the demo")?.is_none() {
        let flow = FlowCreate { name: FLOW.to_owned(), ..FlowCreate::default() };
        let flow = flows::create(client, &flow).await.context("making the demo's flow")?;
        let deployment: DeploymentCreate = serde_json::from_value(json!({
            "name": DEPLOYMENT,
            "flow_id": flow.id,
            "description": "A shell command that prints for ten seconds, every minute. Made by `reeve server start --demo`.",
            "tags": ["demo"],
            "work_pool_name": POOL,
            "schedules": [{ "schedule": { "cron": "* * * * *", "timezone": "UTC" }, "active": true }],
            "job_variables": { "command": format!("sh -c '{SCRIPT}'") },
        }))?;
        deployments::create(client, &deployment).await.context("making the demo's deployment")?;
    }
    Ok(())
}

/// A pool of type `process` with the type's own template.
fn pool() -> anyhow::Result<WorkPoolCreate> {
    let template = default_base_job_template("process", Major::V3);
    Ok(serde_json::from_value(json!({ "name": POOL, "type": "process", "base_job_template": template }))?)
}
