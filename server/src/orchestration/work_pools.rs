//! Work pools: made with a default queue, checked before they are stored, ready while a worker lives.

use domain::work_pools::{
    WorkPool, WorkPoolCreate, WorkPoolStatus, WorkPoolUpdate, WorkerFilter, WorkerStatus, WorkerStatusOps,
};
use domain::{Patch, Timestamp};
use serde_json::{Map, Value};
use store::{Tx, work_pools, workers};

use super::job_variables::{self, Stage};
use super::refusal::{Decided, Refusal};
use super::work_queues::blank;
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
pub async fn create(tx: &mut Tx, new: WorkPoolCreate, now: Timestamp) -> Decided<WorkPool> {
    if is_reserved(&new.name) {
        return Err(Refusal::Reserved("Work pools starting with 'Prefect' are reserved for internal use.".to_owned()));
    }
    check_defaults(tx, &new.base_job_template).await?;
    if work_pools::by_name(tx, &new.name).await?.is_some() {
        return Err(name_is_taken());
    }
    insert(tx, new, now).await
}

fn name_is_taken() -> Refusal {
    Refusal::Conflict("A work pool with this name already exists.".to_owned())
}

/// Names that begin like the product's belong to the server.
pub fn is_reserved(name: &str) -> bool {
    name.to_lowercase().starts_with("prefect")
}

async fn insert(tx: &mut Tx, new: WorkPoolCreate, now: Timestamp) -> Decided<WorkPool> {
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
    Ok(pool)
}

/// The pool of queues without a pool; made when it is first needed.
pub async fn agent_pool(tx: &mut Tx, now: Timestamp) -> Decided<WorkPool> {
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
    insert(tx, new, now).await
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
    if let (Patch::Value(paused), true) = (&update.is_paused, pool.kind != AGENT) {
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
    Ok(pool)
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
