//! A run as a graph.

use axum::extract::Query;
use domain::graph::{Graph, GraphState, nodes};
use domain::problem::Problem;
use domain::state::State as RunState;
use domain::task_runs::TaskRun;
use domain::{TaskRunId, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{flow_run_states, task_runs};

use super::*;

/// A graph with more nodes is refused: no page could draw it.
const MOST_NODES: i64 = 10_000;

/// No more artifacts than this are drawn.
const MOST_ARTIFACTS: i64 = 10_000;

#[derive(Deserialize)]
pub struct Since {
    since: Option<Timestamp>,
}

/// Nodes and edges; with `since`, those that had not ended then.
pub async fn graph(
    State(app): State<AppState>,
    caller: Caller,
    Id(id): Id<FlowRunId>,
    Query(Since { since }): Query<Since>,
) -> Result {
    let mut tx = app.store.read().await?;
    let Some(run) = flow_runs::by_id(&mut tx, id, app.clock.now()).await? else {
        let problem = Problem::exception(format!("Flow run {id} not found"));
        return Err(ApiError::problem(StatusCode::NOT_FOUND, problem));
    };
    let since = since.unwrap_or(Timestamp::from_micros(0));
    let parts = flow_runs::graph_parts(&mut tx, id, since, MOST_NODES + 1).await?;
    if parts.len() as i64 > MOST_NODES {
        return Err(ApiError::bad_request(format!("The graph of flow run {id} has more than {MOST_NODES} nodes.")));
    }
    let mut artifacts = flow_runs::graph_artifacts(&mut tx, id, MOST_ARTIFACTS).await?;
    let of_flow = artifacts.remove(&None).unwrap_or_default();
    let of_tasks = artifacts.into_iter().filter_map(|(task, list)| Some((task?, list))).collect();
    let nodes = nodes(&parts, of_tasks);
    let states = flow_run_states::of_run(&mut tx, id).await?.into_iter().map(graph_state).collect();
    Ok(caller.ok(&Graph {
        start_time: run.start_time.or(run.expected_start_time),
        end_time: run.end_time,
        root_node_ids: nodes.iter().filter(|(_, node)| node.parents.is_empty()).map(|(id, _)| *id).collect(),
        nodes,
        artifacts: of_flow,
        states,
    }))
}

fn graph_state(state: RunState) -> GraphState {
    GraphState { id: state.id, timestamp: state.timestamp, kind: state.kind, name: state.name }
}

/// A task run and the inputs that it waited for.
#[derive(Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Dependency {
    id: TaskRunId,
    name: String,
    upstream_dependencies: Vec<Value>,
    state: Option<RunState>,
    expected_start_time: Option<Timestamp>,
    start_time: Option<Timestamp>,
    end_time: Option<Timestamp>,
    total_run_time: f64,
    estimated_run_time: f64,
    untrackable_result: bool,
}

/// The older form: task runs with what they depend on.
pub async fn dependencies(State(app): State<AppState>, caller: Caller, Id(id): Id<FlowRunId>) -> Result {
    let now = app.clock.now();
    let mut tx = app.store.read().await?;
    if flow_runs::labels(&mut tx, id).await?.is_none() {
        return Err(no_such_run(id));
    }
    let runs = task_runs::of_flow_run(&mut tx, id, MOST_NODES, now).await?;
    Ok(caller.ok(&runs.into_iter().map(dependency).collect::<Vec<_>>()))
}

fn dependency(run: TaskRun) -> Dependency {
    let mut upstream: Vec<Value> = Vec::new();
    for input in run.task_inputs.into_iter().flat_map(|(_, inputs)| inputs.as_array().cloned().unwrap_or_default()) {
        if !upstream.contains(&input) {
            upstream.push(input);
        }
    }
    Dependency {
        id: run.id,
        name: run.name,
        upstream_dependencies: upstream,
        untrackable_result: run.state.as_ref().is_some_and(|state| state.state_details.untrackable_result),
        state: run.state,
        expected_start_time: run.expected_start_time,
        start_time: run.start_time,
        end_time: run.end_time,
        total_run_time: run.total_run_time,
        estimated_run_time: run.estimated_run_time,
    }
}
