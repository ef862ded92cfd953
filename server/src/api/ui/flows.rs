//! `/api/ui/flows`.

use crate::api::docs::Docs;
use schemars::JsonSchema;
use serde_json::json;
use std::collections::HashMap;

use axum::Router;
use axum::extract::State;
use axum::routing::post;
use domain::flow_runs::FlowRun;
use domain::state::StateType;
use domain::{FlowId, FlowRunId, Timestamp};
use serde::{Deserialize, Serialize};
use store::flow_runs;

use crate::api::body::Body;
use crate::api::caller::Caller;
use crate::api::error::Result;
use crate::app_state::AppState;

pub fn routes() -> Router<AppState> {
    Router::new().route("/count-deployments", post(count_deployments)).route("/next-runs", post(next_runs))
}

/// What `/docs` tells of them.
pub fn describe(docs: &mut Docs) {
    docs.tag("For dashboards");
    docs.post("/ui/flows/count-deployments", "Deployments of each flow")
        .takes::<Flows>()
        .gives_any(200, json!({ "type": "object", "additionalProperties": { "type": "integer" } }));
    docs.post("/ui/flows/next-runs", "The next run of each flow")
        .takes::<Flows>()
        .gives::<HashMap<FlowId, Option<NextRun>>>(200);
}

#[derive(Deserialize, JsonSchema)]
#[schemars(inline)]
struct Flows {
    flow_ids: Vec<FlowId>,
}

/// How many deployments each of the flows has.
async fn count_deployments(State(app): State<AppState>, caller: Caller, Body(flows): Body<Flows>) -> Result {
    let counts = store::flows::count_deployments(&mut app.store.read().await?, &flows.flow_ids).await?;
    let of = |id: &FlowId| (*id, counts.get(id).copied().unwrap_or(0));
    Ok(caller.ok(&flows.flow_ids.iter().map(of).collect::<HashMap<_, _>>()))
}

/// The next planned run of a flow.
#[derive(Serialize, JsonSchema)]
#[schemars(inline)]
struct NextRun {
    id: FlowRunId,
    flow_id: FlowId,
    name: String,
    state_name: Option<String>,
    state_type: Option<StateType>,
    next_scheduled_start_time: Option<Timestamp>,
}

async fn next_runs(State(app): State<AppState>, caller: Caller, Body(flows): Body<Flows>) -> Result {
    let runs = flow_runs::next_of_flows(&mut app.store.read().await?, &flows.flow_ids, app.clock.now()).await?;
    let mut by_flow: HashMap<FlowId, NextRun> = runs.into_iter().map(|run| (run.flow_id, next_run(run))).collect();
    Ok(caller.ok(&flows.flow_ids.iter().map(|id| (*id, by_flow.remove(id))).collect::<HashMap<_, _>>()))
}

fn next_run(run: FlowRun) -> NextRun {
    NextRun {
        id: run.id,
        flow_id: run.flow_id,
        name: run.name,
        state_name: run.state_name,
        state_type: run.state_type,
        next_scheduled_start_time: run.next_scheduled_start_time,
    }
}
