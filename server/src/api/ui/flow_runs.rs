//! `/api/ui/flow_runs`.

use crate::api::docs::Docs;
use schemars::JsonSchema;
use serde_json::json;
use std::collections::HashMap;

use axum::Router;
use axum::extract::State;
use axum::routing::post;
use domain::filter::Page;
use domain::flow_runs::{FlowRun, FlowRunSort};
use domain::state::StateType;
use domain::{FlowRunId, Timestamp};
use serde::{Deserialize, Serialize};
use store::{flow_runs, task_runs};

use crate::api::body::{Body, OptionalBody};
use crate::api::caller::Caller;
use crate::api::checks::{at_least, at_most};
use crate::api::error::Result;
use crate::api::page::offset_of;
use crate::app_state::AppState;

/// A scatter plot holds this many runs.
const MOST_RUNS: i64 = 1000;

pub fn routes() -> Router<AppState> {
    Router::new().route("/history", post(history)).route("/count-task-runs", post(count_task_runs))
}

/// What `/docs` tells of them.
pub fn describe(docs: &mut Docs) {
    docs.tag("For dashboards");
    docs.post("/ui/flow_runs/history", "Runs as dots of a plot")
        .may_take::<Page<FlowRunSort>>()
        .gives::<Vec<SimpleFlowRun>>(200);
    docs.post("/ui/flow_runs/count-task-runs", "Task runs of each run")
        .takes::<Runs>()
        .gives_any(200, json!({ "type": "object", "additionalProperties": { "type": "integer" } }));
}

/// One dot of a plot.
#[derive(Serialize, JsonSchema)]
#[schemars(inline)]
struct SimpleFlowRun {
    id: FlowRunId,
    state_type: Option<StateType>,
    timestamp: Option<Timestamp>,
    /// Seconds.
    duration: f64,
    /// Seconds.
    lateness: f64,
}

async fn history(
    State(app): State<AppState>,
    caller: Caller,
    OptionalBody(page): OptionalBody<Page<FlowRunSort>>,
) -> Result {
    at_least(caller.major, "limit", page.limit, 0, &page)?;
    at_most(caller.major, "limit", page.limit, MOST_RUNS, &page)?;
    let limit = page.limit.unwrap_or(MOST_RUNS);
    let page = Page { sort: Some(page.sort.unwrap_or(FlowRunSort::ExpectedStartTimeDesc)), ..page };
    let offset = offset_of(page.offset);
    let runs = flow_runs::filter(&mut app.store.read().await?, &page, limit, offset, app.clock.now()).await?;
    Ok(caller.ok(&runs.into_iter().map(dot).collect::<Vec<_>>()))
}

fn dot(run: FlowRun) -> SimpleFlowRun {
    SimpleFlowRun {
        id: run.id,
        state_type: run.state_type,
        timestamp: run.start_time.or(run.expected_start_time),
        duration: run.estimated_run_time,
        lateness: run.estimated_start_time_delta,
    }
}

#[derive(Deserialize, JsonSchema)]
#[schemars(inline)]
struct Runs {
    flow_run_ids: Vec<FlowRunId>,
}

/// How many task runs each of the runs has.
async fn count_task_runs(State(app): State<AppState>, caller: Caller, Body(runs): Body<Runs>) -> Result {
    let counts = task_runs::count_by_flow_run(&mut app.store.read().await?, &runs.flow_run_ids).await?;
    let of = |id: &FlowRunId| (*id, counts.get(id).copied().unwrap_or(0));
    Ok(caller.ok(&runs.flow_run_ids.iter().map(of).collect::<HashMap<_, _>>()))
}
