//! `/flow_runs`.

use domain::FlowRunId;
use domain::filter::Page;
use domain::flow_runs::{FlowRun, FlowRunCreate, FlowRunSort, FlowRunUpdate};
use domain::pages::{FlowRunPage, FlowRunRows, FlowRunsPage};
use domain::state::{OrchestrationResult, SetState, State, StateCreate};
use serde_json::Value;

use crate::{Client, Result};

/// Creates a run, or returns the one with the same idempotency key.
pub async fn create(client: &Client, run: &FlowRunCreate) -> Result<FlowRun> {
    client.post("/flow_runs/", run).await
}

/// The run, if it exists.
pub async fn read(client: &Client, id: FlowRunId) -> Result<Option<FlowRun>> {
    client.get(&format!("/flow_runs/{id}")).await
}

/// Runs that fit, at most 200.
pub async fn filter(client: &Client, page: &Page<FlowRunSort>) -> Result<Vec<FlowRun>> {
    client.post("/flow_runs/filter", page).await
}

/// How many runs fit.
pub async fn count(client: &Client, page: &Page<FlowRunSort>) -> Result<i64> {
    client.post("/flow_runs/count", page).await
}

/// Changes what was sent.
pub async fn update(client: &Client, id: FlowRunId, update: &FlowRunUpdate) -> Result<()> {
    client.patch(&format!("/flow_runs/{id}"), update).await
}

/// Adds labels (Prefect 3).
pub async fn add_labels(client: &Client, id: FlowRunId, labels: &Value) -> Result<()> {
    client.patch(&format!("/flow_runs/{id}/labels"), labels).await
}

/// Deletes the run with its states, task runs and logs.
pub async fn delete(client: &Client, id: FlowRunId) -> Result<()> {
    client.delete(&format!("/flow_runs/{id}")).await
}

/// Proposes a state; a refusal is an answer, not an error.
pub async fn set_state(client: &Client, id: FlowRunId, state: StateCreate, force: bool) -> Result<OrchestrationResult> {
    client.post(&format!("/flow_runs/{id}/set_state"), &SetState { state, force }).await
}

/// Proposes one state for up to 50 runs; an answer for each that exists (`POST /flow_runs/bulk_set_state`).
pub async fn bulk_set_state(
    client: &Client,
    runs: &[FlowRunId],
    state: &StateCreate,
) -> Result<Vec<(FlowRunId, OrchestrationResult)>> {
    #[derive(serde::Deserialize)]
    struct One {
        flow_run_id: FlowRunId,
        #[serde(flatten)]
        result: OrchestrationResult,
    }
    #[derive(serde::Deserialize)]
    struct All {
        results: Vec<One>,
    }
    let body = serde_json::json!({ "flow_runs": { "id": { "any_": runs } }, "state": state, "limit": runs.len() });
    let all: All = client.post("/flow_runs/bulk_set_state", &body).await?;
    Ok(all.results.into_iter().map(|one| (one.flow_run_id, one.result)).collect())
}

/// Lets a paused run go on.
pub async fn resume(client: &Client, id: FlowRunId, run_input: Option<Value>) -> Result<OrchestrationResult> {
    client.post(&format!("/flow_runs/{id}/resume"), &serde_json::json!({ "run_input": run_input })).await
}

/// All states of the run, oldest first.
pub async fn states(client: &Client, id: FlowRunId) -> Result<Vec<State>> {
    Ok(client.get(&format!("/flow_run_states/?flow_run_id={id}")).await?.unwrap_or_default())
}

/// Runs that fit, with the names around them.
pub async fn rows(client: &Client, page: &Page<FlowRunSort>) -> Result<FlowRunRows> {
    client.post("/reeve/flow_runs", page).await
}

/// A page of the dashboard's runs list, for a query such as `?q=state:failed&page=2`.
pub async fn page(client: &Client, search: &str) -> Result<FlowRunsPage> {
    client.fetch(&["/reeve/runs", search].concat()).await
}

/// All that the run's page shows, if it exists; with the tab that the server describes, if one is named, and the end of
/// the log as `log` says it, a query such as `hide=debug&source=pod`.
pub async fn page_of(client: &Client, id: FlowRunId, part: &str, log: &str) -> Result<Option<FlowRunPage>> {
    client.get(&format!("/reeve/flow_runs/{id}?part={part}&{log}")).await
}
