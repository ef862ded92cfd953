//! Task runs that wait for a task worker.

use domain::state::{State, StateCreate, StateType};
use domain::task_runs::TaskRun;
use domain::{FlowRunId, TaskRunId, Timestamp};
use serde_json::json;
use store::{Tx, deferred_task_runs, task_runs};

use crate::both::{at, id, on_both};

const NOON: &str = "2026-11-23T12:00:00Z";

fn state(kind: StateType, name: &str, deferred: Option<bool>) -> State {
    let mut state = StateCreate::new(kind).named(name).minted(id(), at(NOON));
    state.state_details.deferred = deferred;
    state
}

async fn task_run(tx: &mut Tx, key: &str, due: f64, flow_run: Option<FlowRunId>, state: State) -> TaskRunId {
    let run: TaskRun = serde_json::from_value(json!({
        "id": id::<TaskRunId>(), "name": key, "flow_run_id": flow_run, "task_key": key, "dynamic_key": id::<TaskRunId>(),
        "state_id": state.id, "state_type": state.kind, "state_name": state.name, "state": state,
        "next_scheduled_start_time": Timestamp::plus_seconds(at(NOON), due), "task_inputs": {},
    }))
    .expect("a task run");
    task_runs::insert(tx, &run, at(NOON)).await.expect("stored");
    run.id
}

#[tokio::test]
async fn only_deferred_runs_of_the_asked_tasks_wait() {
    on_both(async |store| {
        let mut tx = store.write().await.expect("a transaction");
        let scheduled = |deferred| state(StateType::Scheduled, "Scheduled", deferred);
        let later = task_run(&mut tx, "a", 2.0, Some(id()), scheduled(Some(true))).await;
        let first = task_run(&mut tx, "b", 1.0, None, scheduled(Some(true))).await;
        let of_v2 = task_run(&mut tx, "a", 3.0, None, scheduled(None)).await;
        task_run(&mut tx, "a", 0.0, Some(id()), scheduled(None)).await;
        task_run(&mut tx, "a", 0.0, None, scheduled(Some(false))).await;
        task_run(&mut tx, "a", 0.0, None, state(StateType::Scheduled, "AwaitingRetry", Some(true))).await;
        let running = task_run(&mut tx, "a", 0.0, None, state(StateType::Running, "Running", Some(true))).await;
        task_run(&mut tx, "c", 0.0, None, scheduled(Some(true))).await;
        let keys = ["a".to_owned(), "b".to_owned()];
        assert_eq!(deferred_task_runs::waiting(&mut tx, &keys, 10).await.expect("ids"), [first, later, of_v2]);
        assert_eq!(deferred_task_runs::waiting(&mut tx, &keys, 1).await.expect("ids"), [first]);
        assert_eq!(deferred_task_runs::waiting(&mut tx, &[], 10).await.expect("ids"), []);
        let still = deferred_task_runs::still_scheduled(&mut tx, &[first, running, id()]).await.expect("ids");
        assert_eq!(still, [first]);
    })
    .await;
}
