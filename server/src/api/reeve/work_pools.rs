//! `/api/reeve/work_pools`: the list, and one pool with what its page and its template editor show.

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::{get, post};
use domain::Timestamp;
use domain::job_template::{check_source, source_warnings};
use domain::pages::{WorkPoolPage, WorkPoolsPage};
use domain::preview::{PreviewAnswer, PreviewCreate, preview};
use domain::work_pools::WorkPool;
use serde::Deserialize;
use serde_json::json;
use store::{Tx, deployments, flow_runs, flows, sql, work_pools, work_queues, workers};

use super::rows;
use super::wait::wait;
use crate::api::body::Body;
use crate::api::caller::Caller;
use crate::api::error::{ApiError, Result};
use crate::app_state::{AppState, Policy};

/// Pools, queues, workers and deployments of one answer.
const MOST: i64 = 200;

/// Runs of one answer.
const ACTIVE: i64 = 20;

/// Routes below `/api/reeve`.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/work_pools", get(list))
        .route("/work_pools/{name}", get(read))
        .route("/work_pools/{name}/wait", get(wait))
        .route("/work_pools/{name}/template/check", post(check_template))
        .route("/work_pools/{name}/template/job", post(render_template))
}

async fn list(State(app): State<AppState>, caller: Caller) -> Result {
    let now = app.clock.now();
    let mut tx = app.store.read().await?;
    let pools = work_pools::filter(&mut tx, None, MOST, 0).await?;
    let rows = rows::of_work_pools(&mut tx, pools, &app.policy, now).await?;
    Ok(caller.ok(&WorkPoolsPage { rows, now }))
}

/// The pool of that name; 404 if there is none.
pub async fn existing(tx: &mut Tx, name: &str) -> Result<WorkPool> {
    let missing = || ApiError::not_found(format!("Work pool \"{name}\" not found."));
    work_pools::by_name(tx, name).await?.ok_or_else(missing)
}

async fn read(State(app): State<AppState>, caller: Caller, Path(name): Path<String>) -> Result {
    let mut tx = app.store.read().await?;
    let pool = existing(&mut tx, &name).await?;
    let page = page_of(&mut tx, pool, &app.policy, app.clock.now()).await?;
    page.map(|page| caller.ok(&page)).ok_or_else(|| ApiError::not_found(format!("Work pool \"{name}\" not found.")))
}

async fn page_of(tx: &mut Tx, pool: WorkPool, policy: &Policy, now: Timestamp) -> store::Result<Option<WorkPoolPage>> {
    let (id, name) = (pool.id, pool.name.clone());
    let queues = work_queues::of_pool(tx, id, None, MOST, 0).await?;
    let (beats, interval) = (policy.foreman.beats(), policy.foreman.interval_seconds());
    let all = workers::Query { filter: None, beats, interval, limit: MOST, offset: 0 };
    let workers = workers::of_pool(tx, id, &all, now).await?;
    let deployments = rows::of_pool(tx, &name, MOST, policy, now).await?;
    let due = sql("work_pool.id = ? AND (flow_run.state_type IN ('PENDING', 'RUNNING', 'CANCELLING')
                   OR (flow_run.state_type = 'SCHEDULED' AND flow_run.next_scheduled_start_time <= ?))")
    .bind(id)
    .bind(now);
    let active = flow_runs::where_(tx, due, "flow_run.expected_start_time, flow_run.id", ACTIVE, now).await?;
    let active = flow_runs::with_names(tx, active).await?;
    let row = rows::of_work_pools(tx, vec![pool], policy, now).await?.pop();
    Ok(row.map(|row| {
        let first = deployments.first().map(|row| (&row.deployment, row.flow_name.as_str()));
        let job = Some(preview(&row.work_pool.base_job_template, &row.work_pool, first).into());
        WorkPoolPage { row, queues, workers, deployments, active, job, now }
    }))
}

/// The job that a template gives as it is being written.
async fn render_template(
    State(app): State<AppState>,
    caller: Caller,
    Path(name): Path<String>,
    Body(ask): Body<PreviewCreate>,
) -> Result {
    let mut tx = app.store.read().await?;
    let pool = existing(&mut tx, &name).await?;
    let found = match ask.deployment_id {
        Some(id) => {
            let found = deployments::by_id(&mut tx, id).await?;
            let found = found.ok_or_else(|| ApiError::not_found("Deployment not found"))?;
            let flow = flows::by_id(&mut tx, found.flow_id).await?.map(|flow| flow.name).unwrap_or_default();
            Some((found, flow))
        }
        None => None,
    };
    let deployment = found.as_ref().map(|(deployment, flow)| (deployment, flow.as_str()));
    Ok(caller.ok(&PreviewAnswer::from(preview(&ask.base_job_template, &pool, deployment))))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Source {
    source: String,
}

/// What is wrong with a template as it is being typed, by line and column; warnings do not keep it from
/// being saved.
async fn check_template(
    State(app): State<AppState>,
    caller: Caller,
    Path(name): Path<String>,
    Body(body): Body<Source>,
) -> Result {
    existing(&mut app.store.read().await?, &name).await?;
    let problems = check_source(&body.source).err().unwrap_or_default();
    Ok(caller.ok(&json!({ "problems": problems, "warnings": source_warnings(&body.source) })))
}
