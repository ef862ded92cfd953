//! `/task_runs`.

use domain::TaskRunId;
use domain::filter::Page;
use domain::state::{OrchestrationResult, SetState, State, StateCreate};
use domain::task_runs::{TaskRun, TaskRunCreate, TaskRunSort};

use crate::{Client, Result};

/// Creates a task run, or returns the one with the same natural key.
pub async fn create(client: &Client, run: &TaskRunCreate) -> Result<TaskRun> {
    client.post("/task_runs/", run).await
}

/// The task run, if it exists.
pub async fn read(client: &Client, id: TaskRunId) -> Result<Option<TaskRun>> {
    client.get(&format!("/task_runs/{id}")).await
}

/// Task runs that fit, at most 200.
pub async fn filter(client: &Client, page: &Page<TaskRunSort>) -> Result<Vec<TaskRun>> {
    client.post("/task_runs/filter", page).await
}

/// How many task runs fit.
pub async fn count(client: &Client, page: &Page<TaskRunSort>) -> Result<i64> {
    client.post("/task_runs/count", page).await
}

/// Proposes a state; a refusal is an answer, not an error.
pub async fn set_state(client: &Client, id: TaskRunId, state: StateCreate, force: bool) -> Result<OrchestrationResult> {
    client.post(&format!("/task_runs/{id}/set_state"), &SetState { state, force }).await
}

/// All states of the task run, oldest first.
pub async fn states(client: &Client, id: TaskRunId) -> Result<Vec<State>> {
    Ok(client.get(&format!("/task_run_states/?task_run_id={id}")).await?.unwrap_or_default())
}
