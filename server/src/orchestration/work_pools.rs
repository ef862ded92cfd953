//! Work pools: made with a default queue, checked before they are stored, ready while a worker lives.

use domain::work_pools::{
    WorkPool, WorkPoolCreate, WorkPoolStatus, WorkPoolUpdate, WorkerFilter, WorkerStatus, WorkerStatusOps,
};
use domain::{Patch, Timestamp, WorkPoolId, WorkQueueId};
use serde_json::{Map, Value};
use store::{Tx, work_pools, workers};

use super::after_commit::AfterCommit;
use super::events::{self, Deed};
use super::job_variables::{self, Stage};
use super::refusal::{Decided, Refusal};
use super::work_queues::{blank, in_order};
use crate::app_state::ForemanPolicy;
use crate::clock::new_id;

/// The pool of deployments that name a queue and no pool, as agents had it.
pub const AGENT_POOL: &str = "default-agent-pool";

/// The type of pools that agents poll; they have no status.
const AGENT: &str = "prefect-agent";

/// The name and the description of the queue that every pool has.
pub const DEFAULT_QUEUE: &str = "default";
const DEFAULT_QUEUE_IS: &str = "The work pool's default queue.";

/// Makes a pool.
pub async fn create(tx: &mut Tx, new: WorkPoolCreate, now: Timestamp, after: &mut AfterCommit) -> Decided<WorkPool> {
    if is_reserved(&new.name) {
        return Err(Refusal::Reserved("Work pools starting with 'Prefect' are reserved for internal use.".to_owned()));
    }
    check_defaults(tx, &new.base_job_template).await?;
    if work_pools::by_name(tx, &new.name).await?.is_some() {
        return Err(name_is_taken());
    }
    insert(tx, new, now, after).await
}

fn name_is_taken() -> Refusal {
    Refusal::Conflict("A work pool with this name already exists.".to_owned())
}

/// Names that begin like the product's belong to the server.
pub fn is_reserved(name: &str) -> bool {
    name.to_lowercase().starts_with("prefect")
}

async fn insert(tx: &mut Tx, new: WorkPoolCreate, now: Timestamp, after: &mut AfterCommit) -> Decided<WorkPool> {
    let status = match (new.kind.as_str(), new.is_paused) {
        (AGENT, _) => None,
        (_, true) => Some(WorkPoolStatus::Paused),
        (_, false) => Some(WorkPoolStatus::NotReady),
    };
    let mut queue = blank(DEFAULT_QUEUE, 1);
    queue.description = Some(DEFAULT_QUEUE_IS.to_owned());
    let pool = WorkPool {
        id: new_id(),
        created: Some(now),
        updated: Some(now),
        name: new.name,
        description: new.description,
        kind: new.kind,
        base_job_template: new.base_job_template,
        is_paused: new.is_paused,
        active_slots: new.concurrency_limit.map(|_| 0),
        concurrency_limit: new.concurrency_limit,
        status,
        default_queue_id: Some(queue.id),
        storage_configuration: new.storage_configuration.unwrap_or_default(),
    };
    // Somebody else may have taken the name since it was looked up.
    work_pools::insert(tx, &pool, now)
        .await
        .map_err(|error| if error.is_conflict() { name_is_taken() } else { error.into() })?;
    store::work_queues::insert(tx, &queue, pool.id, now).await?;
    events::work_queues::tell(tx, "created", &[queue.id], now, after).await?;
    events::work_pools::tell(tx, Deed::Created, &pool, now, after).await?;
    events::work_pools::status(tx, &pool, now, after).await?;
    Ok(pool)
}

/// The pool of queues without a pool; made when it is first needed.
pub async fn agent_pool(tx: &mut Tx, now: Timestamp, after: &mut AfterCommit) -> Decided<WorkPool> {
    if let Some(pool) = work_pools::by_name(tx, AGENT_POOL).await? {
        return Ok(pool);
    }
    let new = WorkPoolCreate {
        name: AGENT_POOL.to_owned(),
        description: None,
        kind: AGENT.to_owned(),
        base_job_template: Map::new(),
        is_paused: false,
        concurrency_limit: None,
        storage_configuration: None,
    };
    insert(tx, new, now, after).await
}

/// The template's own defaults must fit its own schema.
pub async fn check_defaults(tx: &mut Tx, template: &Map<String, Value>) -> Decided<()> {
    let prefix = "Validation failed for work pool's job variable defaults";
    job_variables::check(tx, template, &[], Stage::Template, prefix).await
}

/// Changes a pool.
pub async fn update(
    tx: &mut Tx,
    name: &str,
    update: WorkPoolUpdate,
    foreman: &ForemanPolicy,
    now: Timestamp,
    after: &mut AfterCommit,
) -> Decided<WorkPool> {
    let touches_more = !(update.description.is_absent()
        && update.base_job_template.is_absent()
        && update.storage_configuration.is_absent());
    if is_reserved(name) && touches_more {
        return Err(Refusal::Reserved(
            "Work pools starting with 'Prefect' are reserved for internal use and can only be updated to set \
             concurrency limits or pause."
                .to_owned(),
        ));
    }
    let mut pool = work_pools::by_name(tx, name).await?.ok_or_else(|| Refusal::no_work_pool(name))?;
    let before = pool.clone();
    // Prefect tells the status of a pool that is paused or resumed even where it was so before.
    let tells_status = matches!(update.is_paused, Patch::Value(_)) && pool.kind != AGENT;
    if let (Patch::Value(paused), true) = (&update.is_paused, tells_status) {
        pool.status = Some(match *paused {
            true => WorkPoolStatus::Paused,
            false if has_online_worker(tx, &pool, foreman, now).await? => WorkPoolStatus::Ready,
            false => WorkPoolStatus::NotReady,
        });
    }
    update.description.apply(&mut pool.description);
    update.is_paused.replace(&mut pool.is_paused);
    if !update.base_job_template.is_absent() {
        pool.base_job_template = update.base_job_template.value().unwrap_or_default();
    }
    update.concurrency_limit.apply(&mut pool.concurrency_limit);
    if !update.storage_configuration.is_absent() {
        pool.storage_configuration = update.storage_configuration.value().unwrap_or_default();
    }
    work_pools::save(tx, &pool, now).await?;
    events::work_pools::updated(tx, &before, &pool, now, after).await?;
    if tells_status {
        events::work_pools::status(tx, &pool, now, after).await?;
    }
    Ok(pool)
}

/// Deletes a pool with its queues and workers.
pub async fn delete(tx: &mut Tx, pool: &WorkPool, now: Timestamp, after: &mut AfterCommit) -> Decided<()> {
    let queues: Vec<WorkQueueId> = in_order(tx, pool.id).await?.iter().map(|queue| queue.id).collect();
    events::work_queues::tell(tx, "deleted", &queues, now, after).await?;
    events::work_pools::tell(tx, Deed::Deleted, pool, now, after).await?;
    work_pools::delete(tx, pool.id).await?;
    Ok(())
}

/// The pool has a living worker: it is ready, unless it is paused. Whether it was waiting for one.
pub async fn ready(tx: &mut Tx, id: WorkPoolId, now: Timestamp, after: &mut AfterCommit) -> store::Result<bool> {
    let is_news = work_pools::set_ready(tx, id, now).await?;
    if is_news {
        tell_status(tx, &[id], now, after).await?;
    }
    Ok(is_news)
}

/// Tells the status of pools in which it has just changed.
pub async fn tell_status(
    tx: &mut Tx,
    ids: &[WorkPoolId],
    now: Timestamp,
    after: &mut AfterCommit,
) -> store::Result<()> {
    for id in ids {
        if let Some(pool) = work_pools::by_id(tx, *id).await? {
            events::work_pools::status(tx, &pool, now, after).await?;
        }
    }
    Ok(())
}

async fn has_online_worker(tx: &mut Tx, pool: &WorkPool, foreman: &ForemanPolicy, now: Timestamp) -> Decided<bool> {
    let status = WorkerStatusOps { any_: Some(vec![WorkerStatus::Online]), not_any_: None };
    let online = WorkerFilter { status: Some(status), ..WorkerFilter::default() };
    let query = workers::Query {
        filter: Some(&online),
        beats: foreman.beats(),
        interval: foreman.interval_seconds(),
        limit: 1,
        offset: 0,
    };
    Ok(!workers::of_pool(tx, pool.id, &query, now).await?.is_empty())
}
