//! Who holds the slots of a pool or of a queue (Prefect 3).

use domain::flow_runs::FlowRun;
use domain::state::StateType;
use domain::{FlowRunId, Timestamp, WorkQueueId};
use serde::Serialize;
use store::{flow_runs, work_queues};

use super::*;
use crate::api::body::Id;
use crate::api::error::ApiError;
use crate::api::page::{number_of, pages, rows_before};

#[derive(Deserialize, Default, JsonSchema)]
#[schemars(inline)]
#[serde(default)]
pub struct Which {
    #[serde(deserialize_with = "domain::bounds::at_least::<1, _>")]
    page: Option<i64>,
    limit: Option<i64>,
    flow_run_limit: Option<i64>,
}

/// A pool's slots, by a page of its queues.
#[derive(Serialize, JsonSchema)]
#[schemars(inline)]
pub struct PoolSlots {
    active_slots: usize,
    concurrency_limit: Option<i64>,
    queues: Vec<SlotsOfQueue>,
    count: i64,
    limit: i64,
    pages: i64,
    page: i64,
}

#[derive(Serialize, JsonSchema)]
#[schemars(inline)]
struct SlotsOfQueue {
    queue_id: WorkQueueId,
    queue_name: String,
    active_slots: usize,
    concurrency_limit: Option<i64>,
    flow_runs: Vec<Holder>,
    flow_run_count: usize,
}

/// A queue's slots, by a page of the runs that hold them.
#[derive(Serialize, JsonSchema)]
#[schemars(inline)]
pub struct QueueSlots {
    active_slots: i64,
    concurrency_limit: Option<i64>,
    flow_runs: Vec<Holder>,
    count: i64,
    limit: i64,
    pages: i64,
    page: i64,
}

/// A run that holds a slot.
#[derive(Serialize, JsonSchema)]
#[schemars(inline)]
struct Holder {
    id: FlowRunId,
    name: String,
    state_type: Option<StateType>,
    state_name: Option<String>,
    start_time: Option<Timestamp>,
    state_timestamp: Option<Timestamp>,
    /// Seconds.
    time_in_current_state: Option<f64>,
}

/// Most holders of one pool that are told apart.
const HOLDERS: i64 = 2000;

pub async fn of_pool(
    State(app): State<AppState>,
    caller: Caller,
    Path(pool): Path<String>,
    OptionalBody(which): OptionalBody<Which>,
) -> Result {
    let (limit, page) = (limit_of(which.limit)?, number_of(which.page));
    let shown = usize::try_from(which.flow_run_limit.unwrap_or(10)).unwrap_or_default();
    let now = app.clock.now();
    let mut tx = app.store.read().await?;
    let missing = || ApiError::not_found(format!("Work pool '{pool}' not found."));
    let pool = work_pools::by_name(&mut tx, &pool).await?.ok_or_else(missing)?;
    let queues = work_queues::of_pool(&mut tx, pool.id, None, limit, rows_before(page, limit)).await?;
    let count = work_queues::count_of_pool(&mut tx, pool.id).await?;
    let holding = store::sql("work_pool.id = ? AND flow_run.state_type IN ('PENDING', 'RUNNING')").bind(pool.id);
    let holders = flow_runs::where_(&mut tx, holding, "flow_run.state_timestamp", HOLDERS, now).await?;
    let of = |queue: WorkQueueId| holders.iter().filter(move |run| run.work_queue_id == Some(queue));
    let detail = |queue: &domain::work_pools::WorkQueue| {
        let active = of(queue.id).count();
        SlotsOfQueue {
            queue_id: queue.id,
            queue_name: queue.name.clone(),
            active_slots: active,
            concurrency_limit: queue.concurrency_limit,
            flow_runs: of(queue.id).take(shown).map(|run| summary(run, now)).collect(),
            flow_run_count: active,
        }
    };
    Ok(caller.ok(&PoolSlots {
        active_slots: holders.len(),
        concurrency_limit: pool.concurrency_limit,
        queues: queues.iter().map(detail).collect(),
        count,
        limit,
        pages: pages(count, limit),
        page,
    }))
}

pub async fn of_queue(
    State(app): State<AppState>,
    caller: Caller,
    Id(id): Id<WorkQueueId>,
    OptionalBody(which): OptionalBody<Which>,
) -> Result {
    let (limit, page) = (limit_of(which.limit)?, number_of(which.page));
    let now = app.clock.now();
    let mut tx = app.store.read().await?;
    let queue = work_queues::by_id(&mut tx, id).await?.ok_or_else(|| ApiError::not_found("Work queue not found."))?;
    let holding = store::sql(
        "flow_run.work_queue_id = ?
                              AND flow_run.state_type IN ('PENDING', 'RUNNING', 'CANCELLING')",
    )
    .bind(id);
    let holders = flow_runs::where_(&mut tx, holding, "flow_run.state_timestamp", HOLDERS, now).await?;
    let count = holders.len() as i64;
    let on_page = holders.iter().skip((rows_before(page, limit)) as usize).take(limit as usize);
    Ok(caller.ok(&QueueSlots {
        active_slots: count,
        concurrency_limit: queue.concurrency_limit,
        flow_runs: on_page.map(|run| summary(run, now)).collect(),
        count,
        limit,
        pages: pages(count, limit),
        page,
    }))
}

fn summary(run: &FlowRun, now: Timestamp) -> Holder {
    let since = run.state.as_ref().map(|state| state.timestamp);
    Holder {
        id: run.id,
        name: run.name.clone(),
        state_type: run.state_type,
        state_name: run.state_name.clone(),
        start_time: run.start_time,
        state_timestamp: since,
        time_in_current_state: since.map(|since| now.seconds_since(since)),
    }
}
