//! `/api/work_pools`: pools, and below each its queues and its workers.

mod channel;
mod queues;
mod runs;
mod slots;
mod workers;

use super::docs::Docs;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::{any, get, post};
use domain::flows::is_legal_name;
use domain::job_template::refusal;
use domain::live::Changed;
use domain::work_pools::{WorkPool, WorkPoolCreate, WorkPoolFilter, WorkPoolUpdate};
use domain::{Patch, WorkPoolId};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use store::{Tx, work_pools};

use super::body::{Body, OptionalBody, Parameters};
use super::caller::Caller;
use super::error::Result;
use super::page::{limit_of, offset_of};
use super::{checks, names};
use crate::app_state::AppState;
use crate::clock::new_id;
use crate::orchestration::AfterCommit;
use crate::orchestration::refusal::Refusal;
use crate::orchestration::{template_versions, work_pools as decide};

pub use queues::{check as check_queue, check_update as check_queue_update, tell as tell_of_queue};
pub use slots::{QueueSlots, Which as SlotsWhich, of_queue as slots_of_queue};

/// Routes below `/api/work_pools`.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/", post(create))
        .route("/count", post(count))
        .route("/filter", post(filter))
        .route("/{name}", get(read).patch(update).delete(delete))
        .route("/{name}/concurrency_status", post(slots::of_pool))
        .route("/{name}/get_scheduled_flow_runs", post(runs::get_scheduled))
        .route("/{name}/queues", post(queues::create))
        .route("/{name}/queues/filter", post(queues::filter))
        .route("/{name}/queues/{queue}", get(queues::read).patch(queues::update).delete(queues::delete))
        .route("/{name}/workers/connect", any(channel::open))
        .route("/{name}/workers/heartbeat", post(workers::heartbeat))
        .route("/{name}/workers/filter", post(workers::filter))
        .route("/{name}/workers/{worker}", axum::routing::delete(workers::delete))
}

/// What `/docs` tells of them.
pub fn describe(docs: &mut Docs) {
    use domain::flow_runs::{GetScheduled, WorkerFlowRun};
    use domain::work_pools::{WorkQueue, WorkQueueCreate, WorkQueueUpdate, Worker, WorkerHeartbeat};

    docs.tag("Work pools");
    docs.post("/work_pools/", "Make a pool with a default queue")
        .takes::<WorkPoolCreate>()
        .gives::<WorkPool>(201)
        .refuses(403, "The name is reserved")
        .refuses(409, "The name is taken");
    docs.post("/work_pools/filter", "Pools that fit").may_take::<Which>().gives::<Vec<WorkPool>>(200);
    docs.post("/work_pools/count", "How many pools fit").may_take::<Which>().gives::<i64>(200);
    docs.get("/work_pools/{name}", "A pool").gives::<WorkPool>(200);
    docs.patch("/work_pools/{name}", "Change a pool").takes::<WorkPoolUpdate>().done(204);
    docs.delete("/work_pools/{name}", "Delete a pool with its queues and workers").done(204);
    docs.post("/work_pools/{name}/concurrency_status", "Who holds its slots (Prefect 3)")
        .may_take::<slots::Which>()
        .gives::<slots::PoolSlots>(200);
    docs.post("/work_pools/{name}/get_scheduled_flow_runs", "Due runs; nothing is claimed by asking")
        .may_take::<GetScheduled>()
        .gives::<Vec<WorkerFlowRun>>(200);
    docs.post("/work_pools/{work_pool_name}/queues", "Make a queue")
        .takes::<WorkQueueCreate>()
        .gives::<WorkQueue>(201)
        .refuses(409, "The name is taken");
    docs.post("/work_pools/{work_pool_name}/queues/filter", "Queues that fit, by priority")
        .may_take::<queues::Which>()
        .gives::<Vec<WorkQueue>>(200);
    docs.get("/work_pools/{work_pool_name}/queues/{name}", "A queue").gives::<WorkQueue>(200);
    docs.patch("/work_pools/{work_pool_name}/queues/{name}", "Change a queue").takes::<WorkQueueUpdate>().done(204);
    docs.delete("/work_pools/{work_pool_name}/queues/{name}", "Delete a queue").done(204);
    docs.post("/work_pools/{work_pool_name}/workers/heartbeat", "A worker lives").takes::<WorkerHeartbeat>().done(204);
    docs.post("/work_pools/{work_pool_name}/workers/filter", "Workers that fit")
        .may_take::<workers::Which>()
        .gives::<Vec<Worker>>(200);
    docs.delete("/work_pools/{work_pool_name}/workers/{name}", "Forget a worker").done(204);
}

/// Body of `filter` and `count`.
#[derive(Deserialize, Default, JsonSchema)]
#[schemars(inline)]
#[serde(default)]
struct Which {
    work_pools: Option<WorkPoolFilter>,
    limit: Option<i64>,
    #[serde(deserialize_with = "domain::bounds::at_least::<0, _>")]
    offset: Option<i64>,
}

async fn create(State(app): State<AppState>, caller: Caller, Body(new): Body<WorkPoolCreate>) -> Result {
    if !is_legal_name(&new.name) {
        return Err(names::illegal(caller.major, &new.name, json!(new)));
    }
    checks::at_least(caller.major, "concurrency_limit", new.concurrency_limit, 0, &new)?;
    check_template(caller, &new.base_job_template, &new)?;
    let mut tx = app.store.write().await?;
    let mut after = AfterCommit::default();
    let pool = decide::create(&mut tx, new, app.clock.now(), &mut after).await?;
    tx.commit().await?;
    after.changed(Changed::WorkPool, pool.id);
    after.tell(&app.live);
    Ok(caller.answer(StatusCode::CREATED, &shown(caller, &pool)))
}

fn check_template(caller: Caller, template: &Map<String, Value>, body: &impl serde::Serialize) -> Result<()> {
    let Some(sentence) = refusal(template) else { return Ok(()) };
    let loc = json!(["body", "base_job_template"]);
    Err(checks::refused(caller.major, loc, &sentence, &json!(template), body))
}

async fn read(State(app): State<AppState>, caller: Caller, Path(name): Path<String>) -> Result {
    let pool = existing(&mut app.store.read().await?, &name).await?;
    Ok(caller.ok(&shown(caller, &pool)))
}

async fn filter(State(app): State<AppState>, caller: Caller, OptionalBody(which): OptionalBody<Which>) -> Result {
    let (limit, offset) = (limit_of(which.limit)?, offset_of(which.offset));
    let found = work_pools::filter(&mut app.store.read().await?, which.work_pools.as_ref(), limit, offset).await?;
    Ok(caller.ok(&found.iter().map(|pool| shown(caller, pool)).collect::<Vec<_>>()))
}

async fn count(State(app): State<AppState>, caller: Caller, OptionalBody(which): OptionalBody<Which>) -> Result {
    Ok(caller.ok(&work_pools::count(&mut app.store.read().await?, which.work_pools.as_ref()).await?))
}

pub async fn update(
    State(app): State<AppState>,
    caller: Caller,
    Path(name): Path<String>,
    Body(update): Body<WorkPoolUpdate>,
) -> Result {
    if let Patch::Value(limit) = update.concurrency_limit {
        checks::at_least(caller.major, "concurrency_limit", Some(limit), 0, &update)?;
    }
    if let Patch::Value(template) = &update.base_job_template {
        check_template(caller, template, &update)?;
    }
    let mut tx = app.store.write().await?;
    let mut after = AfterCommit::default();
    let now = app.clock.now();
    let before = match update.base_job_template.is_absent() {
        true => None,
        false => work_pools::by_name(&mut tx, &name).await?.map(|pool| pool.base_job_template),
    };
    let pool = decide::update(&mut tx, &name, update, &app.policy.foreman, now, &mut after).await?;
    if let Some(before) = before {
        let saving = template_versions::Saving { author: &caller.called(), note: "", source: None };
        template_versions::keep(&mut tx, &before, &pool, saving, now).await?;
    }
    tx.commit().await?;
    after.work_pool(pool.id);
    after.tell(&app.live);
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn delete(State(app): State<AppState>, Path(name): Path<String>) -> Result {
    if decide::is_reserved(&name) {
        let text = "Work pools starting with 'Prefect' are reserved for internal use and can not be deleted.";
        return Err(Refusal::Reserved(text.to_owned()).into());
    }
    let mut tx = app.store.write().await?;
    let pool = existing(&mut tx, &name).await?;
    let mut after = AfterCommit::default();
    decide::delete(&mut tx, &pool, app.clock.now(), &mut after).await?;
    tx.commit().await?;
    after.work_pool(pool.id);
    after.tell(&app.live);
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// The pool of that name; 404 if there is none.
async fn existing(tx: &mut Tx, name: &str) -> Result<WorkPool> {
    Ok(work_pools::by_name(tx, name).await?.ok_or_else(|| Refusal::no_work_pool(name))?)
}

/// Writes a heartbeat down; the first one in a pool that waits for a worker makes the pool ready.
async fn beat(app: &AppState, pool: WorkPoolId, worker: &str, interval: Option<i64>) -> store::Result<()> {
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    store::workers::heartbeat(&mut tx, new_id(), pool, worker, interval, now).await?;
    let mut after = AfterCommit::default();
    let is_ready_now = decide::ready(&mut tx, pool, now, &mut after).await?;
    tx.commit().await?;
    after.changed(if is_ready_now { Changed::WorkPool } else { Changed::Worker }, pool);
    after.tell(&app.live);
    Ok(())
}

/// The pool as the caller can read it: clients up to 3.3.7 stumble over a key that is newer than they are.
fn shown(caller: Caller, pool: &WorkPool) -> Value {
    let mut shown = caller.major.scope(|| json!(pool));
    if caller.version.is_some_and(|version| ((3, 0, 0)..=(3, 3, 7)).contains(&version))
        && let Some(Value::Object(storage)) = shown.get_mut("storage_configuration")
    {
        storage.shift_remove("default_result_storage_block_id");
    }
    shown
}
