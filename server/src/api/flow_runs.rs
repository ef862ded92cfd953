//! `/api/flow_runs`.

mod bulk;
mod graph;
mod inputs;
mod log_file;
mod states;
mod sums;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::{get, patch, post};
use domain::filter::{Filters, Page, Paginated};
use domain::flow_run_inputs::{FlowRunInput, FlowRunInputCreate, FlowRunInputPage};
use domain::flow_runs::{FlowRun, FlowRunCreate, FlowRunSort, FlowRunUpdate};
use domain::flows::NewLabels;
use domain::graph::Graph;
use domain::history::{HistoryBucket, HistoryRange};
use domain::state::{OrchestrationResult, SetState, StateCreate, StateType};
use domain::{FlowRunId, Patch, Timestamp, WorkQueueId};
use serde_json::{Map, Value};
use store::{Tx, deployments, flow_runs, work_pools, work_queues};

use super::body::{Body, Id, OptionalBody, Parameters};
use super::caller::Caller;
use super::docs::Docs;
use super::error::{ApiError, Result};
use super::page::{Deleted, limit_of, number_of, offset_of, pages, rows_before};
use crate::app_state::AppState;
use crate::orchestration::create_run::{blank, create_run};
use crate::orchestration::job_variables::{self, Stage};
use crate::orchestration::refusal::Refusal;
use crate::orchestration::run_name::run_name;
use crate::orchestration::{AfterCommit, delete_runs};

/// Routes below `/api/flow_runs`.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/", post(create))
        .route("/count", post(count))
        .route("/filter", post(filter))
        .route("/paginate", post(paginate))
        .route("/history", post(sums::history))
        .route("/lateness", post(sums::lateness))
        .route("/bulk_delete", post(bulk::delete))
        .route("/bulk_set_state", post(bulk::set_state))
        .route("/{id}", get(read).patch(update).delete(delete))
        .route("/{id}/labels", patch(add_labels))
        .route("/{id}/set_state", post(states::set_state))
        .route("/{id}/resume", post(states::resume))
        .route("/{id}/graph", get(graph::dependencies))
        .route("/{id}/graph-v2", get(graph::graph))
        .route("/{id}/logs/download", get(log_file::download))
        .route("/{id}/input", post(inputs::create))
        .route("/{id}/input/filter", post(inputs::filter))
        .route("/{id}/input/{key}", get(inputs::read).delete(inputs::delete))
}

/// What `/docs` tells of them.
pub fn describe(docs: &mut Docs) {
    docs.tag("Flow runs");
    docs.post("/flow_runs/", "Make a run, or find the one with that idempotency key")
        .takes::<FlowRunCreate>()
        .makes::<FlowRun>();
    docs.post("/flow_runs/filter", "Runs that fit").may_take::<Page<FlowRunSort>>().gives::<Vec<FlowRun>>(200);
    docs.post("/flow_runs/count", "How many runs fit").may_take::<Page<FlowRunSort>>().gives::<i64>(200);
    docs.post("/flow_runs/paginate", "A page of the runs that fit")
        .may_take::<Page<FlowRunSort>>()
        .gives::<Paginated<FlowRun>>(200);
    docs.post("/flow_runs/history", "Runs by interval and state")
        .takes::<HistoryRange>()
        .gives::<Vec<HistoryBucket>>(200);
    docs.post("/flow_runs/lateness", "The average lateness of the runs that fit, in seconds")
        .may_take::<Filters>()
        .gives::<Option<f64>>(200);
    docs.post("/flow_runs/bulk_delete", "Delete runs that fit")
        .may_take::<bulk::BulkDelete>()
        .gives::<Deleted<FlowRunId>>(200);
    docs.post("/flow_runs/bulk_set_state", "Propose a state for runs that fit")
        .takes::<bulk::BulkSetState>()
        .gives::<bulk::BulkResults>(200);
    docs.get("/flow_runs/{id}", "A run").gives::<FlowRun>(200);
    docs.patch("/flow_runs/{id}", "Change a run").takes::<FlowRunUpdate>().done(204);
    docs.delete("/flow_runs/{id}", "Delete a run").done(204);
    docs.patch("/flow_runs/{id}/labels", "Add labels").takes::<NewLabels>().done(204);
    docs.post("/flow_runs/{id}/set_state", "Propose a state").takes::<SetState>().makes::<OrchestrationResult>();
    docs.post("/flow_runs/{id}/resume", "Resume a paused run")
        .may_take::<states::Resume>()
        .makes::<OrchestrationResult>();
    docs.get("/flow_runs/{id}/graph", "Task runs and what they depend on").gives::<Vec<graph::Dependency>>(200);
    docs.get("/flow_runs/{id}/graph-v2", "The run as a graph").asks::<Timestamp>("since", false).gives::<Graph>(200);
    docs.get("/flow_runs/{id}/logs/download", "The log as CSV").gives_text("text/csv");
    docs.post("/flow_runs/{id}/input", "Keep an input for the run")
        .takes::<FlowRunInputCreate>()
        .done(201)
        .refuses(409, "There is one of that key");
    docs.post("/flow_runs/{id}/input/filter", "Inputs whose keys begin so")
        .takes::<FlowRunInputPage>()
        .gives::<Vec<FlowRunInput>>(200);
    docs.get("/flow_runs/{id}/input/{key}", "The value of an input").gives_text("text/plain");
    docs.delete("/flow_runs/{id}/input/{key}", "Delete an input").done(204);
}

async fn create(State(app): State<AppState>, caller: Caller, Body(body): Body<FlowRunCreate>) -> Result {
    let mut tx = app.store.write().await?;
    let (run, first) = draft(&mut tx, body).await?;
    let mut after = AfterCommit::default();
    let (run, is_new) = create_run(&mut tx, &caller.asks(&app), run, first, &mut after).await?;
    tx.commit().await?;
    after.tell(&app.live);
    Ok(caller.created(&run, is_new))
}

/// The run that the body describes, and its first state: PENDING unless it names another.
async fn draft(tx: &mut Tx, body: FlowRunCreate) -> Result<(FlowRun, StateCreate)> {
    let work_queue_id = match &body.work_pool_name {
        Some(pool) => Some(queue(tx, pool, body.work_queue_name.as_deref()).await?),
        None => None,
    };
    let mut run = FlowRun {
        flow_version: body.flow_version,
        parameters: body.parameters,
        context: body.context,
        parent_task_run_id: body.parent_task_run_id,
        infrastructure_document_id: body.infrastructure_document_id,
        empirical_policy: body.empirical_policy,
        tags: body.tags,
        labels: body.labels.unwrap_or_default(),
        idempotency_key: body.idempotency_key,
        job_variables: Some(body.job_variables.unwrap_or_default()),
        deployment_id: body.deployment_id,
        work_queue_id,
        work_queue_name: body.work_queue_name,
        ..blank(body.flow_id)
    };
    if let Some(name) = body.name.filter(|name| !name.is_empty()) {
        run.name = name;
    }
    Ok((run, body.state.unwrap_or_else(|| StateCreate::new(StateType::Pending))))
}

/// The queue that a run without a deployment is put into: the pool's default one unless one is named.
async fn queue(tx: &mut Tx, pool: &str, queue: Option<&str>) -> Result<WorkQueueId> {
    match queue {
        Some(queue) => match work_queues::by_name(tx, pool, queue).await? {
            Some(queue) => Ok(queue.id),
            None => Err(Refusal::no_work_queue(pool, queue).into()),
        },
        None => match work_pools::by_name(tx, pool).await?.and_then(|pool| pool.default_queue_id) {
            Some(queue) => Ok(queue),
            None => Err(Refusal::no_work_pool(pool).into()),
        },
    }
}

async fn read(State(app): State<AppState>, caller: Caller, Id(id): Id<FlowRunId>) -> Result {
    let run = flow_runs::by_id(&mut app.store.read().await?, id, app.clock.now()).await?;
    run.map(|run| caller.ok(&run)).ok_or_else(not_found)
}

async fn filter(
    State(app): State<AppState>,
    caller: Caller,
    OptionalBody(page): OptionalBody<Page<FlowRunSort>>,
) -> Result {
    let (limit, offset) = (limit_of(page.limit)?, offset_of(page.offset));
    let found = flow_runs::filter(&mut app.store.read().await?, &page, limit, offset, app.clock.now()).await?;
    Ok(caller.ok(&found))
}

async fn count(
    State(app): State<AppState>,
    caller: Caller,
    OptionalBody(page): OptionalBody<Page<FlowRunSort>>,
) -> Result {
    Ok(caller.ok(&flow_runs::count(&mut app.store.read().await?, &page.filters).await?))
}

async fn paginate(
    State(app): State<AppState>,
    caller: Caller,
    OptionalBody(page): OptionalBody<Page<FlowRunSort>>,
) -> Result {
    let (limit, number) = (limit_of(page.limit)?, number_of(page.page));
    let mut tx = app.store.read().await?;
    let count = flow_runs::count(&mut tx, &page.filters).await?;
    let results = flow_runs::filter(&mut tx, &page, limit, rows_before(number, limit), app.clock.now()).await?;
    Ok(caller.ok(&Paginated { results, count, limit, pages: pages(count, limit), page: number }))
}

async fn update(State(app): State<AppState>, Id(id): Id<FlowRunId>, Body(update): Body<FlowRunUpdate>) -> Result {
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    let mut run = flow_runs::by_id_locked(&mut tx, id, now).await?.ok_or_else(not_found)?;
    if let Patch::Value(variables) = &update.job_variables {
        may_change_job_variables(&run)?;
        check_job_variables(&mut tx, &run, variables).await?;
    }
    match update.name {
        Patch::Absent => {}
        Patch::Null => run.name = run_name(run.id.0),
        Patch::Value(name) => run.name = name,
    }
    update.flow_version.apply(&mut run.flow_version);
    update.parameters.replace(&mut run.parameters);
    update.empirical_policy.replace(&mut run.empirical_policy);
    update.tags.replace(&mut run.tags);
    update.infrastructure_pid.apply(&mut run.infrastructure_pid);
    update.job_variables.apply(&mut run.job_variables);
    flow_runs::save(&mut tx, &run, now).await?;
    tx.commit().await?;
    app.live.flow_run_changed(run.id, run.deployment_id);
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Job variables are read when a worker submits the run; later changes would be lies.
fn may_change_job_variables(run: &FlowRun) -> Result<()> {
    match run.state_type {
        None => Err(ApiError::bad_request("Flow run state is required to update job variables but none exists")),
        Some(StateType::Scheduled) if run.deployment_id.is_some() => Ok(()),
        Some(StateType::Scheduled) => Err(ApiError::bad_request("A deployment for the flow run could not be found")),
        Some(kind) => {
            let kind = kind.as_str();
            Err(ApiError::bad_request(format!("Job variables for a flow run in state {kind} cannot be updated")))
        }
    }
}

/// Holds the variables, laid over the deployment's, against the template of its pool.
async fn check_job_variables(tx: &mut Tx, run: &FlowRun, variables: &Map<String, Value>) -> Result<()> {
    let deployment = match run.deployment_id {
        Some(id) => deployments::by_id(tx, id).await?,
        None => None,
    };
    let Some(deployment) = deployment else {
        return Err(ApiError::bad_request("A deployment for the flow run could not be found"));
    };
    let Some(pool) = &deployment.work_pool_name else { return Ok(()) };
    let Some(pool) = work_pools::by_name(tx, pool).await? else { return Ok(()) };
    let layers = [&deployment.job_variables, variables];
    job_variables::check(tx, &pool.base_job_template, &layers, Stage::Run, "Error updating flow run").await?;
    Ok(())
}

async fn add_labels(State(app): State<AppState>, Id(id): Id<FlowRunId>, Body(new): Body<NewLabels>) -> Result {
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    let mut run = flow_runs::by_id_locked(&mut tx, id, now).await?.ok_or_else(|| no_such_run(id))?;
    run.labels.extend(new.0.unwrap_or_default());
    flow_runs::save(&mut tx, &run, now).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn delete(State(app): State<AppState>, Id(id): Id<FlowRunId>) -> Result {
    let deleted = delete_runs::delete_runs(&app, &[id]).await?;
    if deleted.is_empty() { Err(not_found()) } else { Ok(StatusCode::NO_CONTENT.into_response()) }
}

fn not_found() -> ApiError {
    ApiError::not_found("Flow run not found")
}

/// What the layer below the handlers of the real servers says.
fn no_such_run(id: FlowRunId) -> ApiError {
    let text = format!("Flow run with id {id} not found");
    ApiError::problem(StatusCode::NOT_FOUND, domain::problem::Problem::exception(text))
}
