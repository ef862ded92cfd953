//! `/api/deployments`.

mod bodies;
mod bulk;
mod runs;
mod schedules;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::{get, patch, post};
use domain::deployments::{Deployment, DeploymentCreate, DeploymentSort, DeploymentUpdate};
use domain::filter::{Page, Paginated};
use domain::live::Changed;
use domain::work_pools::WorkQueue;
use domain::{DeploymentId, Major};
use serde_json::{Value, json};
use store::{StoreError, Tx, deployments, work_queues};

pub use bodies::check_create;

use super::body::{Body, Id, OptionalBody, Parameters};
use super::caller::Caller;
use super::docs::Docs;
use super::error::{ApiError, Result};
use super::page::{Deleted, limit_of, number_of, offset_of, pages, rows_before};
use crate::app_state::AppState;
use crate::orchestration::refusal::Refusal;
use crate::orchestration::{AfterCommit, deploy};

/// Routes below `/api/deployments`. The two `set_schedule_…` are Prefect 2's names for pausing.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/", post(create))
        .route("/count", post(count))
        .route("/filter", post(filter))
        .route("/paginate", post(paginate))
        .route("/bulk_delete", post(bulk::delete))
        .route("/get_scheduled_flow_runs", post(runs::get_scheduled))
        .route("/name/{flow}/{name}", get(read_by_name))
        .route("/{id}", get(read).patch(update).delete(delete))
        .route("/{id}/create_flow_run", post(runs::create))
        .route("/{id}/create_flow_run/bulk", post(bulk::create_flow_runs))
        .route("/{id}/schedule", post(runs::schedule))
        .route("/{id}/pause_deployment", post(schedules::pause))
        .route("/{id}/resume_deployment", post(schedules::resume))
        .route("/{id}/set_schedule_inactive", post(schedules::pause_by_its_old_name))
        .route("/{id}/set_schedule_active", post(schedules::resume_by_its_old_name))
        .route("/{id}/schedules", get(schedules::list).post(schedules::create))
        .route("/{id}/schedules/{schedule_id}", patch(schedules::update).delete(schedules::delete))
        .route("/{id}/work_queue_check", get(work_queue_check))
}

/// What `/docs` tells of them.
pub fn describe(docs: &mut Docs) {
    use domain::deployments::{
        DeploymentSchedule, DeploymentScheduleCreate, DeploymentScheduleUpdate, GetScheduledOfDeployments,
    };
    use domain::flow_runs::{DeploymentFlowRunCreate, FlowRun};
    use domain::work_pools::WorkQueue;

    docs.tag("Deployments");
    docs.post("/deployments/", "Make a deployment, or change the one of that name")
        .takes::<DeploymentCreate>()
        .makes::<Deployment>()
        .refuses(409, "The flow does not exist");
    docs.post("/deployments/filter", "Deployments that fit")
        .may_take::<Page<DeploymentSort>>()
        .gives::<Vec<Deployment>>(200);
    docs.post("/deployments/count", "How many deployments fit").may_take::<Page<DeploymentSort>>().gives::<i64>(200);
    docs.post("/deployments/paginate", "A page of the deployments that fit")
        .may_take::<Page<DeploymentSort>>()
        .gives::<Paginated<Deployment>>(200);
    docs.post("/deployments/bulk_delete", "Delete deployments that fit")
        .may_take::<bulk::Which>()
        .gives::<Deleted<DeploymentId>>(200);
    docs.post("/deployments/get_scheduled_flow_runs", "Due runs of these deployments")
        .takes::<GetScheduledOfDeployments>()
        .gives::<Vec<FlowRun>>(200);
    docs.get("/deployments/name/{flow_name}/{deployment_name}", "A deployment by its name").gives::<Deployment>(200);
    docs.get("/deployments/{id}", "A deployment").gives::<Deployment>(200);
    docs.patch("/deployments/{id}", "Change a deployment").takes::<DeploymentUpdate>().done(204);
    docs.delete("/deployments/{id}", "Delete a deployment").done(204);
    docs.post("/deployments/{id}/create_flow_run", "Make a run").takes::<DeploymentFlowRunCreate>().makes::<FlowRun>();
    docs.post("/deployments/{id}/create_flow_run/bulk", "Make many runs")
        .takes::<Vec<DeploymentFlowRunCreate>>()
        .gives::<bulk::Made>(200);
    docs.post("/deployments/{id}/schedule", "Plan runs now")
        .may_take::<runs::Schedule>()
        .gives_any(200, json!({ "type": "null" }));
    docs.post("/deployments/{id}/pause_deployment", "Plan no more runs").gives_any(200, json!({ "type": "null" }));
    docs.post("/deployments/{id}/resume_deployment", "Plan runs again").gives_any(200, json!({ "type": "null" }));
    docs.post("/deployments/{id}/set_schedule_inactive", "Plan no more runs (Prefect 2)")
        .gives_any(200, json!({ "type": "null" }));
    docs.post("/deployments/{id}/set_schedule_active", "Plan runs again (Prefect 2)")
        .gives_any(200, json!({ "type": "null" }));
    docs.get("/deployments/{id}/schedules", "Its schedules").gives::<Vec<DeploymentSchedule>>(200);
    docs.post("/deployments/{id}/schedules", "Add schedules")
        .takes::<Vec<DeploymentScheduleCreate>>()
        .gives::<Vec<DeploymentSchedule>>(201);
    docs.patch("/deployments/{id}/schedules/{schedule_id}", "Change a schedule")
        .takes::<DeploymentScheduleUpdate>()
        .done(204);
    docs.delete("/deployments/{id}/schedules/{schedule_id}", "Delete a schedule").done(204);
    docs.get("/deployments/{id}/work_queue_check", "Queues that hand out its runs").gives::<Vec<WorkQueue>>(200);
}

async fn create(State(app): State<AppState>, caller: Caller, Body(new): Body<DeploymentCreate>) -> Result {
    bodies::check_create(caller.major, &new)?;
    let (deployment, is_new) = match deploy_once(&app, caller, new.clone()).await {
        // Somebody has just made what was missing a moment ago: now it is there.
        Err(Refusal::Store(StoreError::Conflict(_))) => deploy_once(&app, caller, new).await?,
        other => other?,
    };
    Ok(caller.created(&deployment, is_new))
}

async fn deploy_once(
    app: &AppState,
    caller: Caller,
    new: DeploymentCreate,
) -> std::result::Result<(Deployment, bool), Refusal> {
    let mut tx = app.store.write().await?;
    let mut after = AfterCommit::default();
    let deployed = deploy::deploy(&mut tx, &caller.asks(app), new, &mut after).await?;
    tx.commit().await?;
    after.deployment(deployed.0.id);
    after.tell(&app.live);
    Ok(deployed)
}

/// The deployment or its schedules changed and are committed.
fn changed(app: &AppState, id: DeploymentId) {
    app.live.changed(Changed::Deployment, id);
    app.live.wake_scheduler();
}

async fn read(State(app): State<AppState>, caller: Caller, Id(id): Id<DeploymentId>) -> Result {
    Ok(caller.ok(&existing(&mut app.store.read().await?, id).await?))
}

async fn read_by_name(
    State(app): State<AppState>,
    caller: Caller,
    Path((flow, name)): Path<(String, String)>,
) -> Result {
    let deployment = deployments::by_name(&mut app.store.read().await?, &flow, &name).await?;
    deployment.map(|deployment| caller.ok(&deployment)).ok_or_else(not_found)
}

type Asked = OptionalBody<Page<DeploymentSort>>;

async fn filter(State(app): State<AppState>, caller: Caller, OptionalBody(page): Asked) -> Result {
    let (limit, offset) = (limit_of(page.limit)?, offset_of(page.offset));
    Ok(caller.ok(&deployments::filter(&mut app.store.read().await?, &page, limit, offset).await?))
}

async fn count(State(app): State<AppState>, caller: Caller, OptionalBody(page): Asked) -> Result {
    Ok(caller.ok(&deployments::count(&mut app.store.read().await?, &page.filters).await?))
}

async fn paginate(State(app): State<AppState>, caller: Caller, OptionalBody(page): Asked) -> Result {
    let (limit, number) = (limit_of(page.limit)?, number_of(page.page));
    let mut tx = app.store.read().await?;
    let count = deployments::count(&mut tx, &page.filters).await?;
    let results = deployments::filter(&mut tx, &page, limit, rows_before(number, limit)).await?;
    Ok(caller.ok(&Paginated { results, count, limit, pages: pages(count, limit), page: number }))
}

async fn update(
    State(app): State<AppState>,
    caller: Caller,
    Id(id): Id<DeploymentId>,
    Body(update): Body<DeploymentUpdate>,
) -> Result {
    bodies::check_update(caller.major, &update)?;
    let mut tx = app.store.write().await?;
    let mut after = AfterCommit::default();
    deploy::update(&mut tx, &caller.asks(&app), id, update, &mut after).await?;
    tx.commit().await?;
    after.deployment(id);
    after.tell(&app.live);
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn delete(State(app): State<AppState>, Id(id): Id<DeploymentId>) -> Result {
    if delete_all(&app, &[id]).await?.is_empty() {
        return Err(not_found());
    }
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Deletes deployments with what they have planned and the limits they hold to; which existed.
async fn delete_all(app: &AppState, ids: &[DeploymentId]) -> Result<Vec<DeploymentId>> {
    let mut tx = app.store.write().await?;
    let mut after = AfterCommit::default();
    let deleted = deploy::delete(&mut tx, ids, app.clock.now(), &mut after).await?;
    tx.commit().await?;
    after.tell(&app.live);
    Ok(deleted)
}

/// Queues that could take the deployment's runs: all but those whose filter, from the time of agents, speaks
/// of other tags or deployments.
async fn work_queue_check(State(app): State<AppState>, caller: Caller, Id(id): Id<DeploymentId>) -> Result {
    let mut tx = app.store.read().await?;
    let deployment = existing(&mut tx, id).await?;
    let mut queues = work_queues::filter(&mut tx, None, i64::from(i32::MAX), 0).await?;
    queues.retain(|queue| takes(queue, &deployment));
    queues.sort_by_key(|queue| (queue.created, queue.id));
    let shown: Vec<Value> = caller.major.scope(|| queues.iter().map(bare).collect());
    Ok(caller.ok(&shown))
}

/// Whether the queue's filter lets the deployment pass: it has all of its tags, and is one of its deployments.
fn takes(queue: &WorkQueue, deployment: &Deployment) -> bool {
    let filter = queue.filter.clone().unwrap_or_default();
    let ids = filter.deployment_ids.unwrap_or_default();
    let is_one = ids.is_empty() || ids.contains(&deployment.id);
    is_one && filter.tags.unwrap_or_default().iter().all(|tag| deployment.tags.contains(tag))
}

/// The queue without what is computed for it.
fn bare(queue: &WorkQueue) -> Value {
    let mut shown = json!(queue);
    if let Value::Object(members) = &mut shown {
        for computed in ["work_pool_name", "status", "active_slots"] {
            members.shift_remove(computed);
        }
    }
    shown
}

async fn existing(tx: &mut Tx, id: DeploymentId) -> Result<Deployment> {
    deployments::by_id(tx, id).await?.ok_or_else(not_found)
}

fn not_found() -> ApiError {
    ApiError::not_found("Deployment not found")
}

/// Routes that Prefect 3 does not have are unknown to its clients.
fn only_v2(caller: Caller) -> Result<()> {
    if caller.major == Major::V2 { Ok(()) } else { Err(ApiError::not_found("Not Found")) }
}
