//! `/api/work_pools/{name}/queues`.

use domain::live::Changed;
use domain::work_pools::{WorkQueue, WorkQueueCreate, WorkQueueFilter, WorkQueueUpdate};
use store::work_queues;

use super::*;
use crate::api::error::ApiError;
use crate::orchestration::work_queues as decide;

#[derive(Deserialize, Default, JsonSchema)]
#[schemars(inline)]
#[serde(default)]
pub struct Which {
    work_queues: Option<WorkQueueFilter>,
    limit: Option<i64>,
    #[serde(deserialize_with = "domain::bounds::at_least::<0, _>")]
    offset: Option<i64>,
}

pub async fn create(
    State(app): State<AppState>,
    caller: Caller,
    Path(pool): Path<String>,
    Body(new): Body<WorkQueueCreate>,
) -> Result {
    check(caller, &new)?;
    let mut tx = app.store.write().await?;
    let pool = existing(&mut tx, &pool).await?;
    let mut after = AfterCommit::default();
    let created = decide::create(&mut tx, &pool, new, app.clock.now(), &mut after).await;
    let queue = created.map_err(|refusal| match refusal {
        // Both servers print this text as it stands here, braces included.
        Refusal::Conflict(_) => {
            ApiError::conflict("A work queue with this name already exists in work pool {work_pool_name!r}.")
        }
        other => other.into(),
    })?;
    tx.commit().await?;
    after.changed(Changed::WorkPool, pool.id);
    after.tell(&app.live);
    Ok(caller.answer(StatusCode::CREATED, &queue))
}

/// What every new queue must fulfil.
pub fn check(caller: Caller, new: &WorkQueueCreate) -> Result<()> {
    if !is_legal_name(&new.name) {
        return Err(names::illegal(caller.major, &new.name, json!(new)));
    }
    checks::at_least(caller.major, "concurrency_limit", new.concurrency_limit, 0, new)?;
    checks::above_zero(caller.major, "priority", new.priority, new)
}

pub async fn filter(
    State(app): State<AppState>,
    caller: Caller,
    Path(pool): Path<String>,
    OptionalBody(which): OptionalBody<Which>,
) -> Result {
    let (limit, offset) = (limit_of(which.limit)?, offset_of(which.offset));
    let mut tx = app.store.read().await?;
    let pool = existing(&mut tx, &pool).await?;
    let found = work_queues::of_pool(&mut tx, pool.id, which.work_queues.as_ref(), limit, offset).await?;
    Ok(caller.ok(&found))
}

pub async fn read(State(app): State<AppState>, caller: Caller, Path((pool, queue)): Path<(String, String)>) -> Result {
    let mut tx = app.store.read().await?;
    let found = work_queues::by_name(&mut tx, &pool, &queue).await?;
    Ok(caller.ok(&found.ok_or_else(|| Refusal::no_work_queue(&pool, &queue))?))
}

pub async fn update(
    State(app): State<AppState>,
    caller: Caller,
    Path((pool, queue)): Path<(String, String)>,
    Body(update): Body<WorkQueueUpdate>,
) -> Result {
    check_update(caller, &update)?;
    let mut tx = app.store.write().await?;
    let queue = existing_queue(&mut tx, &pool, &queue).await?;
    let mut after = AfterCommit::default();
    let queue = decide::update(&mut tx, queue, update, &app.policy.foreman, app.clock.now(), &mut after).await?;
    tx.commit().await?;
    tell(&app, &queue, after);
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// What every changed queue must fulfil.
pub fn check_update(caller: Caller, update: &WorkQueueUpdate) -> Result<()> {
    if let Patch::Value(name) = &update.name
        && !is_legal_name(name)
    {
        return Err(names::illegal(caller.major, name, json!(update)));
    }
    checks::at_least(caller.major, "concurrency_limit", update.concurrency_limit.clone().value(), 0, update)?;
    checks::above_zero(caller.major, "priority", update.priority.clone().value(), update)
}

pub async fn delete(State(app): State<AppState>, Path((pool, queue)): Path<(String, String)>) -> Result {
    let mut tx = app.store.write().await?;
    let queue = existing_queue(&mut tx, &pool, &queue).await?;
    let mut after = AfterCommit::default();
    decide::delete(&mut tx, &queue, app.clock.now(), &mut after).await?;
    tx.commit().await?;
    app.polls.forget(queue.id);
    tell(&app, &queue, after);
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// A queue changed: its pool's page and its pool's workers want to know.
pub fn tell(app: &AppState, queue: &WorkQueue, mut after: AfterCommit) {
    queue.work_pool_id.into_iter().for_each(|pool| after.work_pool(pool));
    after.tell(&app.live);
}

/// The queue that is to be changed; it is told apart whether the pool or the queue is missing.
async fn existing_queue(tx: &mut Tx, pool: &str, queue: &str) -> Result<WorkQueue> {
    match work_queues::by_name(tx, pool, queue).await? {
        Some(queue) => Ok(queue),
        None => {
            existing(tx, pool).await?;
            Err(Refusal::no_work_queue(pool, queue).into())
        }
    }
}
