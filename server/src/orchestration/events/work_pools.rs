//! `prefect.work-pool.…`: made, edited, deleted, and whether a worker lives.

use domain::events::{Event, NAME, ROLE, Resource};
use domain::work_pools::{WorkPool, WorkPoolStatus};
use domain::{EventId, Timestamp, WorkPoolId};
use serde_json::{Value, json};
use store::{Result, Tx, events};

use super::super::after_commit::AfterCommit;
use super::updates::updates;
use super::{Deed, emit, own};

/// A status follows upon another one, as events, within so many seconds.
const TIGHT_SECONDS: f64 = 600.0;

/// The pool among what is related to something else.
pub fn related(id: WorkPoolId, name: &str, kind: &str) -> Resource {
    described(id, name, kind).with(ROLE, "work-pool")
}

fn described(id: WorkPoolId, name: &str, kind: &str) -> Resource {
    Resource::of("work-pool", id).with(NAME, name).with("prefect.work-pool.type", kind)
}

/// Tells that the pool was made or is being deleted. The caller commits, then tells what is in `after`.
pub async fn tell(tx: &mut Tx, deed: Deed, pool: &WorkPool, now: Timestamp, after: &mut AfterCommit) -> Result<()> {
    let queue = pool.default_queue_id.map(|id| Resource::of("work-queue", id).with(ROLE, "default-queue"));
    let storage = pool.storage_configuration.default_result_storage_block_id;
    let storage = storage.map(|id| Resource::of("block-document", id).with(ROLE, "result-storage"));
    let event = about(deed.word(), pool, now).involving(queue.into_iter().chain(storage));
    emit(tx, event, now, after).await
}

/// Tells what an edit changed, if it changed anything but the status, which is told apart.
pub async fn updated(
    tx: &mut Tx,
    before: &WorkPool,
    is_now: &WorkPool,
    now: Timestamp,
    after: &mut AfterCommit,
) -> Result<()> {
    let Some(payload) = updates(&facts(before), &facts(is_now)) else { return Ok(()) };
    emit(tx, about(Deed::Updated.word(), is_now, now).saying(payload), now, after).await
}

/// Tells the pool's status, as `prefect.work-pool.ready`, `….not-ready` or `….paused`. It follows upon the
/// last one, unless that is long ago or came with the pool itself.
pub async fn status(tx: &mut Tx, pool: &WorkPool, now: Timestamp, after: &mut AfterCommit) -> Result<()> {
    let Some(status) = pool.status else { return Ok(()) };
    let resource = described(pool.id, &pool.name, &pool.kind);
    let follows = last_status(tx, &resource, pool.created, now).await?;
    let event = Event { follows, ..own(name(status.in_kebab_case()), resource, now) };
    emit(tx, event, now, after).await
}

async fn last_status(
    tx: &mut Tx,
    pool: &Resource,
    created: Option<Timestamp>,
    now: Timestamp,
) -> Result<Option<EventId>> {
    let recent = now.plus_seconds(-TIGHT_SECONDS);
    let since = created.map_or(recent, |created| created.max(recent));
    let names = [WorkPoolStatus::Ready, WorkPoolStatus::NotReady, WorkPoolStatus::Paused];
    let names = names.map(|status| name(status.in_kebab_case()));
    events::last_about(tx, pool.id(), &names, since).await
}

fn name(what: &str) -> String {
    format!("prefect.work-pool.{what}")
}

fn about(what: &str, pool: &WorkPool, now: Timestamp) -> Event {
    own(name(what), related(pool.id, &pool.name, &pool.kind), now)
}

fn facts(pool: &WorkPool) -> Value {
    json!({
        "description": pool.description,
        "base_job_template": pool.base_job_template,
        "concurrency_limit": pool.concurrency_limit,
        "storage_configuration": pool.storage_configuration,
    })
}
