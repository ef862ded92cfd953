//! What a worker may take: due runs of the pool's queues. Nothing is claimed here; a worker claims a run by
//! proposing PENDING.

use domain::flow_runs::{GetScheduled, WorkerFlowRun};
use domain::work_pools::WorkPoolStatus;

use super::*;
use crate::orchestration::due_of_pool::{Ask, due_of_pool};

pub async fn get_scheduled(
    State(app): State<AppState>,
    caller: Caller,
    Path(pool): Path<String>,
    OptionalBody(ask): OptionalBody<GetScheduled>,
) -> Result {
    let now = app.clock.now();
    let limit = limit_of(ask.limit)?;
    let names = ask.work_queue_names.unwrap_or_default();
    let ask = Ask { queues: &names, before: ask.scheduled_before, after: ask.scheduled_after, limit };
    let mut tx = app.store.read().await?;
    let pool = existing(&mut tx, &pool).await?;
    let due = due_of_pool(&mut tx, &pool, &ask, now).await?;
    for queue in &due.queues {
        app.polls.queue(queue.id, queue.status == Some(WorkPoolStatus::NotReady), now);
    }
    for (queue, words) in &due.held {
        app.journal.held(*queue, words, now);
    }
    let is_due = |run: &&WorkerFlowRun| run.flow_run.next_scheduled_start_time.is_some_and(|at| at <= now);
    app.journal.offered(due.runs.iter().filter(is_due).map(|run| run.flow_run.id), now);
    let runs: Vec<Value> = caller.major.scope(|| due.runs.iter().map(for_worker).collect());
    Ok(caller.ok(&runs))
}

/// Prefect's workers are given the run without its state object and without its pool.
fn for_worker(run: &WorkerFlowRun) -> Value {
    let mut shown = json!(run);
    if let Some(Value::Object(run)) = shown.get_mut("flow_run") {
        run.shift_remove("work_pool_id");
        run.shift_remove("work_pool_name");
        run.insert("state".to_owned(), Value::Null);
    }
    shown
}
