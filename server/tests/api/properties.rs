//! What must hold whatever clients propose: a run, its history and the counters about it say the same, and
//! what can be had once is had once.

use axum::http::Method;
use domain::{Major, Timestamp};
use futures::future::join_all;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use crate::harness::Server;
use crate::harness::each::on_each;

/// Sequences on each database, and the longest of them.
const SEQUENCES: usize = 24;
const LONGEST: usize = 14;

const TYPES: [&str; 9] =
    ["SCHEDULED", "PENDING", "RUNNING", "COMPLETED", "FAILED", "CANCELLED", "CRASHED", "PAUSED", "CANCELLING"];

/// One proposal, and how long before it nothing happened.
#[derive(Debug, Clone)]
struct Proposal {
    body: Value,
    pause: f64,
    of_v2: bool,
    resumes: bool,
}

fn proposal() -> impl Strategy<Value = Proposal> {
    let names =
        prop_oneof![4 => Just(None), 1 => Just(Some("Late")), 1 => Just(Some("Submitting")), 1 => Just(Some("Mine"))];
    let data = prop_oneof![3 => Just(Value::Null), 1 => Just(json!({ "type": "literal", "value": 1 })), 1 => Just(json!({ "type": "unpersisted" }))];
    let key = prop_oneof![Just(None), (0..3u8).prop_map(|n| Some(format!("key-{n}")))];
    let transition =
        prop_oneof![Just(None), (0..4u8).prop_map(|n| Some(format!("11111111-1111-4111-8111-11111111111{n}")))];
    let rest = (any::<bool>(), prop::bool::weighted(0.15), prop::bool::weighted(0.1), 0.0..400.0);
    (0..TYPES.len(), names, data, key, transition, rest).prop_map(
        |(kind, name, data, pause_key, transition_id, (of_v2, force, resumes, pause))| {
            let details = json!({ "pause_key": pause_key, "transition_id": transition_id });
            let state = json!({ "type": TYPES[kind], "name": name, "data": data, "state_details": details });
            Proposal { body: json!({ "state": state, "force": force }), pause, of_v2, resumes }
        },
    )
}

/// The sequences are the same in every run of the test.
fn sequences() -> Vec<Vec<Proposal>> {
    let mut runner = TestRunner::deterministic();
    let strategy = prop::collection::vec(proposal(), 1..LONGEST);
    (0..SEQUENCES).map(|_| strategy.new_tree(&mut runner).expect("a sequence").current()).collect()
}

fn at(value: &Value) -> Timestamp {
    value.as_str().and_then(|text| text.parse().ok()).unwrap_or_else(|| panic!("no datetime: {value}"))
}

#[tokio::test]
async fn a_run_and_its_history_agree_whatever_is_proposed() {
    on_each(async |server| {
        let (_, flow) = server.post("/flows/", json!({ "name": "f" })).await;
        for sequence in sequences() {
            let policy = json!({ "retries": sequence.len() % 3, "retry_delay": 0 });
            let (_, run) = server.post("/flow_runs/", json!({ "flow_id": flow["id"], "empirical_policy": policy })).await;
            let path = format!("/flow_runs/{}", run["id"].as_str().expect("an id"));
            let mut before = history(&server, "flow", &run).await;
            for proposal in &sequence {
                server.pass(proposal.pause);
                let major = if proposal.of_v2 { Major::V2 } else { Major::V3 };
                let (what, body) = match proposal.resumes {
                    true => ("resume", json!({})),
                    false => ("set_state", proposal.body.clone()),
                };
                let (status, answer) = server.call(major, Method::POST, &format!("{path}/{what}"), Some(body)).await;
                let now = check(&server, "flow", &path, status, &answer, &before).await;
                before = now;
            }
            let id = run["id"].as_str().expect("an id");
            let about = json!({ "filter": { "resource": { "id": [format!("prefect.flow-run.{id}")] }, "event": { "prefix": ["prefect.flow-run."] },
                                            "occurred": { "since": "2026-01-01T00:00:00Z", "until": "2027-06-01T00:00:00Z" } } });
            let (_, events) = server.post("/events/filter", about).await;
            assert_eq!(events["total"], json!(before.len()), "an event for each state of {sequence:#?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_task_run_and_its_history_agree_whatever_is_proposed() {
    on_each(async |server| {
        let (_, flow) = server.post("/flows/", json!({ "name": "f" })).await;
        let (_, run) =
            server.post("/flow_runs/", json!({ "flow_id": flow["id"], "state": { "type": "RUNNING" } })).await;
        for (n, sequence) in sequences().into_iter().enumerate() {
            let new = json!({ "flow_run_id": run["id"], "task_key": "t", "dynamic_key": n.to_string(),
                              "empirical_policy": { "retries": n % 3, "retry_delay": 0 } });
            let (_, task) = server.post("/task_runs/", new).await;
            let path = format!("/task_runs/{}", task["id"].as_str().expect("an id"));
            let mut before = history(&server, "task", &task).await;
            for proposal in sequence.iter().filter(|proposal| !proposal.resumes) {
                server.pass(proposal.pause);
                let major = if proposal.of_v2 { Major::V2 } else { Major::V3 };
                let set_state = format!("{path}/set_state");
                let (status, answer) = server.call(major, Method::POST, &set_state, Some(proposal.body.clone())).await;
                before = check(&server, "task", &path, status, &answer, &before).await;
            }
        }
    })
    .await;
}

async fn history(server: &Server, kind: &str, run: &Value) -> Vec<Value> {
    let path = format!("/{kind}_run_states/?{kind}_run_id={}", run["id"].as_str().expect("an id"));
    server.get(&path).await.1.as_array().expect("states").clone()
}

/// Looks at the run after an answer; its history now.
async fn check(server: &Server, kind: &str, path: &str, status: u16, answer: &Value, before: &[Value]) -> Vec<Value> {
    let (_, run) = server.get(path).await;
    let now = history(server, kind, &run).await;
    let place = format!("{answer:#}\n{run:#}\n{now:#?}");
    assert!(matches!(status, 200 | 201), "{status}: {place}");
    assert!(["ACCEPT", "REJECT", "ABORT", "WAIT"].iter().any(|word| answer["status"] == *word), "{place}");
    assert_eq!(now.len(), before.len() + usize::from(status == 201), "201 is for new states: {place}");
    assert_eq!(&now[..before.len()], before, "history is not rewritten");

    let last = now.last().expect("a state");
    assert_eq!((&run["state"]["id"], &run["state_id"]), (&last["id"], &last["id"]), "{place}");
    assert_eq!((&run["state_type"], &run["state_name"]), (&last["type"], &last["name"]), "{place}");
    if !answer["state"].is_null() {
        assert_eq!(answer["state"]["id"], last["id"], "the answer tells the state that the run has: {place}");
    }
    let times: Vec<Timestamp> = now.iter().map(|state| at(&state["timestamp"])).collect();
    assert!(times.windows(2).all(|pair| pair[0] < pair[1]), "states have an order: {place}");

    let is = |state: &Value, word: &str| state["type"] == word;
    let running = now.iter().filter(|state| is(state, "RUNNING")).count() as i64;
    let paused = now.iter().filter(|state| is(state, "PAUSED")).count() as i64;
    let counted = run["run_count"].as_i64().expect("a number");
    // A task that is run again after its end is counted anew; a run that goes on after a pause is not.
    let least = if kind == "flow" { running - paused } else { i64::from(is(last, "RUNNING")) };
    assert!(counted <= running && least <= counted, "{running} times running: {place}");
    let worked: f64 = now
        .iter()
        .zip(times.windows(2))
        .filter(|(state, _)| is(state, "RUNNING"))
        .map(|(_, pair)| pair[1].seconds_since(pair[0]))
        .sum();
    assert!((run["total_run_time"].as_f64().expect("seconds") - worked).abs() < 1e-3, "it ran {worked} s: {place}");
    let first = now.iter().position(|state| is(state, "RUNNING"));
    if let Some(first) = first.filter(|first| now[..*first].iter().all(|state| !is_terminal(state))) {
        assert_eq!(at(&run["start_time"]), times[first], "{place}");
    }
    assert!(run["end_time"].is_null() || is_terminal(last), "{place}");
    now
}

fn is_terminal(state: &Value) -> bool {
    ["COMPLETED", "FAILED", "CANCELLED", "CRASHED"].iter().any(|word| state["type"] == *word)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_deployment_never_has_more_runs_than_its_limit() {
    on_each(async |server| {
        let (_, flow) = server.post("/flows/", json!({ "name": "f" })).await;
        let new = json!({ "name": "d", "flow_id": flow["id"], "concurrency_limit": 2, "concurrency_options": { "collision_strategy": "CANCEL_NEW" } });
        let (_, deployment) = server.post("/deployments/", new).await;
        let of = deployment["id"].as_str().expect("an id");
        let mut made = Vec::new();
        for _ in 0..6 {
            made.push(server.post(&format!("/deployments/{of}/create_flow_run"), json!({})).await.1);
        }
        let propose = async |run: &Value, kind: &str| {
            let path = format!("/flow_runs/{}/set_state", run["id"].as_str().expect("an id"));
            server.post(&path, json!({ "state": { "type": kind } })).await.1
        };
        let slots = async || server.get(&format!("/deployments/{of}")).await.1["global_concurrency_limit"]["active_slots"].clone();
        let answers = join_all(made.iter().map(|run| propose(run, "PENDING"))).await;
        let claimed: Vec<&Value> =
            made.iter().zip(&answers).filter(|(_, answer)| answer["status"] == "ACCEPT").map(|(run, _)| run).collect();
        assert_eq!((claimed.len(), slots().await), (2, json!(2)), "{answers:#?}");
        for run in claimed {
            propose(run, "RUNNING").await;
            propose(run, "COMPLETED").await;
        }
        assert_eq!(slots().await, json!(0), "slots of ended runs are free");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_who_claim_a_run_at_once_one_gets_it() {
    on_each(async |server| {
        let (_, flow) = server.post("/flows/", json!({ "name": "f" })).await;
        for round in 0..8 {
            let new = json!({ "flow_id": flow["id"], "state": { "type": "SCHEDULED" } });
            let (_, run) = server.post("/flow_runs/", new).await;
            let path = format!("/flow_runs/{}/set_state", run["id"].as_str().expect("an id"));
            let claims = (0..6).map(|n| {
                let major = if n % 2 == 0 { Major::V3 } else { Major::V2 };
                let id = format!("22222222-2222-4222-8222-0000000{round:02}{n:03}");
                let body = json!({ "state": { "type": "PENDING", "state_details": { "transition_id": id } } });
                server.call(major, Method::POST, &path, Some(body))
            });
            let answers = join_all(claims).await;
            let won = answers.iter().filter(|(_, answer)| answer["status"] == "ACCEPT").count();
            let lost = answers.iter().filter(|(_, answer)| answer["status"] == "ABORT").count();
            assert_eq!((won, lost), (1, 5), "{answers:#?}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_limit_gives_no_more_slots_than_it_has() {
    on_each(async |server| {
        server.post("/v2/concurrency_limits/", json!({ "name": "g", "limit": 5 })).await;
        let takes = (0..16).map(|n| {
            let path = ["/v2/concurrency_limits/increment", "/v2/concurrency_limits/increment-with-lease"][n % 2];
            server.call(Major::V3, Method::POST, path, Some(json!({ "names": ["g"], "slots": 1 })))
        });
        let statuses: Vec<u16> = join_all(takes).await.into_iter().map(|(status, _)| status).collect();
        assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 5, "{statuses:?}");
        assert_eq!(statuses.iter().filter(|status| **status == 423).count(), 11, "{statuses:?}");
        assert_eq!(server.get("/v2/concurrency_limits/g").await.1["active_slots"], json!(5));
    })
    .await;
}
