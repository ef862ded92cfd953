//! `/api/reeve/flow_runs`: the list of runs, and one run with what its page shows first.

use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use domain::filter::Page;
use domain::flow_runs::FlowRunSort;
use domain::logs::LogSlice;
use domain::pages::{FlowRunPage, FlowRunsPage};
use domain::{FlowRunId, Timestamp};
use store::{Tx, flow_run_states, flow_runs, logs, task_runs};

use crate::api::body::{Id, OptionalBody};
use crate::api::caller::Caller;
use crate::api::error::{ApiError, Result};
use crate::api::page::{limit_of, offset_of};
use crate::app_state::AppState;

/// Task runs and subflow runs of one answer.
const MOST_PARTS: i64 = 200;

/// Log lines of one answer.
const MOST_LINES: i64 = 500;

/// Routes below `/api/reeve`.
pub fn routes() -> Router<AppState> {
    Router::new().route("/flow_runs", post(list)).route("/flow_runs/{id}", get(read))
}

async fn list(
    State(app): State<AppState>,
    caller: Caller,
    OptionalBody(page): OptionalBody<Page<FlowRunSort>>,
) -> Result {
    let (limit, offset, now) = (limit_of(page.limit)?, offset_of(page.offset)?, app.clock.now());
    let mut tx = app.store.read().await?;
    let count = flow_runs::count(&mut tx, &page.filters).await?;
    let found = flow_runs::filter(&mut tx, &page, limit, offset, now).await?;
    let rows = flow_runs::with_names(&mut tx, found).await?;
    Ok(caller.ok(&FlowRunsPage { rows, count, now }))
}

async fn read(State(app): State<AppState>, caller: Caller, Id(id): Id<FlowRunId>) -> Result {
    let page = page_of(&mut app.store.read().await?, id, app.clock.now()).await?;
    page.map(|page| caller.ok(&page)).ok_or_else(|| ApiError::not_found("Flow run not found"))
}

async fn page_of(tx: &mut Tx, id: FlowRunId, now: Timestamp) -> store::Result<Option<FlowRunPage>> {
    // Lines that are stored while the rest is read have a greater seq, and are read by whoever follows.
    let logs = newest_lines(tx, id).await?;
    let Some(flow_run) = flow_runs::by_id(tx, id, now).await? else { return Ok(None) };
    let subflows = flow_runs::subflow_runs(tx, id, MOST_PARTS, now).await?;
    let parent = match flow_run.parent_task_run_id {
        Some(wrapper) => flow_runs::of_task_run(tx, wrapper, now).await?,
        None => None,
    };
    let has_parent = parent.is_some();
    let family = subflows.into_iter().chain([flow_run]).chain(parent).collect();
    let mut rows = flow_runs::with_names(tx, family).await?;
    let parent_flow_run = if has_parent { rows.pop() } else { None };
    let Some(own) = rows.pop() else { return Ok(None) };
    let task_runs = task_runs::of_flow_run(tx, id, MOST_PARTS, now).await?;
    let task_run_count = match task_runs.len() as i64 {
        MOST_PARTS => task_runs::count_of_flow_run(tx, id).await?,
        fewer => fewer,
    };
    Ok(Some(FlowRunPage {
        flow_run: own.flow_run,
        flow_name: own.flow_name,
        deployment_name: own.deployment_name,
        states: flow_run_states::of_run(tx, id).await?,
        task_runs,
        task_run_count,
        subflow_runs: rows,
        parent_flow_run,
        logs,
        now,
    }))
}

async fn newest_lines(tx: &mut Tx, id: FlowRunId) -> store::Result<LogSlice> {
    let (total, newest) = logs::extent(tx, id).await?;
    let lines = logs::tail(tx, id, 0, MOST_LINES).await?;
    let cursor = lines.last().map_or(0, |line| line.seq).max(newest);
    Ok(LogSlice { has_earlier: total > lines.len() as i64, lines, cursor, total })
}
