//! Task runs that a Prefect 3 engine reported, from a recording of its events.

use domain::filter::Page;
use domain::state::StateType;
use domain::{FlowRunId, Major};
use serde_json::{Value, json};
use server::orchestration::AfterCommit;
use server::orchestration::record_task_run::record;

use crate::harness::Server;

const RUN: &str = "d976c042-055c-4b42-88dd-29fd1abfc20d";

/// The engine's events, as they came.
fn events() -> Vec<Value> {
    serde_json::from_str(include_str!("../recordings/p3_task_run_events.json")).expect("a list")
}

/// Records the events, each in a transaction of its own; how many were reports.
async fn take(server: &Server, events: &[Value]) -> usize {
    let mut reports = 0;
    for event in events {
        let (mut tx, mut after) = (server.app.store.write().await.expect("a transaction"), AfterCommit::default());
        reports += usize::from(record(&mut tx, event, server.app.clock.now(), &mut after).await.expect("recorded"));
        tx.commit().await.expect("committed");
    }
    reports
}

async fn seen(server: &Server) -> Vec<(String, Option<StateType>, i64)> {
    let filter = json!({ "task_runs": { "flow_run_id": { "any_": [RUN] } }, "sort": "NAME_ASC" });
    let page: Page<_> = serde_json::from_value(filter).expect("a page");
    let found = client::task_runs::filter(&server.client(Major::V3), &page).await.expect("found");
    found.into_iter().map(|run| (run.name, run.state_type, run.run_count)).collect()
}

#[tokio::test]
async fn reports_become_task_runs_in_any_order_and_once() {
    let server = Server::start().await;
    let events = events();
    assert_eq!(take(&server, &events).await, 21, "the others are about other things");
    let in_order = seen(&server).await;
    assert_eq!(in_order.len(), 7, "{in_order:?}");
    assert!(in_order.iter().all(|(_, kind, _)| kind.is_some_and(StateType::is_terminal)), "{in_order:?}");

    let again = Server::start().await;
    let mut shuffled: Vec<Value> = events.iter().rev().cloned().collect();
    shuffled.extend(events.iter().take(9).cloned());
    take(&again, &shuffled).await;
    assert_eq!(seen(&again).await, in_order);
    take(&again, &events).await;
    assert_eq!(seen(&again).await, in_order);
}

#[tokio::test]
async fn a_reported_state_has_its_runs_ids_and_its_result() {
    let server = Server::start().await;
    take(&server, &events()).await;
    let page: Page<_> = serde_json::from_value(json!({ "sort": "EXPECTED_START_TIME_ASC" })).expect("a page");
    let first = client::task_runs::filter(&server.client(Major::V3), &page).await.expect("found").remove(0);
    assert_eq!(first.flow_run_id, RUN.parse::<FlowRunId>().ok());
    let state = first.state.expect("a state");
    assert_eq!((state.state_details.flow_run_id, state.state_details.task_run_id), (first.flow_run_id, Some(first.id)));
    assert!(state.has_persisted_data(), "{state:?}");
    let states = client::task_runs::states(&server.client(Major::V3), first.id).await.expect("read");
    let types: Vec<StateType> = states.iter().map(|state| state.kind).collect();
    assert_eq!(types, [StateType::Pending, StateType::Running, StateType::Completed]);
}

#[tokio::test]
async fn other_events_are_no_reports() {
    let server = Server::start().await;
    let mut from_a_server = events().remove(1);
    from_a_server["resource"]["prefect.orchestration"] = json!("server");
    let mut broken = events().remove(1);
    broken["payload"]["task_run"] = json!({});
    let mut of_a_flow = events().remove(1);
    of_a_flow["event"] = json!("prefect.flow-run.Running");
    assert_eq!(take(&server, &[from_a_server, broken, of_a_flow, json!({})]).await, 0);
    assert_eq!(seen(&server).await, []);
}
