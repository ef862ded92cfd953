//! Many runs in one request (Prefect 3).

use domain::filter::Filters;
use domain::flow_runs::FlowRunFilter;
use domain::state::OrchestrationResult;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::*;
use crate::orchestration::flow_rules::FlowPolicy;
use crate::orchestration::{delete_runs::delete_runs, set_state as decide};

/// No more runs than this are touched by one request.
const MOST_RUNS: i64 = 50;

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct BulkDelete {
    flow_runs: Option<FlowRunFilter>,
    limit: Option<i64>,
}

#[derive(Deserialize)]
pub struct BulkSetState {
    #[serde(default)]
    flow_runs: Option<FlowRunFilter>,
    state: StateCreate,
    #[serde(default)]
    force: bool,
    #[serde(default)]
    limit: Option<i64>,
}

#[derive(Serialize)]
struct BulkResult {
    flow_run_id: FlowRunId,
    #[serde(flatten)]
    answer: OrchestrationResult,
}

pub async fn delete(
    State(app): State<AppState>,
    caller: Caller,
    OptionalBody(body): OptionalBody<BulkDelete>,
) -> Result {
    let ids = matching(&app, body.flow_runs, body.limit).await?;
    let deleted = delete_runs(&app, &ids).await?;
    Ok(caller.ok(&json!({ "deleted": deleted })))
}

pub async fn set_state(State(app): State<AppState>, caller: Caller, Body(body): Body<BulkSetState>) -> Result {
    let policy = if body.force { FlowPolicy::Minimal } else { FlowPolicy::Core };
    let mut results = Vec::new();
    for flow_run_id in matching(&app, body.flow_runs, body.limit).await? {
        let asked = caller.asks(&app);
        if let Some(decision) = decide::set_state(&app, &asked, flow_run_id, body.state.clone(), policy).await? {
            results.push(BulkResult { flow_run_id, answer: decision.answer });
        }
    }
    #[derive(Serialize)]
    struct BulkResults {
        results: Vec<BulkResult>,
    }
    Ok(caller.ok(&BulkResults { results }))
}

async fn matching(app: &AppState, flow_runs: Option<FlowRunFilter>, limit: Option<i64>) -> Result<Vec<FlowRunId>> {
    let limit = limit.unwrap_or(MOST_RUNS);
    if !(1..=MOST_RUNS).contains(&limit) {
        return Err(ApiError::unprocessable(format!("Invalid limit: must be between 1 and {MOST_RUNS}.")));
    }
    let page = Page::<FlowRunSort> { filters: Filters { flow_runs, ..Filters::default() }, ..Page::default() };
    let found = store::flow_runs::filter(&mut app.store.read().await?, &page, limit, 0, app.clock.now()).await?;
    Ok(found.into_iter().map(|run| run.id).collect())
}
