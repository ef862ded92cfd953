use domain::{Major, Timestamp};
use serde_json::json;

use super::*;
use crate::clock::new_id;
use crate::orchestration::create_run;

fn now() -> Timestamp {
    "2026-11-23T17:00:00Z".parse().expect("a time")
}

fn run_in(text: &str) -> TaskRun {
    let json = json!({ "id": new_id::<domain::Uuid>(), "name": "t-0", "task_key": "t", "dynamic_key": "0" });
    let mut run: TaskRun = serde_json::from_value(json).expect("a task run");
    run.state = Some(proposal(text).minted(new_id(), now().plus_seconds(-10.0)));
    run
}

fn proposal(text: &str) -> StateCreate {
    let (kind, name) = text.split_once('/').map_or((text, None), |(kind, name)| (kind, Some(name)));
    let mut state = StateCreate::new(kind.parse().expect("a state type"));
    state.name = name.map(str::to_owned);
    state
}

fn flow_run_in(kind: &str) -> FlowRun {
    let mut run = create_run::blank(new_id());
    run.state = Some(proposal(kind).minted(new_id(), now()));
    run.run_count = 1;
    run
}

struct Heard {
    ruling: Ruling,
    proposed: StateCreate,
    run_count: i64,
}

fn heard(
    run: &TaskRun,
    flow_run: Option<&FlowRun>,
    cached: Option<&State>,
    proposed: StateCreate,
    policy: TaskPolicy,
) -> Heard {
    let asked = Asked { major: Major::V2, version: None, at: now() };
    let run_count = run.run_count;
    let mut t = TaskTransition { asked: &asked, run, flow_run, cached, proposed, run_count, random: 0.5 };
    let ruling = t.hear(policy);
    Heard { ruling, proposed: t.proposed, run_count: t.run_count }
}

fn short(ruling: &Ruling) -> String {
    match ruling {
        Ruling::Pass => "ok".to_owned(),
        Ruling::Keep { .. } => "keep".to_owned(),
        Ruling::Abort { .. } => "abort".to_owned(),
        Ruling::Wait { delay_seconds, .. } => format!("wait {delay_seconds}"),
        Ruling::Replace { state, .. } => state.name().to_owned(),
    }
}

#[test]
fn tasks_run_while_their_flow_does() {
    let cases = [
        ("RUNNING", "ok"),
        ("PAUSED", "NotReady"),
        ("PENDING", "abort"),
        ("CANCELLING", "abort"),
        ("COMPLETED", "abort"),
    ];
    for (flow, expected) in cases {
        let flow_run = flow_run_in(flow);
        let heard = heard(&run_in("PENDING"), Some(&flow_run), None, proposal("RUNNING"), TaskPolicy::Core);
        assert_eq!(short(&heard.ruling), expected, "{flow}");
    }
    let alone = heard(&run_in("PENDING"), None, None, proposal("RUNNING"), TaskPolicy::Core);
    assert_eq!(alone.ruling, Ruling::Pass);
}

#[test]
fn what_has_ended_stays_ended_unless_it_runs_again() {
    let mut completed = run_in("COMPLETED");
    completed.run_count = 2;
    let of = |run: &TaskRun, to: &str| heard(run, None, None, proposal(to), TaskPolicy::Core);
    for to in ["CANCELLING", "PAUSED", "CRASHED"] {
        assert_eq!(short(&of(&completed, to).ruling), "abort");
    }
    let again = of(&completed, "RUNNING");
    assert_eq!((short(&again.ruling).as_str(), again.run_count), ("ok", 0));
    completed.state.as_mut().expect("a state").data = Some(json!({ "type": "reference" }));
    assert_eq!(short(&of(&completed, "RUNNING").ruling), "keep");
}

#[test]
fn attempts_are_told_apart_by_name() {
    // current state, attempts so far, the flow's attempts, expected name
    let cases = [
        ("PENDING", 0, 1, "Running"),
        ("SCHEDULED/AwaitingRetry", 1, 1, "Retrying"),
        ("PENDING", 1, 1, "Rerunning"),
        ("FAILED", 1, 2, "Retrying"),
        ("FAILED", 1, 1, "Running"),
    ];
    for (from, run_count, flow_run_count, expected) in cases {
        let mut run = run_in(from);
        run.run_count = run_count;
        run.flow_run_run_count = 1;
        run.state.as_mut().expect("a state").state_details.scheduled_time = None;
        let flow_run = FlowRun { run_count: flow_run_count, ..flow_run_in("RUNNING") };
        let heard = heard(&run, Some(&flow_run), None, proposal("RUNNING"), TaskPolicy::Core);
        assert_eq!(heard.proposed.name(), expected, "{from} {run_count} {flow_run_count}");
    }
}

#[test]
fn failures_are_retried_with_the_delay_of_their_attempt() {
    // policy, attempts so far, retriable, expected delay
    let cases = [
        (json!({}), 1, None, None),
        (json!({ "retries": 2 }), 1, None, Some(0.0)),
        (json!({ "retries": 2, "retry_delay": 7 }), 2, None, Some(7.0)),
        (json!({ "retries": 2, "retry_delay": 7 }), 3, None, None),
        (json!({ "retries": 3, "retry_delay": [1, 5] }), 1, None, Some(1.0)),
        (json!({ "retries": 3, "retry_delay": [1, 5] }), 3, None, Some(5.0)),
        (json!({ "retries": 3 }), 1, Some(false), None),
        (json!({ "max_retries": 1, "retry_delay_seconds": 2.5 }), 1, None, Some(2.5)),
    ];
    for (policy, run_count, retriable, expected) in cases {
        let mut run = run_in("RUNNING");
        run.run_count = run_count;
        run.empirical_policy = serde_json::from_value(policy.clone()).expect("a policy");
        let mut failed = proposal("FAILED");
        failed.state_details.retriable = retriable;
        let due = match heard(&run, None, None, failed, TaskPolicy::Core).ruling {
            Ruling::Replace { state, .. } => {
                state.state_details.scheduled_time.map(|at| at.timestamp().seconds_since(now()))
            }
            _ => None,
        };
        assert_eq!(due, expected, "{policy} {run_count}");
    }
}

#[test]
fn jitter_stays_within_its_bounds() {
    let draws: Vec<f64> = (0..=1000).map(|n| retries::jittered(10.0, 0.5, n as f64 / 1000.0)).collect();
    assert!(draws.iter().all(|delay| (5.0..=15.0001).contains(delay)), "{:?} {:?}", draws.first(), draws.last());
    let average = draws.iter().sum::<f64>() / draws.len() as f64;
    assert!((average - 10.0).abs() < 1.0, "{average}");
}

#[test]
fn a_known_result_is_taken_over() {
    let mut cached = proposal("COMPLETED").minted(new_id(), now());
    cached.data = Some(json!({ "storage_key": "x" }));
    let flow_run = flow_run_in("RUNNING");
    let heard = heard(&run_in("PENDING"), Some(&flow_run), Some(&cached), proposal("RUNNING"), TaskPolicy::Core);
    match heard.ruling {
        Ruling::Replace { state, .. } => assert_eq!((state.name(), &state.data), ("Cached", &cached.data)),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_background_task_is_claimed_once() {
    let of =
        |from: &str, to: &str| short(&heard(&run_in(from), None, None, proposal(to), TaskPolicy::Background).ruling);
    assert_eq!(of("SCHEDULED", "PENDING"), "ok");
    assert_eq!(of("PENDING", "PENDING"), "abort");
    assert_eq!(of("RUNNING", "PENDING"), "abort");
}
