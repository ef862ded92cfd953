//! `/api/ui/task_runs`.

use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use domain::filter::Filters;
use domain::state::StateType;
use domain::{FlowRunId, TaskRunId, Timestamp};
use serde_json::{Map, Value, json};
use store::{flow_runs, task_runs};

use crate::api::body::{Id, OptionalBody};
use crate::api::caller::Caller;
use crate::api::error::{ApiError, Result};
use crate::api::invalid;
use crate::app_state::AppState;

/// The dashboard's trend has this many steps.
const STEPS: usize = 20;

/// Microseconds.
const MINUTE: i64 = 60_000_000;

pub fn routes() -> Router<AppState> {
    Router::new().route("/dashboard/counts", post(trend)).route("/count", post(count)).route("/{id}", get(read))
}

/// Task runs that ended, by twenty steps from `task_runs.start_time.after_` to `before_` or now.
async fn trend(State(app): State<AppState>, caller: Caller, OptionalBody(filters): OptionalBody<Filters>) -> Result {
    if filters.task_runs.is_none() {
        return Err(ApiError::Invalid {
            items: vec![invalid::missing(caller.major, "task_runs")],
            body: json!(filters),
        });
    }
    let started = filters.task_runs.as_ref().and_then(|task_runs| task_runs.start_time.as_ref());
    let Some(after) = started.and_then(|time| time.after_) else {
        return Err(ApiError::unprocessable("task_runs.start_time.after_ is required"));
    };
    let before = started.and_then(|time| time.before_).unwrap_or_else(|| app.clock.now());
    let start = after.micros() - after.micros().rem_euclid(MINUTE);
    let end = before.micros() - before.micros().rem_euclid(MINUTE) + MINUTE;
    let step = ((end - start) / STEPS as i64).max(1);
    let start = Timestamp::from_micros(start);
    let outcomes = task_runs::outcomes(&mut app.store.read().await?, &filters, start, step, STEPS).await?;
    let step = |outcome: task_runs::Outcome| json!({ "completed": outcome.completed, "failed": outcome.failed });
    Ok(caller.ok(&outcomes.into_iter().map(step).collect::<Vec<_>>()))
}

/// Task runs by state type; types without any are 0.
async fn count(State(app): State<AppState>, caller: Caller, OptionalBody(filters): OptionalBody<Filters>) -> Result {
    let mut counts: Map<String, Value> =
        StateType::ALL.into_iter().map(|kind| (kind.as_str().to_owned(), json!(0))).collect();
    for (kind, n) in task_runs::count_by_state(&mut app.store.read().await?, &filters).await? {
        counts.insert(kind.as_str().to_owned(), json!(n));
    }
    Ok(caller.ok(&counts))
}

/// The task run with the name of its flow run.
async fn read(State(app): State<AppState>, caller: Caller, Id(id): Id<TaskRunId>) -> Result {
    let now = app.clock.now();
    let mut tx = app.store.read().await?;
    let Some(run) = task_runs::by_id(&mut tx, id, now).await? else {
        return Err(ApiError::not_found("Task not found"));
    };
    let of: Option<FlowRunId> = run.flow_run_id;
    let flow_run = match of {
        Some(id) => flow_runs::by_id(&mut tx, id, now).await?,
        None => None,
    };
    let mut answer = caller.major.scope(|| json!(run));
    answer["flow_run_name"] = json!(flow_run.map(|run| run.name));
    Ok(caller.ok(&answer))
}
