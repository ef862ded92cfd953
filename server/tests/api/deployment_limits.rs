//! How many runs of a deployment there may be at once.

use client::flow_runs;
use domain::state::{SetStateDetails, SetStateStatus, State, StateCreate, StateType};
use domain::{FlowRunId, Major};
use serde_json::{Value, json};
use server::orchestration::Asked;
use server::orchestration::flow_rules::FlowPolicy;
use server::orchestration::set_state::set_state;

use super::flow_runs::flow;
use crate::harness::Server;

/// A deployment with a limit of one run; its id.
async fn limited(server: &Server, strategy: &str) -> String {
    let body = json!({ "name": "demo", "flow_id": flow(server, "etl").await, "concurrency_limit": 1,
                       "concurrency_options": { "collision_strategy": strategy, "grace_period_seconds": 60 } });
    let (status, deployment) = server.post("/deployments/", body).await;
    assert_eq!(status, 201, "{deployment:#}");
    deployment["id"].as_str().expect("an id").to_owned()
}

async fn run(server: &Server, deployment: &str) -> FlowRunId {
    let (status, run) = server.post(&format!("/deployments/{deployment}/create_flow_run"), json!({})).await;
    assert_eq!(status, 201, "{run:#}");
    serde_json::from_value(run["id"].clone()).expect("an id")
}

async fn slots(server: &Server, deployment: &str) -> Value {
    server.get(&format!("/deployments/{deployment}")).await.1["global_concurrency_limit"]["active_slots"].clone()
}

async fn propose(
    server: &Server,
    major: Major,
    run: FlowRunId,
    kind: StateType,
) -> (SetStateStatus, SetStateDetails, State) {
    let answer =
        flow_runs::set_state(&server.client(major), run, StateCreate::new(kind), false).await.expect("an answer");
    (answer.status, answer.details, answer.state.expect("a state"))
}

#[tokio::test]
async fn a_run_without_a_slot_waits_and_gets_it_later() {
    let server = Server::start().await;
    let deployment = limited(&server, "ENQUEUE").await;
    let (first, second) = (run(&server, &deployment).await, run(&server, &deployment).await);
    let (status, _, claimed) = propose(&server, Major::V3, first, StateType::Pending).await;
    assert_eq!(status, SetStateStatus::Accept);
    assert!(claimed.state_details.deployment_concurrency_lease_id.is_some());
    assert_eq!(slots(&server, &deployment).await, json!(1));
    let (status, details, waits) = propose(&server, Major::V3, second, StateType::Pending).await;
    let reason = Some("Deployment concurrency limit reached.".to_owned());
    assert_eq!((status, details), (SetStateStatus::Reject, SetStateDetails::RejectDetails { reason }));
    assert_eq!((waits.name.as_str(), waits.kind), ("AwaitingConcurrencySlot", StateType::Scheduled));
    assert_eq!(waits.scheduled_time().map(|due| due.seconds_since(server.app.clock.now())), Some(30.0));
    let (_, _, running) = propose(&server, Major::V3, first, StateType::Running).await;
    assert_eq!(
        running.state_details.deployment_concurrency_lease_id,
        claimed.state_details.deployment_concurrency_lease_id
    );
    propose(&server, Major::V3, first, StateType::Completed).await;
    assert_eq!(slots(&server, &deployment).await, json!(0));
    server.pass(30.0);
    assert_eq!(propose(&server, Major::V3, second, StateType::Pending).await.0, SetStateStatus::Accept);
    flow_runs::delete(&server.client(Major::V3), second).await.expect("deleted");
    assert_eq!(slots(&server, &deployment).await, json!(0), "a deleted run holds nothing");
}

#[tokio::test]
async fn where_new_runs_are_not_to_wait_they_are_cancelled() {
    let server = Server::start().await;
    let deployment = limited(&server, "CANCEL_NEW").await;
    let (first, second, third) =
        (run(&server, &deployment).await, run(&server, &deployment).await, run(&server, &deployment).await);
    propose(&server, Major::V3, first, StateType::Pending).await;
    let (status, _, state) = propose(&server, Major::V3, second, StateType::Pending).await;
    assert_eq!((status, state.kind), (SetStateStatus::Reject, StateType::Cancelled));
    let late = StateCreate::new(StateType::Scheduled).named("Late");
    let asked = Asked::by_server(server.app.clock.now());
    let decision =
        set_state(&server.app, &asked, third, late, FlowPolicy::MarkLate).await.expect("decided").expect("there");
    assert_eq!(decision.answer.state.map(|state| state.kind), Some(StateType::Cancelled));
}

#[tokio::test]
async fn a_client_that_renews_nothing_keeps_its_slot_until_the_end() {
    let server = Server::start().await;
    let deployment = limited(&server, "ENQUEUE").await;
    let first = run(&server, &deployment).await;
    propose(&server, Major::V2, first, StateType::Pending).await;
    let (_, _, running) = propose(&server, Major::V2, first, StateType::Running).await;
    assert_eq!(running.state_details.deployment_concurrency_lease_id, None);
    server.pass(1000.0);
    server::scheduler::repossessor::tick(server.app.clone()).await.expect("reclaimed");
    assert_eq!(slots(&server, &deployment).await, json!(1));
    propose(&server, Major::V2, first, StateType::Failed).await;
    assert_eq!(slots(&server, &deployment).await, json!(0));
}

#[tokio::test]
async fn a_claim_that_took_too_long_may_have_lost_its_slot() {
    let server = Server::start().await;
    let deployment = limited(&server, "ENQUEUE").await;
    let (slow, quick) = (run(&server, &deployment).await, run(&server, &deployment).await);
    propose(&server, Major::V3, slow, StateType::Pending).await;
    server.pass(61.0);
    server::scheduler::repossessor::tick(server.app.clone()).await.expect("reclaimed");
    assert_eq!(slots(&server, &deployment).await, json!(0));
    propose(&server, Major::V3, quick, StateType::Pending).await;
    let (status, _, state) = propose(&server, Major::V3, slow, StateType::Running).await;
    assert_eq!((status, state.kind), (SetStateStatus::Reject, StateType::Cancelled));
    assert_eq!(slots(&server, &deployment).await, json!(1), "the other's");
}

#[tokio::test]
async fn a_retry_inside_its_process_keeps_the_slot() {
    let server = Server::start().await;
    let deployment = limited(&server, "ENQUEUE").await;
    let first = run(&server, &deployment).await;
    let policy = json!({ "empirical_policy": { "retries": 1, "retry_delay": 0 } });
    server.call(Major::V3, axum::http::Method::PATCH, &format!("/flow_runs/{first}"), Some(policy)).await;
    propose(&server, Major::V3, first, StateType::Pending).await;
    propose(&server, Major::V3, first, StateType::Running).await;
    let (_, _, retry) = propose(&server, Major::V3, first, StateType::Failed).await;
    assert_eq!(retry.name, "AwaitingRetry");
    assert_eq!(slots(&server, &deployment).await, json!(1));
    let (_, _, again) = propose(&server, Major::V3, first, StateType::Running).await;
    assert_eq!(
        again.state_details.deployment_concurrency_lease_id,
        retry.state_details.deployment_concurrency_lease_id
    );
    propose(&server, Major::V3, first, StateType::Failed).await;
    assert_eq!(slots(&server, &deployment).await, json!(0));
}
