//! `/api/task_runs`.

use super::docs::Docs;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use domain::filter::{Page, Paginated};
use domain::history::HistoryRange;
use domain::problem::Problem;
use domain::state::SetState;
use domain::task_runs::{TaskRunCreate, TaskRunSort, TaskRunUpdate};
use domain::{Major, Patch, TaskRunId};
use store::task_runs;

use super::body::{Body, Id, OptionalBody, Parameters};
use super::caller::Caller;
use super::error::{ApiError, Result};
use super::page::{limit_of, number_of, offset_of, pages, rows_before};
use crate::app_state::AppState;
use crate::orchestration::create_task_run::create_task_run;
use crate::orchestration::task_rules::TaskPolicy;
use crate::orchestration::{AfterCommit, set_task_state as decide};

/// Routes below `/api/task_runs`.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/", post(create))
        .route("/count", post(count))
        .route("/filter", post(filter))
        .route("/paginate", post(paginate))
        .route("/history", post(history))
        .route("/{id}", get(read).patch(update).delete(delete))
        .route("/{id}/set_state", post(set_state))
}

/// What `/docs` tells of them.
pub fn describe(docs: &mut Docs) {
    use domain::history::HistoryBucket;
    use domain::state::OrchestrationResult;
    use domain::task_runs::TaskRun;

    docs.tag("Task runs");
    docs.post("/task_runs/", "Make a task run, or find the one of that key")
        .takes::<TaskRunCreate>()
        .makes::<TaskRun>();
    docs.post("/task_runs/filter", "Task runs that fit").may_take::<Page<TaskRunSort>>().gives::<Vec<TaskRun>>(200);
    docs.post("/task_runs/count", "How many task runs fit").may_take::<Page<TaskRunSort>>().gives::<i64>(200);
    docs.post("/task_runs/paginate", "A page of the task runs that fit")
        .may_take::<Page<TaskRunSort>>()
        .gives::<Paginated<TaskRun>>(200);
    docs.post("/task_runs/history", "Task runs by interval and state")
        .takes::<HistoryRange>()
        .gives::<Vec<HistoryBucket>>(200);
    docs.get("/task_runs/{id}", "A task run").gives::<TaskRun>(200);
    docs.patch("/task_runs/{id}", "Change a task run").takes::<TaskRunUpdate>().done(204);
    docs.delete("/task_runs/{id}", "Delete a task run").done(204);
    docs.post("/task_runs/{id}/set_state", "Propose a state").takes::<SetState>().makes::<OrchestrationResult>();
}

async fn create(State(app): State<AppState>, caller: Caller, Body(mut draft): Body<TaskRunCreate>) -> Result {
    if let Some(state) = draft.state.as_mut().filter(|_| caller.major == Major::V2) {
        state.state_details.deferred = None; // Prefect 2 does not know it: a run without a flow is a background task
    }
    let mut tx = app.store.write().await?;
    let mut after = AfterCommit::default();
    let (run, is_new) = create_task_run(&mut tx, &caller.asks(&app), draft, &mut after).await?;
    tx.commit().await?;
    after.tell(&app.live);
    Ok(caller.created(&run, is_new))
}

async fn read(State(app): State<AppState>, caller: Caller, Id(id): Id<TaskRunId>) -> Result {
    let run = task_runs::by_id(&mut app.store.read().await?, id, app.clock.now()).await?;
    run.map(|run| caller.ok(&run)).ok_or_else(|| ApiError::not_found("Task not found"))
}

async fn filter(
    State(app): State<AppState>,
    caller: Caller,
    OptionalBody(page): OptionalBody<Page<TaskRunSort>>,
) -> Result {
    let (limit, offset) = (limit_of(page.limit)?, offset_of(page.offset));
    let found = task_runs::filter(&mut app.store.read().await?, &page, limit, offset, app.clock.now()).await?;
    Ok(caller.ok(&found))
}

async fn count(
    State(app): State<AppState>,
    caller: Caller,
    OptionalBody(page): OptionalBody<Page<TaskRunSort>>,
) -> Result {
    Ok(caller.ok(&task_runs::count(&mut app.store.read().await?, &page.filters).await?))
}

async fn paginate(
    State(app): State<AppState>,
    caller: Caller,
    OptionalBody(page): OptionalBody<Page<TaskRunSort>>,
) -> Result {
    let (limit, number) = (limit_of(page.limit)?, number_of(page.page));
    let mut tx = app.store.read().await?;
    let count = task_runs::count(&mut tx, &page.filters).await?;
    let results = task_runs::filter(&mut tx, &page, limit, rows_before(number, limit), app.clock.now()).await?;
    Ok(caller.ok(&Paginated { results, count, limit, pages: pages(count, limit), page: number }))
}

async fn history(State(app): State<AppState>, caller: Caller, Parameters(range): Parameters<HistoryRange>) -> Result {
    let range = super::history::checked(range)?;
    Ok(caller.ok(&task_runs::history(&mut app.store.read().await?, &range, app.clock.now()).await?))
}

async fn update(State(app): State<AppState>, Id(id): Id<TaskRunId>, Body(update): Body<TaskRunUpdate>) -> Result {
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    let exists = match update.name {
        Patch::Value(name) => task_runs::set_name(&mut tx, id, &name, now).await?,
        Patch::Absent | Patch::Null => task_runs::by_id(&mut tx, id, now).await?.is_some(),
    };
    tx.commit().await?;
    if exists { Ok(StatusCode::NO_CONTENT.into_response()) } else { Err(ApiError::not_found("Task run not found")) }
}

async fn delete(State(app): State<AppState>, Id(id): Id<TaskRunId>) -> Result {
    let mut tx = app.store.write().await?;
    let existed = task_runs::delete(&mut tx, id).await?;
    tx.commit().await?;
    if existed { Ok(StatusCode::NO_CONTENT.into_response()) } else { Err(ApiError::not_found("Task not found")) }
}

/// A refusal is an answer with status 200. States of background tasks have rules of their own, even by force.
async fn set_state(
    State(app): State<AppState>,
    caller: Caller,
    Id(id): Id<TaskRunId>,
    Parameters(proposal): Parameters<SetState>,
) -> Result {
    let policy = match (proposal.state.state_details.deferred, proposal.force) {
        (Some(true), _) => TaskPolicy::Background,
        (_, true) => TaskPolicy::Minimal,
        (_, false) => TaskPolicy::Core,
    };
    match decide::set_task_state(&app, &caller.asks(&app), id, proposal.state, policy).await? {
        Some(decision) => Ok(caller.created(&decision.answer, decision.is_new)),
        None => {
            let text = format!("Task run with id {id} not found");
            Err(ApiError::problem(StatusCode::NOT_FOUND, Problem::exception(text)))
        }
    }
}
