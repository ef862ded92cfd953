//! `/api/work_queues`: queues by id or by name alone, from the time of agents.

use super::docs::Docs;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use domain::filter::Filters;
use domain::filter::{IdOps, StateOps, TextOps};
use domain::flow_runs::FlowRunFilter;
use domain::problem::Problem;
use domain::work_pools::{WorkPoolStatus, WorkQueue, WorkQueueCreate, WorkQueueFilter, WorkQueueUpdate};
use domain::{Timestamp, WorkQueueId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{Tx, flow_runs, work_pools, work_queues};

use super::body::{Body, Id, OptionalBody};
use super::caller::Caller;
use super::error::{ApiError, Result};
use super::page::{limit_of, offset_of};
use super::work_pools::{check_queue, check_queue_update, slots_of_queue, tell_of_queue};
use crate::app_state::AppState;
use crate::orchestration::AfterCommit;
use crate::orchestration::due_of_pool::{Ask, due_of_queue};
use crate::orchestration::work_pools::agent_pool;
use crate::orchestration::work_queues as decide;

/// A queue is healthy while nothing in it is late and somebody asked it within so many seconds.
const POLLED_WITHIN: i64 = 60;

/// Routes below `/api/work_queues`.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/", post(create))
        .route("/filter", post(filter))
        .route("/name/{name}", get(read_by_name))
        .route("/{id}", get(read).patch(update).delete(delete))
        .route("/{id}/status", get(status))
        .route("/{id}/get_runs", post(get_runs))
        .route("/{id}/concurrency_status", post(slots_of_queue))
}

/// What `/docs` tells of them.
pub fn describe(docs: &mut Docs) {
    use domain::flow_runs::FlowRun;

    docs.tag("Work queues");
    docs.post("/work_queues/", "Make a queue of the agents' pool")
        .takes::<WorkQueueCreate>()
        .gives::<WorkQueue>(201)
        .refuses(409, "The name is taken");
    docs.post("/work_queues/filter", "Queues that fit").may_take::<Which>().gives::<Vec<WorkQueue>>(200);
    docs.get("/work_queues/name/{name}", "A queue by its name").gives::<WorkQueue>(200);
    docs.get("/work_queues/{id}", "A queue").gives::<WorkQueue>(200);
    docs.patch("/work_queues/{id}", "Change a queue").takes::<WorkQueueUpdate>().done(204);
    docs.delete("/work_queues/{id}", "Delete a queue").done(204);
    docs.get("/work_queues/{id}/status", "Whether anything in it is late").gives::<Health>(200);
    docs.post("/work_queues/{id}/get_runs", "Due runs of the queue").may_take::<GetRuns>().gives::<Vec<FlowRun>>(200);
    docs.post("/work_queues/{id}/concurrency_status", "Who holds its slots (Prefect 3)")
        .may_take::<super::work_pools::SlotsWhich>()
        .gives::<super::work_pools::QueueSlots>(200);
}

async fn create(State(app): State<AppState>, caller: Caller, Body(new): Body<WorkQueueCreate>) -> Result {
    check_queue(caller, &new)?;
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    let had_a_pool = work_pools::by_name(&mut tx, crate::orchestration::work_pools::AGENT_POOL).await?.is_some();
    let mut after = AfterCommit::default();
    let pool = agent_pool(&mut tx, now, &mut after).await?;
    let queue = match work_queues::by_name(&mut tx, &pool.name, &new.name).await? {
        // The pool has just come with its default queue, which is the one that is asked for.
        Some(queue) if !had_a_pool => queue,
        _ => decide::create(&mut tx, &pool, new, now, &mut after).await?,
    };
    tx.commit().await?;
    tell_of_queue(&app, &queue, after);
    Ok(caller.answer(StatusCode::CREATED, &queue))
}

#[derive(Deserialize, Default, JsonSchema)]
#[schemars(inline)]
#[serde(default)]
struct Which {
    work_queues: Option<WorkQueueFilter>,
    limit: Option<i64>,
    #[serde(deserialize_with = "domain::bounds::at_least::<0, _>")]
    offset: Option<i64>,
}

async fn filter(State(app): State<AppState>, caller: Caller, OptionalBody(which): OptionalBody<Which>) -> Result {
    let (limit, offset) = (limit_of(which.limit)?, offset_of(which.offset));
    let mut tx = app.store.read().await?;
    Ok(caller.ok(&work_queues::filter(&mut tx, which.work_queues.as_ref(), limit, offset).await?))
}

async fn read_by_name(State(app): State<AppState>, caller: Caller, Path(name): Path<String>) -> Result {
    let queue = decide::for_agents(&mut app.store.read().await?, &name).await?;
    queue.map(|queue| caller.ok(&queue)).ok_or_else(not_found)
}

async fn read(State(app): State<AppState>, caller: Caller, Id(id): Id<WorkQueueId>) -> Result {
    Ok(caller.ok(&existing(&mut app.store.read().await?, id).await?))
}

pub async fn update(
    State(app): State<AppState>,
    caller: Caller,
    Id(id): Id<WorkQueueId>,
    Body(update): Body<WorkQueueUpdate>,
) -> Result {
    check_queue_update(caller, &update)?;
    let mut tx = app.store.write().await?;
    let missing = || ApiError::not_found(format!("Work Queue {id} not found"));
    let queue = work_queues::by_id(&mut tx, id).await?.ok_or_else(missing)?;
    let mut after = AfterCommit::default();
    let queue = decide::update(&mut tx, queue, update, &app.policy.foreman, app.clock.now(), &mut after).await?;
    tx.commit().await?;
    tell_of_queue(&app, &queue, after);
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn delete(State(app): State<AppState>, Id(id): Id<WorkQueueId>) -> Result {
    let mut tx = app.store.write().await?;
    let queue = existing(&mut tx, id).await?;
    let mut after = AfterCommit::default();
    decide::delete(&mut tx, &queue, app.clock.now(), &mut after).await?;
    tx.commit().await?;
    app.polls.forget(id);
    tell_of_queue(&app, &queue, after);
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// How a queue is.
#[derive(Serialize, JsonSchema)]
#[schemars(inline)]
struct Health {
    healthy: bool,
    late_runs_count: i64,
    last_polled: Option<Timestamp>,
    health_check_policy: HealthPolicy,
}

/// When it is well.
#[derive(Serialize, JsonSchema)]
#[schemars(inline)]
struct HealthPolicy {
    maximum_late_runs: i64,
    maximum_seconds_since_last_polled: i64,
}

async fn status(State(app): State<AppState>, caller: Caller, Id(id): Id<WorkQueueId>) -> Result {
    let mut tx = app.store.read().await?;
    let queue = work_queues::by_id(&mut tx, id).await?.ok_or_else(|| {
        let text = format!("Work queue with id {id} not found");
        ApiError::problem(StatusCode::NOT_FOUND, Problem::exception(text))
    })?;
    let late =
        StateOps { name: Some(TextOps { any_: Some(vec!["Late".to_owned()]), not_any_: None }), ..StateOps::default() };
    let filters = Filters {
        flow_runs: Some(FlowRunFilter { state: Some(late), ..FlowRunFilter::default() }),
        work_pool_queues: Some(WorkQueueFilter {
            id: Some(IdOps { any_: Some(vec![id]), not_any_: None }),
            ..WorkQueueFilter::default()
        }),
        ..Filters::default()
    };
    let late = flow_runs::count(&mut tx, &filters).await?;
    let fresh = app.clock.now().plus_seconds(-(POLLED_WITHIN as f64));
    let healthy = late == 0 && queue.last_polled.is_some_and(|polled| polled >= fresh);
    let health_check_policy = HealthPolicy { maximum_late_runs: 0, maximum_seconds_since_last_polled: POLLED_WITHIN };
    Ok(caller.ok(&Health { healthy, late_runs_count: late, last_polled: queue.last_polled, health_check_policy }))
}

#[derive(Deserialize, Default, JsonSchema)]
#[schemars(inline)]
#[serde(default)]
struct GetRuns {
    scheduled_before: Option<Timestamp>,
    limit: Option<i64>,
}

/// What an agent may take. The dashboards of old ask, too; that is no poll.
async fn get_runs(
    State(app): State<AppState>,
    caller: Caller,
    headers: axum::http::HeaderMap,
    Id(id): Id<WorkQueueId>,
    OptionalBody(ask): OptionalBody<GetRuns>,
) -> Result {
    let now = app.clock.now();
    let limit = limit_of(ask.limit)?;
    let mut tx = app.store.read().await?;
    let queue = work_queues::by_id(&mut tx, id).await?.ok_or_else(|| {
        let text = format!("Work queue with id {id} not found.");
        ApiError::Problem(StatusCode::NOT_FOUND, Problem::exception(text).into())
    })?;
    let ask = Ask { queues: &[], before: ask.scheduled_before, after: None, limit };
    let runs = due_of_queue(&mut tx, &queue, &ask, now).await?;
    if !headers.contains_key("x-prefect-ui") {
        app.polls.queue(id, queue.status == Some(WorkPoolStatus::NotReady), now);
    }
    Ok(caller.ok(&runs))
}

async fn existing(tx: &mut Tx, id: WorkQueueId) -> Result<WorkQueue> {
    work_queues::by_id(tx, id).await?.ok_or_else(not_found)
}

fn not_found() -> ApiError {
    ApiError::not_found("work queue not found")
}
