//! Many runs in one request (Prefect 3).

use domain::filter::Filters;
use domain::flow_runs::FlowRunFilter;
use domain::state::OrchestrationResult;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::*;
use crate::api::page::{Deleted, bulk_limit};
use crate::orchestration::flow_rules::FlowPolicy;
use crate::orchestration::{delete_runs::delete_runs, set_state as decide};

#[derive(Deserialize, Serialize, Default, JsonSchema)]
#[schemars(inline)]
#[serde(default)]
pub struct BulkDelete {
    flow_runs: Option<FlowRunFilter>,
    limit: Option<i64>,
}

#[derive(Deserialize, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct BulkSetState {
    #[serde(default)]
    flow_runs: Option<FlowRunFilter>,
    state: StateCreate,
    #[serde(default)]
    force: bool,
    #[serde(default)]
    limit: Option<i64>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(inline)]
pub struct BulkResult {
    flow_run_id: FlowRunId,
    #[serde(flatten)]
    answer: OrchestrationResult,
}

/// What became of each run.
#[derive(Serialize, JsonSchema)]
#[schemars(inline)]
pub struct BulkResults {
    results: Vec<BulkResult>,
}

pub async fn delete(
    State(app): State<AppState>,
    caller: Caller,
    OptionalBody(body): OptionalBody<BulkDelete>,
) -> Result {
    let limit = bulk_limit(caller.major, body.limit, &body)?;
    let ids = matching(&app, body.flow_runs, limit).await?;
    let deleted = delete_runs(&app, &ids).await?;
    Ok(caller.ok(&Deleted { deleted }))
}

pub async fn set_state(State(app): State<AppState>, caller: Caller, Body(body): Body<BulkSetState>) -> Result {
    let policy = if body.force { FlowPolicy::Minimal } else { FlowPolicy::Core };
    let limit = bulk_limit(caller.major, body.limit, &body)?;
    let ids = matching(&app, body.flow_runs, limit).await?;
    let decided = decide::set_states(&app, &caller.asks(&app), ids, &body.state, policy).await?;
    let result = |(flow_run_id, decision): (_, decide::Decision)| BulkResult { flow_run_id, answer: decision.answer };
    let results = decided.into_iter().map(result).collect();
    Ok(caller.ok(&BulkResults { results }))
}

async fn matching(app: &AppState, flow_runs: Option<FlowRunFilter>, limit: i64) -> Result<Vec<FlowRunId>> {
    let page = Page::<FlowRunSort> { filters: Filters { flow_runs, ..Filters::default() }, ..Page::default() };
    let found = store::flow_runs::filter(&mut app.store.read().await?, &page, limit, 0, app.clock.now()).await?;
    Ok(found.into_iter().map(|run| run.id).collect())
}
