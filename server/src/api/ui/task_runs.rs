//! `/api/ui/task_runs`.

use crate::api::docs::Docs;
use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use domain::filter::Filters;
use domain::state::StateType;
use domain::task_runs::TaskRun;
use domain::{FlowRunId, TaskRunId, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;
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

/// What `/docs` tells of them.
pub fn describe(docs: &mut Docs) {
    docs.tag("For dashboards");
    docs.post("/ui/task_runs/dashboard/counts", "Task runs that ended, in twenty steps")
        .takes::<Filters>()
        .gives::<Vec<Step>>(200);
    docs.post("/ui/task_runs/count", "Task runs by state").may_take::<Filters>().gives_any(200, by_state_schema());
    docs.get("/ui/task_runs/{id}", "A task run with the name of its flow run").gives::<NamedTaskRun>(200);
}

/// Task runs that ended within a step of the trend.
#[derive(Serialize, JsonSchema)]
#[schemars(inline)]
struct Step {
    completed: i64,
    failed: i64,
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
    let step = |outcome: task_runs::Outcome| Step { completed: outcome.completed, failed: outcome.failed };
    Ok(caller.ok(&outcomes.into_iter().map(step).collect::<Vec<_>>()))
}

fn by_state_schema() -> Value {
    let counts = StateType::ALL.into_iter().map(|kind| (kind.as_str().to_owned(), json!({ "type": "integer" })));
    json!({ "type": "object", "properties": counts.collect::<Map<_, _>>() })
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

/// A task run with the name of its flow run.
#[derive(Serialize, JsonSchema)]
#[schemars(inline)]
struct NamedTaskRun {
    #[serde(flatten)]
    run: TaskRun,
    flow_run_name: Option<String>,
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
    Ok(caller.ok(&NamedTaskRun { run, flow_run_name: flow_run.map(|run| run.name) }))
}
