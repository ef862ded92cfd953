//! `/api/reeve/flow_runs`: runs with the names around them, and one run with what its page shows first.

use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use domain::filter::Page;
use domain::flow_runs::{FlowRun, FlowRunSort};
use domain::logs::{LogWindow, Sieve};
use domain::pages::{FlowRunPage, FlowRunRows, Waiting};
use domain::reason;
use domain::state::StateType;
use domain::{FlowRunId, Timestamp};
use serde::Deserialize;
use serde_json::json;
use store::{Tx, flow_run_states, flow_runs, task_runs, work_pools, work_queues};

use super::{log_overview, log_window, rows, sheets};
use crate::api::body::{Id, OptionalBody};
use crate::api::caller::Caller;
use crate::api::error::{ApiError, Result};
use crate::api::page::{limit_of, offset_of};
use crate::api::query::Asked;
use crate::app_state::{AppState, Policy};

/// Task runs and subflow runs of one answer.
const MOST_PARTS: i64 = 200;

/// Routes below `/api/reeve`.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/flow_runs", post(list))
        .route("/flow_runs/{id}", get(read))
        .route("/flow_runs/{id}/why", get(why))
}

async fn list(
    State(app): State<AppState>,
    caller: Caller,
    OptionalBody(page): OptionalBody<Page<FlowRunSort>>,
) -> Result {
    let (limit, offset, now) = (limit_of(page.limit)?, offset_of(page.offset), app.clock.now());
    let mut tx = app.store.read().await?;
    let count = flow_runs::count(&mut tx, &page.filters).await?;
    let found = flow_runs::filter(&mut tx, &page, limit, offset, now).await?;
    let rows = flow_runs::with_names(&mut tx, found).await?;
    Ok(caller.ok(&FlowRunRows { rows, count, now }))
}

/// What goes along with a run only when it is asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct More {
    /// The tab that is described by data.
    part: Option<String>,
    /// Which lines of the log are shown, as in its routes; without `source`, as seems best.
    hide: String,
    source: String,
}

async fn read(State(app): State<AppState>, caller: Caller, Id(id): Id<FlowRunId>, Asked(more): Asked<More>) -> Result {
    // Lines that are stored while the rest is read have a greater seq, and are read by whoever follows.
    let logs = log_window::tail(&app, id, &more.hide, &more.source).await?;
    let (mut tx, now) = (app.store.read().await?, app.clock.now());
    let mut page = page_of(&mut tx, id, logs, &app.policy, now).await?;
    if let (Some(page), Some(part)) = (page.as_mut(), more.part.filter(|part| !part.is_empty())) {
        page.part = sheets::run::part(&mut tx, page, &part).await?;
    }
    drop(tx);
    if let Some(page) = page.as_mut() {
        let sieve = Sieve::parse(&page.logs.hide, &page.logs.source);
        page.logs.overview = Some(log_overview::of(&app, &page.flow_run, sieve).await?);
    }
    page.map(|page| caller.ok(&page)).ok_or_else(|| ApiError::not_found("Flow run not found"))
}

/// Why the run is where it is: one sentence, and what was decided about it in the order in which it happened.
async fn why(State(app): State<AppState>, caller: Caller, Id(id): Id<FlowRunId>) -> Result {
    let (mut tx, now) = (app.store.read().await?, app.clock.now());
    let page = page_of(&mut tx, id, LogWindow::default(), &app.policy, now).await?;
    let page = page.ok_or_else(|| ApiError::not_found("Flow run not found"))?;
    let steps = sheets::run::why::steps(&mut tx, &page).await?;
    Ok(caller
        .ok(&json!({ "sentence": reason::reason(&page, now), "waiting": page.waiting, "steps": steps, "now": now })))
}

async fn page_of(
    tx: &mut Tx,
    id: FlowRunId,
    logs: LogWindow,
    policy: &Policy,
    now: Timestamp,
) -> store::Result<Option<FlowRunPage>> {
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
        waiting: waiting(tx, &own.flow_run, policy, now).await?,
        flow_run: own.flow_run,
        flow_name: own.flow_name,
        deployment_name: own.deployment_name,
        states: flow_run_states::of_run(tx, id).await?,
        task_runs,
        task_run_count,
        subflow_runs: rows,
        parent_flow_run,
        logs,
        part: None,
        now,
    }))
}

/// How things stand where a run waits; nothing for runs that do not wait, or for no worker.
pub async fn waiting(tx: &mut Tx, run: &FlowRun, policy: &Policy, now: Timestamp) -> store::Result<Option<Waiting>> {
    let Some(pool) = run.work_pool_id.filter(|_| run.state_type == Some(StateType::Scheduled)) else { return Ok(None) };
    let pool = work_pools::by_id(tx, pool).await?;
    let Some(row) = rows::of_work_pools(tx, pool.into_iter().collect(), policy, now).await?.pop() else {
        return Ok(None);
    };
    let queue = match run.work_queue_id {
        Some(queue) => work_queues::by_id(tx, queue).await?,
        None => None,
    };
    Ok(Some(rows::waiting(&row, queue.is_some_and(|queue| queue.is_paused))))
}
