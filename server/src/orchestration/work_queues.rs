//! Queues of work pools: found or made by name, and kept in an order without ties.

use domain::work_pools::{WorkPool, WorkPoolStatus, WorkQueue, WorkQueueCreate, WorkQueueUpdate};
use domain::{Patch, Timestamp, WorkPoolId, WorkQueueId};
use store::{Tx, work_pools, work_queues};

use super::after_commit::AfterCommit;
use super::events;
use super::refusal::{Decided, Refusal};
use super::work_pools::{DEFAULT_QUEUE, agent_pool};
use crate::app_state::ForemanPolicy;
use crate::clock::new_id;

/// All queues of a pool; nobody has more.
const ALL: i64 = 10_000;

/// A queue with an id of its own that nobody has asked yet.
pub fn blank(name: &str, priority: i64) -> WorkQueue {
    WorkQueue {
        id: new_id(),
        created: None,
        updated: None,
        name: name.to_owned(),
        description: Some(String::new()),
        is_paused: false,
        concurrency_limit: None,
        priority,
        work_pool_id: None,
        filter: None,
        last_polled: None,
        work_pool_name: None,
        status: Some(WorkPoolStatus::NotReady),
        active_slots: None,
    }
}

/// Makes a queue in the pool. Without a priority it gets the first place that is free.
pub async fn create(
    tx: &mut Tx,
    pool: &WorkPool,
    new: WorkQueueCreate,
    now: Timestamp,
    after: &mut AfterCommit,
) -> Decided<WorkQueue> {
    if work_queues::by_name(tx, &pool.name, &new.name).await?.is_some() {
        return Err(Refusal::Conflict("A work queue with this name already exists.".to_owned()));
    }
    tx.lock_row("work_pool", pool.id).await?;
    let taken: Vec<i64> = in_order(tx, pool.id).await?.iter().map(|queue| queue.priority).collect();
    let priority = new.priority.unwrap_or_else(|| first_free(&taken));
    let mut queue = blank(&new.name, priority);
    queue.description = Some(new.description.unwrap_or_default());
    queue.is_paused = new.is_paused;
    queue.concurrency_limit = new.concurrency_limit;
    queue.filter = new.filter;
    work_queues::insert(tx, &queue, pool.id, now).await?;
    if new.priority.is_some() {
        place(tx, pool.id, Some((queue.id, priority)), now).await?;
    }
    events::work_queues::tell(tx, "created", &[queue.id], now, after).await?;
    queue.created = Some(now);
    queue.updated = Some(now);
    queue.work_pool_id = Some(pool.id);
    queue.work_pool_name = Some(pool.name.clone());
    queue.active_slots = queue.concurrency_limit.map(|_| 0);
    Ok(queue)
}

fn first_free(taken: &[i64]) -> i64 {
    let gap = taken.iter().zip(1..).find(|(priority, place)| *priority != place);
    gap.map_or_else(|| taken.iter().max().unwrap_or(&0) + 1, |(_, place)| place)
}

/// All queues of the pool, most urgent first.
pub async fn in_order(tx: &mut Tx, pool: WorkPoolId) -> Decided<Vec<WorkQueue>> {
    Ok(work_queues::of_pool(tx, pool, None, ALL, 0).await?)
}

/// The queue of that name in that pool; made if the pool has none.
pub async fn find_or_create(
    tx: &mut Tx,
    pool: &WorkPool,
    name: &str,
    now: Timestamp,
    after: &mut AfterCommit,
) -> Decided<WorkQueue> {
    match work_queues::by_name(tx, &pool.name, name).await? {
        Some(queue) => Ok(queue),
        None => create(tx, pool, named(name, None), now, after).await,
    }
}

/// The queue that a deployment or a run names without naming a pool: one of the agents' pool, both made if
/// need be.
pub async fn find_or_create_for_agents(
    tx: &mut Tx,
    name: &str,
    now: Timestamp,
    after: &mut AfterCommit,
) -> Decided<WorkQueue> {
    if let Some(queue) = for_agents(tx, name).await? {
        return Ok(queue);
    }
    let pool = agent_pool(tx, now, after).await?;
    match work_queues::by_name(tx, &pool.name, name).await? {
        Some(queue) => Ok(queue),
        None => create(tx, &pool, named(name, Some(1)), now, after).await,
    }
}

/// The queue that is meant where only its name is given: that of the agents' pool, where there is such a
/// pool, else any.
pub async fn for_agents(tx: &mut Tx, name: &str) -> Decided<Option<WorkQueue>> {
    match work_pools::by_name(tx, super::work_pools::AGENT_POOL).await? {
        Some(pool) => Ok(work_queues::by_name(tx, &pool.name, name).await?),
        None => Ok(work_queues::named(tx, name).await?.into_iter().next()),
    }
}

/// The queue to use for a pool and, maybe, a queue's name: without one the pool's default. `create` makes
/// what is missing.
pub async fn choose(
    tx: &mut Tx,
    pool: &str,
    queue: Option<&str>,
    create: bool,
    now: Timestamp,
    after: &mut AfterCommit,
) -> Decided<WorkQueueId> {
    let found = work_pools::by_name(tx, pool).await?.ok_or_else(|| Refusal::no_work_pool(pool))?;
    let Some(name) = queue.filter(|name| !name.is_empty()) else {
        return found.default_queue_id.ok_or_else(|| Refusal::no_work_queue(pool, DEFAULT_QUEUE));
    };
    if create {
        return Ok(find_or_create(tx, &found, name, now, after).await?.id);
    }
    let queue = work_queues::by_name(tx, pool, name).await?;
    queue.map(|queue| queue.id).ok_or_else(|| Refusal::no_work_queue(pool, name))
}

fn named(name: &str, priority: Option<i64>) -> WorkQueueCreate {
    WorkQueueCreate {
        name: name.to_owned(),
        description: None,
        is_paused: false,
        concurrency_limit: None,
        priority,
        filter: None,
    }
}

/// Changes a queue. Its status follows from whether it is paused and when it was last asked.
pub async fn update(
    tx: &mut Tx,
    mut queue: WorkQueue,
    update: WorkQueueUpdate,
    foreman: &ForemanPolicy,
    now: Timestamp,
    after: &mut AfterCommit,
) -> Decided<WorkQueue> {
    let before = queue.clone();
    update.last_polled.apply(&mut queue.last_polled);
    if let Patch::Value(paused) = update.is_paused {
        let fresh = now.plus_seconds(-foreman.queue_polled_within.as_secs_f64());
        let status = match (paused, queue.status) {
            (true, _) => Some(WorkPoolStatus::Paused),
            (false, Some(WorkPoolStatus::Paused)) if queue.last_polled.is_some_and(|at| at >= fresh) => {
                Some(WorkPoolStatus::Ready)
            }
            (false, Some(WorkPoolStatus::Paused)) => Some(WorkPoolStatus::NotReady),
            (false, status) => status,
        };
        queue.is_paused = paused;
        queue.status = status;
    }
    update.name.replace(&mut queue.name);
    update.description.apply(&mut queue.description);
    update.concurrency_limit.apply(&mut queue.concurrency_limit);
    update.filter.apply(&mut queue.filter);
    work_queues::save(tx, &queue, now).await?;
    if let (Patch::Value(priority), Some(pool)) = (update.priority, queue.work_pool_id) {
        tx.lock_row("work_pool", pool).await?;
        place(tx, pool, Some((queue.id, priority)), now).await?;
        queue.priority = priority;
    }
    events::work_queues::updated(tx, &before, &queue, now, after).await?;
    Ok(queue)
}

/// Deletes a queue. A pool keeps its default queue.
pub async fn delete(tx: &mut Tx, queue: &WorkQueue, now: Timestamp, after: &mut AfterCommit) -> Decided<()> {
    let Some(pool) = queue.work_pool_id else { return Ok(()) };
    let owner = work_pools::by_id(tx, pool).await?;
    if owner.is_some_and(|owner| owner.default_queue_id == Some(queue.id)) {
        return Err(Refusal::Conflict("Can't delete a pool's default queue.".to_owned()));
    }
    tx.lock_row("work_pool", pool).await?;
    events::work_queues::tell(tx, "deleted", &[queue.id], now, after).await?;
    work_queues::delete(tx, queue.id).await?;
    place(tx, pool, None, now).await
}

/// Gives every queue of the pool a place of its own, with as few changes as possible: `wanted` gets the
/// place it asks for, and whoever is in the way moves back.
async fn place(tx: &mut Tx, pool: WorkPoolId, wanted: Option<(WorkQueueId, i64)>, now: Timestamp) -> Decided<()> {
    let before: Vec<(WorkQueueId, i64)> =
        in_order(tx, pool).await?.iter().map(|queue| (queue.id, queue.priority)).collect();
    for (id, priority) in placed(&before, wanted) {
        if !before.contains(&(id, priority)) {
            work_queues::set_priority(tx, id, priority, now).await?;
        }
    }
    Ok(())
}

fn placed<Id: Copy + PartialEq>(before: &[(Id, i64)], wanted: Option<(Id, i64)>) -> Vec<(Id, i64)> {
    let mut order: Vec<(Id, i64)> =
        before.iter().copied().filter(|(id, _)| wanted.is_none_or(|(moved, _)| moved != *id)).collect();
    if let Some((id, priority)) = wanted {
        let at = order.iter().position(|(_, other)| *other >= priority).unwrap_or(order.len());
        order.insert(at, (id, priority));
    }
    let mut last = 0;
    for (_, priority) in &mut order {
        *priority = (*priority).max(last + 1);
        last = *priority;
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_queue_takes_the_first_free_place() {
        for (taken, place) in [(vec![], 1), (vec![1], 2), (vec![1, 3], 2), (vec![2], 1), (vec![1, 2, 3], 4)] {
            assert_eq!(first_free(&taken), place, "{taken:?}");
        }
    }

    #[test]
    fn who_is_in_the_way_moves_back() {
        let queues = [('a', 1), ('b', 2), ('c', 5)];
        assert_eq!(placed(&queues, Some(('n', 1))), [('n', 1), ('a', 2), ('b', 3), ('c', 5)]);
        assert_eq!(placed(&queues, Some(('n', 3))), [('a', 1), ('b', 2), ('n', 3), ('c', 5)]);
        assert_eq!(placed(&queues, Some(('c', 2))), [('a', 1), ('c', 2), ('b', 3)]);
        assert_eq!(placed(&queues, Some(('a', 9))), [('b', 2), ('c', 5), ('a', 9)]);
        assert_eq!(placed(&[('a', 2), ('b', 2)], None), [('a', 2), ('b', 3)]);
    }
}
