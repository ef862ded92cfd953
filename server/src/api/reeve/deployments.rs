//! `/api/reeve/deployments`: the list, and one deployment with what its page shows.

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::{get, post};
use domain::Timestamp;
use domain::deployments::DeploymentSort;
use domain::filter::Page;
use domain::pages::{DeploymentPage, DeploymentsPage};
use domain::preview::preview;
use store::{Tx, deployments, flow_runs, sql, work_pools};

use super::rows;
use crate::api::body::OptionalBody;
use crate::api::caller::Caller;
use crate::api::error::{ApiError, Result};
use crate::api::page::{limit_of, offset_of};
use crate::app_state::{AppState, Policy};

/// Planned runs of one answer.
const UPCOMING: i64 = 10;

/// Runs of one answer that have begun.
const LAST: i64 = 20;

/// Routes below `/api/reeve`.
pub fn routes() -> Router<AppState> {
    Router::new().route("/deployments", post(list)).route("/deployments/{flow}/{name}", get(read))
}

async fn list(
    State(app): State<AppState>,
    caller: Caller,
    OptionalBody(page): OptionalBody<Page<DeploymentSort>>,
) -> Result {
    let (limit, offset, now) = (limit_of(page.limit)?, offset_of(page.offset), app.clock.now());
    let mut tx = app.store.read().await?;
    let found = deployments::filter(&mut tx, &page, limit, offset).await?;
    let count = match found.len() as i64 {
        // A page that is not full is the last one.
        few if few > 0 && few < limit => offset + few,
        _ => deployments::count(&mut tx, &page.filters).await?,
    };
    let rows = rows::of_deployments(&mut tx, found, &app.policy, now).await?;
    Ok(caller.ok(&DeploymentsPage { rows, count, now }))
}

async fn read(State(app): State<AppState>, caller: Caller, Path((flow, name)): Path<(String, String)>) -> Result {
    let mut tx = app.store.read().await?;
    let page = page_of(&mut tx, flow, &name, &app.policy, app.clock.now()).await?;
    page.map(|page| caller.ok(&page)).ok_or_else(|| ApiError::not_found("Deployment not found"))
}

async fn page_of(
    tx: &mut Tx,
    flow_name: String,
    name: &str,
    policy: &Policy,
    now: Timestamp,
) -> store::Result<Option<DeploymentPage>> {
    let Some(deployment) = deployments::by_name(tx, &flow_name, name).await? else { return Ok(None) };
    let planned = sql("flow_run.deployment_id = ? AND flow_run.state_type = 'SCHEDULED'").bind(deployment.id);
    let order = "flow_run.next_scheduled_start_time, flow_run.id";
    let upcoming = flow_runs::where_(tx, planned, order, UPCOMING, now).await?;
    let begun = sql("flow_run.deployment_id = ? AND flow_run.state_type <> 'SCHEDULED'").bind(deployment.id);
    let order = "coalesce(flow_run.start_time, flow_run.expected_start_time) DESC, flow_run.id DESC";
    let last_runs = flow_runs::where_(tx, begun, order, LAST, now).await?;
    let pool = match &deployment.work_pool_name {
        Some(pool) => work_pools::by_name(tx, pool).await?,
        None => None,
    };
    let pool = rows::of_work_pools(tx, pool.into_iter().collect(), policy, now).await?.pop();
    let job = pool
        .as_ref()
        .map(|row| preview(&row.work_pool.base_job_template, &row.work_pool, Some((&deployment, &flow_name))).into());
    Ok(Some(DeploymentPage {
        job,
        schedule_words: rows::in_words(&deployment),
        flow_name,
        upcoming,
        last_runs,
        online_workers: pool.as_ref().map_or(0, |row| row.online_workers),
        work_pool: pool.map(|row| row.work_pool),
        deployment,
        now,
    }))
}
