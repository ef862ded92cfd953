//! Which runs may be taken now: due, within the limits of pool and queue, urgent queues first.

use std::collections::HashMap;

use domain::filter::{Filters, OptionalIdOps, Page, StateOps, StateTypeOps, TagOps, TimeOps};
use domain::flow_runs::{FlowRun, FlowRunFilter, FlowRunSort, WorkerFlowRun};
use domain::state::StateType;
use domain::work_pools::{QueueFilter, WorkPool, WorkQueue};
use domain::{FlowRunId, Timestamp, WorkQueueId};
use store::{Tx, flow_runs, work_queues};

use super::refusal::{Decided, Refusal};

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    /// Names of queues; none means all of the pool.
    pub queues: &'a [String],
    pub before: Option<Timestamp>,
    pub after: Option<Timestamp>,
    pub limit: i64,
}

/// What is there.
pub struct Due {
    /// The queues that were asked, paused ones, too.
    pub queues: Vec<WorkQueue>,
    /// In the order in which they should start.
    pub runs: Vec<WorkerFlowRun>,
    /// Queues that may have more than they gave, and why.
    pub held: Vec<(WorkQueueId, String)>,
}

/// Runs of the pool that a worker may take.
pub async fn due_of_pool(tx: &mut Tx, pool: &WorkPool, ask: &Ask<'_>, now: Timestamp) -> Decided<Due> {
    let queues = asked_queues(tx, pool, ask).await?;
    let mut left = ask.limit.min(free(pool.concurrency_limit, pool.active_slots));
    if pool.is_paused {
        left = 0;
    }
    let mut chosen: Vec<(WorkQueueId, FlowRunId)> = Vec::new();
    let limited = queues.iter().filter(|queue| queue.concurrency_limit.is_some());
    let under_way = work_queues::under_way(tx, &limited.map(|queue| queue.id).collect::<Vec<_>>()).await?;
    let mut held = Vec::new();
    for queue in &queues {
        let own = free(queue.concurrency_limit, under_way.get(&queue.id).copied());
        let most = if queue.is_paused { 0 } else { left.min(own) };
        if most <= 0 {
            held.extend(why_held(pool, queue, own).map(|words| (queue.id, words)));
            continue;
        }
        let ids = work_queues::due_runs(tx, queue.id, ask.before, ask.after, most).await?;
        left -= ids.len() as i64;
        chosen.extend(ids.into_iter().map(|id| (queue.id, id)));
    }
    let runs = in_order(tx, &chosen.iter().map(|(_, id)| *id).collect::<Vec<_>>(), now).await?;
    let queue_of: HashMap<FlowRunId, WorkQueueId> = chosen.into_iter().map(|(queue, id)| (id, queue)).collect();
    let runs = runs.into_iter().filter_map(|flow_run| {
        let work_queue_id = *queue_of.get(&flow_run.id)?;
        Some(WorkerFlowRun { work_pool_id: pool.id, work_queue_id, flow_run })
    });
    Ok(Due { runs: runs.collect(), queues, held })
}

/// Why a queue that is asked gives nothing; nothing is said when the asker wanted no more.
fn why_held(pool: &WorkPool, queue: &WorkQueue, own: i64) -> Option<String> {
    let reason = match (pool, queue) {
        (WorkPool { is_paused: true, name, .. }, _) => format!("the pool {name} is paused"),
        (_, WorkQueue { is_paused: true, name, .. }) => format!("its queue {name} is paused"),
        (WorkPool { concurrency_limit: Some(limit), name, .. }, _) if free(Some(*limit), pool.active_slots) <= 0 => {
            format!("all {limit} slots of the pool {name} are taken")
        }
        (_, WorkQueue { concurrency_limit: Some(limit), name, .. }) if own <= 0 => {
            format!("all {limit} slots of the queue {name} are taken")
        }
        _ => return None,
    };
    Some(format!("A worker asked for work, and this run was held back: {reason}."))
}

/// Runs of one queue that an agent may take.
pub async fn due_of_queue(tx: &mut Tx, queue: &WorkQueue, ask: &Ask<'_>, now: Timestamp) -> Decided<Vec<FlowRun>> {
    if let Some(filter) = &queue.filter {
        return due_by_filter(tx, queue, filter, ask, now).await;
    }
    let most = ask.limit.min(free(queue.concurrency_limit, queue.active_slots));
    if queue.is_paused || most <= 0 {
        return Ok(Vec::new());
    }
    let ids = work_queues::due_runs(tx, queue.id, ask.before, ask.after, most).await?;
    in_order(tx, &ids, now).await
}

/// Runs that an agent's queue of old picks by tags and deployments, whatever queue they are in.
async fn due_by_filter(
    tx: &mut Tx,
    queue: &WorkQueue,
    filter: &QueueFilter,
    ask: &Ask<'_>,
    now: Timestamp,
) -> Decided<Vec<FlowRun>> {
    let among = |types: &[StateType]| {
        let types = StateTypeOps { any_: Some(types.to_vec()), ..StateTypeOps::default() };
        FlowRunFilter {
            tags: filter.tags.clone().map(|tags| TagOps { all_: Some(tags), ..TagOps::default() }),
            deployment_id: Some(OptionalIdOps {
                any_: filter.deployment_ids.clone(),
                is_null_: Some(false),
                ..OptionalIdOps::default()
            }),
            state: Some(StateOps { kind: Some(types), ..StateOps::default() }),
            ..FlowRunFilter::default()
        }
    };
    let only = |flow_runs: FlowRunFilter| Filters { flow_runs: Some(flow_runs), ..Filters::default() };
    let active = match queue.concurrency_limit {
        Some(_) => Some(flow_runs::count(tx, &only(among(&[StateType::Pending, StateType::Running]))).await?),
        None => None,
    };
    let most = ask.limit.min(free(queue.concurrency_limit, active));
    if queue.is_paused || most <= 0 {
        return Ok(Vec::new());
    }
    let mut due = among(&[StateType::Scheduled]);
    due.next_scheduled_start_time = Some(TimeOps { before_: ask.before, ..TimeOps::default() });
    let page = Page { filters: only(due), sort: Some(FlowRunSort::NextScheduledStartTimeAsc), ..Page::default() };
    Ok(flow_runs::filter(tx, &page, most, 0, now).await?)
}

async fn asked_queues(tx: &mut Tx, pool: &WorkPool, ask: &Ask<'_>) -> Decided<Vec<WorkQueue>> {
    let all = work_queues::of_pool(tx, pool.id, None, i64::from(i32::MAX), 0).await?;
    if let Some(unknown) = ask.queues.iter().find(|name| !all.iter().any(|queue| queue.name == **name)) {
        return Err(Refusal::no_work_queue(&pool.name, unknown));
    }
    Ok(all.into_iter().filter(|queue| ask.queues.is_empty() || ask.queues.contains(&queue.name)).collect())
}

/// Slots that are left; without a limit there is no end of them.
fn free(limit: Option<i64>, active: Option<i64>) -> i64 {
    limit.map_or(i64::MAX, |limit| (limit - active.unwrap_or(0)).max(0))
}

async fn in_order(tx: &mut Tx, ids: &[FlowRunId], now: Timestamp) -> Decided<Vec<FlowRun>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut runs = flow_runs::by_ids(tx, ids, now).await?;
    runs.sort_by_key(|run| ids.iter().position(|id| *id == run.id));
    Ok(runs)
}
