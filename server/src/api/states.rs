//! `/api/flow_run_states` and `/api/task_run_states`: the past of runs.

use super::docs::Docs;
use axum::Router;
use axum::extract::{Query, State};
use axum::routing::get;
use domain::{FlowRunId, StateId, TaskRunId, Uuid};
use serde::Deserialize;
use serde_json::{Value, json};
use store::{flow_run_states, task_run_states};

use super::body::{Id, parse_id};
use super::caller::Caller;
use super::error::{ApiError, Result};
use crate::app_state::AppState;

/// Routes below `/api/flow_run_states`.
pub fn of_flow_runs() -> Router<AppState> {
    Router::new().route("/", get(flow_run_history)).route("/{id}", get(flow_run_state))
}

/// Routes below `/api/task_run_states`.
pub fn of_task_runs() -> Router<AppState> {
    Router::new().route("/", get(task_run_history)).route("/{id}", get(task_run_state))
}

/// What `/docs` tells of them.
pub fn describe(docs: &mut Docs) {
    docs.tag("States");
    docs.get("/flow_run_states/", "All states of a run")
        .asks::<domain::Uuid>("flow_run_id", true)
        .gives::<Vec<domain::state::State>>(200);
    docs.get("/flow_run_states/{id}", "A state of a run").gives::<domain::state::State>(200);
    docs.get("/task_run_states/", "All states of a task run")
        .asks::<domain::Uuid>("task_run_id", true)
        .gives::<Vec<domain::state::State>>(200);
    docs.get("/task_run_states/{id}", "A state of a task run").gives::<domain::state::State>(200);
}

#[derive(Deserialize)]
struct Of {
    flow_run_id: Option<String>,
    task_run_id: Option<String>,
}

async fn flow_run_history(State(app): State<AppState>, caller: Caller, Query(of): Query<Of>) -> Result {
    let run: FlowRunId = required(caller, "flow_run_id", of.flow_run_id)?;
    Ok(caller.ok(&flow_run_states::of_run(&mut app.store.read().await?, run).await?))
}

async fn task_run_history(State(app): State<AppState>, caller: Caller, Query(of): Query<Of>) -> Result {
    let run: TaskRunId = required(caller, "task_run_id", of.task_run_id)?;
    Ok(caller.ok(&task_run_states::of_run(&mut app.store.read().await?, run).await?))
}

async fn flow_run_state(State(app): State<AppState>, caller: Caller, Id(id): Id<StateId>) -> Result {
    let state = flow_run_states::by_id(&mut app.store.read().await?, id).await?;
    state.map(|state| caller.ok(&state)).ok_or_else(|| ApiError::not_found("Flow run state not found"))
}

async fn task_run_state(State(app): State<AppState>, caller: Caller, Id(id): Id<StateId>) -> Result {
    let state = task_run_states::by_id(&mut app.store.read().await?, id).await?;
    state.map(|state| caller.ok(&state)).ok_or_else(|| ApiError::not_found("Flow run state not found"))
}

/// An id in the query string; 422 when it is missing or no UUID.
fn required<T: From<Uuid>>(caller: Caller, name: &str, text: Option<String>) -> Result<T> {
    let text = text.ok_or_else(|| ApiError::Invalid { items: vec![missing(caller, name)], body: Value::Null })?;
    parse_id(name, &text, domain::Major::V2)
        .map_err(|_| ApiError::Invalid { items: vec![not_an_id(caller, name, &text)], body: Value::Null })
}

fn missing(caller: Caller, name: &str) -> Value {
    match caller.major {
        domain::Major::V2 => json!({ "loc": ["query", name], "msg": "field required", "type": "value_error.missing" }),
        domain::Major::V3 => {
            json!({ "type": "missing", "loc": ["query", name], "msg": "Field required", "input": null })
        }
    }
}

fn not_an_id(caller: Caller, name: &str, text: &str) -> Value {
    match caller.major {
        domain::Major::V2 => {
            json!({ "loc": ["query", name], "msg": "value is not a valid uuid", "type": "type_error.uuid" })
        }
        domain::Major::V3 => {
            json!({ "type": "uuid_parsing", "loc": ["query", name], "msg": "Input should be a valid UUID", "input": text })
        }
    }
}
