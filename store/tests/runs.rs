//! Builders of runs for the tests.

use domain::flow_runs::FlowRun;
use domain::flows::Flow;
use domain::state::{State, StateCreate, StateType};
use domain::task_runs::TaskRun;
use domain::{FlowId, FlowRunId, Timestamp};
use serde_json::json;
use store::{Store, Tx, flow_runs, flows};

use crate::both::{at, id};

/// When everything happens.
pub const NOW: &str = "2026-11-23T12:00:00Z";

pub fn now() -> Timestamp {
    at(NOW)
}

/// A state of that type, `second` seconds after now.
pub fn state(kind: StateType, second: f64) -> State {
    StateCreate::new(kind).minted(id(), now().plus_seconds(second))
}

/// A run of the flow in a state that began now; SCHEDULED is due now.
pub fn run(flow: FlowId, name: &str, kind: StateType) -> FlowRun {
    let json = json!({ "id": id::<FlowRunId>(), "flow_id": flow, "name": name });
    let mut run: FlowRun = serde_json::from_value(json).expect("a run");
    enter(&mut run, state(kind, 0.0));
    run.expected_start_time = Some(now());
    run
}

/// Gives the run the state and what belongs to it.
pub fn enter(run: &mut FlowRun, state: State) {
    run.next_scheduled_start_time = if state.kind == StateType::Scheduled { state.scheduled_time() } else { None };
    run.state_id = Some(state.id);
    run.state_type = Some(state.kind);
    run.state_name = Some(state.name.clone());
    run.state = Some(state);
}

/// A task run of the flow run in a state that began now.
pub fn task(flow_run: Option<FlowRunId>, name: &str, kind: StateType) -> TaskRun {
    let id: domain::TaskRunId = id();
    let json = json!({ "id": id, "flow_run_id": flow_run, "name": name, "task_key": name, "dynamic_key": "0" });
    let mut run: TaskRun = serde_json::from_value(json).expect("a task run");
    run.state = Some(state(kind, 0.0));
    run.expected_start_time = Some(now());
    run
}

/// A stored flow of that name.
pub async fn flow(tx: &mut Tx, name: &str) -> FlowId {
    let flow = Flow {
        id: id(),
        created: None,
        updated: None,
        name: name.to_owned(),
        tags: vec!["f".to_owned()],
        labels: None,
    };
    flows::insert_or_get(tx, &flow, now()).await.expect("stored").0.id
}

/// Stores the runs.
pub async fn insert(store: &Store, runs: &[&FlowRun]) {
    let mut tx = store.write().await.expect("a transaction");
    for run in runs {
        assert!(flow_runs::insert(&mut tx, run, now()).await.expect("stored"));
    }
    tx.commit().await.expect("committed");
}

/// A stored flow in a transaction of its own.
pub async fn new_flow(store: &Store, name: &str) -> FlowId {
    let mut tx = store.write().await.expect("a transaction");
    let flow = flow(&mut tx, name).await;
    tx.commit().await.expect("committed");
    flow
}
