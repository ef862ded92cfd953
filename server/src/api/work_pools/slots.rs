//! Who holds the slots of a pool or of a queue (Prefect 3).

use domain::flow_runs::FlowRun;
use domain::{Timestamp, WorkQueueId};
use store::{flow_runs, work_queues};

use super::*;
use crate::api::body::Id;
use crate::api::error::ApiError;
use crate::api::page::{number_of, pages, rows_before};

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Which {
    #[serde(deserialize_with = "domain::bounds::at_least::<1, _>")]
    page: Option<i64>,
    limit: Option<i64>,
    flow_run_limit: Option<i64>,
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
    let queues: Vec<Value> = caller.major.scope(|| {
        let detail = |queue: &domain::work_pools::WorkQueue| {
            let active = of(queue.id).count();
            json!({
                "queue_id": queue.id,
                "queue_name": queue.name,
                "active_slots": active,
                "concurrency_limit": queue.concurrency_limit,
                "flow_runs": of(queue.id).take(shown).map(|run| summary(run, now)).collect::<Vec<_>>(),
                "flow_run_count": active,
            })
        };
        queues.iter().map(detail).collect()
    });
    Ok(caller.ok(&json!({
        "active_slots": holders.len(),
        "concurrency_limit": pool.concurrency_limit,
        "queues": queues,
        "count": count,
        "limit": limit,
        "pages": pages(count, limit),
        "page": page,
    })))
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
    let holding = store::sql("flow_run.work_queue_id = ? AND flow_run.state_type IN ('PENDING', 'RUNNING')").bind(id);
    let holders = flow_runs::where_(&mut tx, holding, "flow_run.state_timestamp", HOLDERS, now).await?;
    let count = holders.len() as i64;
    let on_page = holders.iter().skip((rows_before(page, limit)) as usize).take(limit as usize);
    let on_page: Vec<Value> = caller.major.scope(|| on_page.map(|run| summary(run, now)).collect());
    Ok(caller.ok(&json!({
        "active_slots": count,
        "concurrency_limit": queue.concurrency_limit,
        "flow_runs": on_page,
        "count": count,
        "limit": limit,
        "pages": pages(count, limit),
        "page": page,
    })))
}

fn summary(run: &FlowRun, now: Timestamp) -> Value {
    let since = run.state.as_ref().map(|state| state.timestamp);
    json!({
        "id": run.id,
        "name": run.name,
        "state_type": run.state_type,
        "state_name": run.state_name,
        "start_time": run.start_time,
        "state_timestamp": since,
        "time_in_current_state": since.map(|since| now.seconds_since(since)),
    })
}
