//! `prefect.work-queue.…`: made, edited, deleted, and whether somebody asks it for work.

use domain::events::{Event, NAME, ROLE, Resource};
use domain::work_pools::WorkQueue;
use domain::{Timestamp, WorkQueueId};
use serde_json::{Value, json};
use store::work_queues::{Surroundings, surroundings};
use store::{Result, Tx};

use super::super::after_commit::AfterCommit;
use super::updates::updates;
use super::{own, take, work_pools};

/// Tells `prefect.work-queue.<what>` of each of these queues that exists, e.g. `created` or `not-ready`. Of
/// those that are to be deleted it is told before. The caller commits, then tells what is in `after`.
pub async fn tell(tx: &mut Tx, what: &str, ids: &[WorkQueueId], now: Timestamp, after: &mut AfterCommit) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    let events = surroundings(tx, ids).await?.iter().map(|around| event(what, around, now)).collect();
    take(tx, events, now, after).await
}

/// Tells what an edit changed, and the status if that is another one now.
pub async fn updated(
    tx: &mut Tx,
    before: &WorkQueue,
    is_now: &WorkQueue,
    now: Timestamp,
    after: &mut AfterCommit,
) -> Result<()> {
    let payload = updates(&facts(before), &facts(is_now));
    let status = is_now.status.filter(|_| is_now.status != before.status);
    if payload.is_none() && status.is_none() {
        return Ok(());
    }
    let mut events = Vec::new();
    for around in surroundings(tx, &[is_now.id]).await? {
        events.extend(payload.clone().map(|payload| event("updated", &around, now).saying(payload)));
        events.extend(status.map(|status| event(status.in_kebab_case(), &around, now)));
    }
    take(tx, events, now, after).await
}

fn event(what: &str, around: &Surroundings, now: Timestamp) -> Event {
    let resource = Resource::of("work-queue", around.id).with(NAME, &around.name).with(ROLE, "work-queue");
    let pool = work_pools::related(around.work_pool_id, &around.work_pool_name, &around.work_pool_type);
    own(format!("prefect.work-queue.{what}"), resource, now).involving([pool])
}

fn facts(queue: &WorkQueue) -> Value {
    json!({
        "name": queue.name,
        "description": queue.description,
        "concurrency_limit": queue.concurrency_limit,
        "priority": queue.priority,
    })
}
