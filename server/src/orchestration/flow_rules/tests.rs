use domain::flow_runs::RetryType;
use domain::{Major, Timestamp};
use serde_json::json;

use super::*;
use crate::clock::new_id;
use crate::orchestration::create_run::blank;

fn now() -> Timestamp {
    "2026-11-23T17:00:00Z".parse().expect("a time")
}

/// A deployed run without a process in the state that `text` names: `TYPE` or `TYPE/Name`.
fn run_in(text: &str) -> FlowRun {
    let mut run = FlowRun { deployment_id: Some(new_id()), ..blank(new_id()) };
    run.state = Some(proposal(text).minted(new_id(), now().plus_seconds(-10.0)));
    run
}

fn proposal(text: &str) -> StateCreate {
    let (kind, name) = text.split_once('/').map_or((text, None), |(kind, name)| (kind, Some(name)));
    let mut state = StateCreate::new(kind.parse().expect("a state type"));
    state.name = name.map(str::to_owned);
    state
}

fn heard(run: &FlowRun, proposed: StateCreate, major: Major, policy: FlowPolicy) -> (Ruling, FlowRunPolicy) {
    let asked = Asked { major, version: None, at: now() };
    let mut transition = FlowTransition::new(&asked, run, proposed);
    let ruling = transition.hear(policy);
    (ruling, transition.policy)
}

/// `ok`, `keep`, `abort`, `wait 5`, or the state that is committed instead.
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
fn every_type_to_every_type() {
    // Rows: the current type; columns: the proposed one in the same order. Runs are deployed, have no
    // process, no retries and no result. Where the majors differ it says v2|v3.
    let columns =
        ["SCHEDULED", "PENDING", "RUNNING", "PAUSED", "CANCELLING", "COMPLETED", "FAILED", "CANCELLED", "CRASHED"];
    let table = [
        ("SCHEDULED", "ok ok ok keep Cancelled ok ok ok ok"),
        ("PENDING", "ok abort ok keep ok ok ok ok ok"),
        ("RUNNING", "ok abort ok ok ok ok ok ok ok"),
        ("PAUSED", "ok keep ok keep keep|ok ok ok ok ok"),
        ("CANCELLING", "keep keep keep keep keep keep keep ok keep"),
        ("COMPLETED", "ok ok ok abort abort ok ok ok abort"),
        ("FAILED", "ok ok ok abort abort ok ok ok abort"),
        ("CANCELLED", "keep|ok keep|abort keep|ok abort abort keep|ok keep|ok ok abort"),
        ("CRASHED", "ok ok ok abort abort ok ok ok abort"),
    ];
    for (from, expected) in table {
        for (to, expected) in columns.iter().zip(expected.split(' ')) {
            let (v2, v3) = expected.split_once('|').unwrap_or((expected, expected));
            for (major, expected) in [(Major::V2, v2), (Major::V3, v3)] {
                let (ruling, _) = heard(&run_in(from), proposal(to), major, FlowPolicy::Core);
                assert_eq!(short(&ruling), expected, "{major:?} {from} -> {to}: {ruling:?}");
            }
        }
    }
}

#[test]
fn names_decide_where_types_do_not() {
    let cases = [
        ("PENDING/Pending", "PENDING/Submitting", "ok"),
        ("PENDING/Submitting", "PENDING/InfrastructurePending", "ok"),
        ("PENDING/Submitting", "PENDING/Submitting", "abort"),
        ("PENDING/Submitting", "PENDING/Pending", "abort"),
        ("PENDING/Pending", "PENDING", "abort"),
        ("SCHEDULED/Scheduled", "SCHEDULED/Late", "ok"),
        ("SCHEDULED/Late", "SCHEDULED/Late", "keep"),
        ("RUNNING", "SCHEDULED/Late", "keep"),
        ("SCHEDULED/Late", "PENDING", "ok"),
        ("SCHEDULED/Resuming", "CANCELLING", "Cancelled"),
        ("SCHEDULED/AwaitingRetry", "CANCELLING", "Cancelled"),
    ];
    for (from, to, expected) in cases {
        let (ruling, _) = heard(&run_in(from), proposal(to), Major::V3, FlowPolicy::Core);
        assert_eq!(short(&ruling), expected, "{from} -> {to}");
    }
}

#[test]
fn a_run_with_a_process_is_cancelled_by_whoever_has_it() {
    let mut run = run_in("SCHEDULED/AwaitingRetry");
    run.infrastructure_pid = Some("4711".to_owned());
    for policy in [FlowPolicy::Core, FlowPolicy::Minimal] {
        let (ruling, _) = heard(&run, proposal("CANCELLING"), Major::V3, policy);
        assert_eq!(ruling, Ruling::Pass);
    }
    run.infrastructure_pid = None;
    for policy in [FlowPolicy::Core, FlowPolicy::Minimal] {
        let (ruling, _) = heard(&run, proposal("CANCELLING"), Major::V3, policy);
        assert_eq!(short(&ruling), "Cancelled", "{policy:?}");
    }
}

#[test]
fn a_suspended_run_has_no_process() {
    let mut run = run_in("PAUSED/Suspended");
    let details = |run: &mut FlowRun, reschedule| {
        run.state.as_mut().expect("a state").state_details.pause_reschedule = reschedule;
    };
    details(&mut run, true);
    assert_eq!(short(&heard(&run, proposal("CANCELLING"), Major::V3, FlowPolicy::Minimal).0), "Cancelled");
    details(&mut run, false);
    assert_eq!(short(&heard(&run, proposal("CANCELLING"), Major::V3, FlowPolicy::Minimal).0), "ok");
}

#[test]
fn the_same_request_twice_is_one_transition() {
    let id = new_id();
    let mut run = run_in("RUNNING");
    run.state.as_mut().expect("a state").state_details.transition_id = Some(id);
    let mut again = proposal("RUNNING");
    again.state_details.transition_id = Some(id);
    assert_eq!(short(&heard(&run, again.clone(), Major::V3, FlowPolicy::Core).0), "keep");
    again.state_details.transition_id = Some(new_id());
    assert_eq!(short(&heard(&run, again.clone(), Major::V3, FlowPolicy::Core).0), "ok");
    again.state_details.transition_id = None;
    assert_eq!(short(&heard(&run, again, Major::V3, FlowPolicy::Core).0), "ok");
}

#[test]
fn failures_are_retried_as_often_as_allowed() {
    // retries, run_count, delay, expected
    let cases = [
        (None, 1, None, "ok"),
        (Some(0), 1, None, "ok"),
        (Some(1), 1, None, "AwaitingRetry"),
        (Some(1), 2, None, "ok"),
        (Some(3), 3, Some(20), "AwaitingRetry"),
    ];
    for (retries, run_count, delay, expected) in cases {
        let mut run = run_in("RUNNING");
        run.run_count = run_count;
        run.empirical_policy.retries = retries;
        run.empirical_policy.retry_delay = delay;
        run.empirical_policy.pause_keys = Some(vec!["k".to_owned()]);
        let mut failed = proposal("FAILED").because("boom");
        failed.data = Some(json!({ "storage_key": "x" }));
        let (ruling, policy) = heard(&run, failed, Major::V3, FlowPolicy::Core);
        assert_eq!(short(&ruling), expected, "{retries:?} {run_count}");
        if let Ruling::Replace { state, reason } = ruling {
            assert_eq!(reason, "Retrying");
            assert_eq!(state.state_details.scheduled_time, Some(now().plus_seconds(delay.unwrap_or(0) as f64).into()));
            assert_eq!((state.message.as_deref(), state.data), (Some("boom"), Some(json!({ "storage_key": "x" }))));
            assert_eq!((policy.retry_type, policy.pause_keys), (Some(RetryType::InProcess), Some(vec![])));
        }
    }
}

#[test]
fn force_skips_retries() {
    let mut run = run_in("RUNNING");
    (run.run_count, run.empirical_policy.retries) = (1, Some(5));
    assert_eq!(short(&heard(&run, proposal("FAILED"), Major::V3, FlowPolicy::Minimal).0), "ok");
}

#[test]
fn nothing_runs_before_it_is_due() {
    for (from, seconds, expected) in [
        ("SCHEDULED", 30.0, "wait 30"),
        ("PENDING", 30.0, "wait 30"),
        ("SCHEDULED", -1.0, "ok"),
        ("PENDING", 0.2, "ok"),
    ] {
        let mut run = run_in(from);
        run.state.as_mut().expect("a state").state_details.scheduled_time = Some(now().plus_seconds(seconds).into());
        let (ruling, _) = heard(&run, proposal("RUNNING"), Major::V2, FlowPolicy::Core);
        assert_eq!(short(&ruling), expected, "{from} {seconds}");
    }
}

#[test]
fn a_claim_remembers_the_due_time() {
    let mut run = run_in("SCHEDULED");
    let due = run.state.as_ref().and_then(|state| state.state_details.scheduled_time);
    assert!(due.is_some());
    let asked = Asked { major: Major::V3, version: None, at: now() };
    let mut claim = FlowTransition::new(&asked, &run, proposal("PENDING"));
    assert_eq!(claim.hear(FlowPolicy::Core), Ruling::Pass);
    let claimed = std::mem::replace(&mut claim.proposed, proposal("PENDING"));
    assert_eq!(claimed.state_details.scheduled_time, due);
    run.state = Some(claimed.minted(new_id(), now()));
    let mut next = FlowTransition::new(&asked, &run, proposal("PENDING/Submitting"));
    assert_eq!(next.hear(FlowPolicy::Core), Ruling::Pass);
    assert_eq!(next.proposed.state_details.scheduled_time, due);
}

#[test]
fn pauses_fire_once_and_only_where_they_can() {
    let pause = |key: Option<&str>, reschedule| {
        let mut pause = proposal("PAUSED/Suspended");
        pause.state_details.pause_key = key.map(str::to_owned);
        pause.state_details.pause_reschedule = reschedule;
        pause
    };
    let mut run = run_in("RUNNING");
    run.empirical_policy.pause_keys = Some(vec!["1".to_owned()]);
    let of = |run: &FlowRun, key, reschedule| short(&heard(run, pause(key, reschedule), Major::V3, FlowPolicy::Core).0);
    assert_eq!(of(&run, Some("1"), false), "keep");
    assert_eq!(of(&run, Some("2"), true), "ok");
    assert_eq!(of(&run, None, false), "ok");
    run.parent_task_run_id = Some(new_id());
    assert_eq!(of(&run, Some("2"), true), "abort");
    assert_eq!(of(&run, Some("2"), false), "ok");
    (run.parent_task_run_id, run.deployment_id) = (None, None);
    assert_eq!(of(&run, Some("2"), true), "abort");
}

#[test]
fn a_pause_that_is_over_fails() {
    let mut run = run_in("PAUSED");
    let mut ruling = |timeout: f64| {
        run.state.as_mut().expect("a state").state_details.pause_timeout = Some(now().plus_seconds(timeout).into());
        short(&heard(&run, proposal("RUNNING"), Major::V3, FlowPolicy::Core).0)
    };
    assert_eq!(ruling(60.0), "ok");
    assert_eq!(ruling(-1.0), "Failed");
}

#[test]
fn results_are_not_lost() {
    let kept = Some(json!({ "storage_key": "x" }));
    let lost = Some(json!({ "type": "unpersisted" }));
    // data of the completed state, proposed type, its data, policy, expected
    let cases = [
        (&kept, "RUNNING", &None, FlowPolicy::Core, "keep"),
        (&lost, "RUNNING", &None, FlowPolicy::Core, "ok"),
        (&None, "SCHEDULED", &None, FlowPolicy::Core, "ok"),
        (&kept, "COMPLETED", &None, FlowPolicy::Core, "keep"),
        (&kept, "COMPLETED", &lost, FlowPolicy::Minimal, "keep"),
        (&kept, "COMPLETED", &kept, FlowPolicy::Minimal, "ok"),
        (&kept, "FAILED", &None, FlowPolicy::Minimal, "ok"),
    ];
    for (data, to, new_data, policy, expected) in cases {
        let mut run = run_in("COMPLETED");
        run.state.as_mut().expect("a state").data = data.clone();
        let proposed = StateCreate { data: new_data.clone(), ..proposal(to) };
        assert_eq!(
            short(&heard(&run, proposed, Major::V3, policy).0),
            expected,
            "{data:?} {to} {new_data:?} {policy:?}"
        );
    }
}

#[test]
fn a_forced_completion_has_an_unknown_result_in_prefect_2() {
    let mut run = run_in("FAILED");
    run.state.as_mut().expect("a state").data = Some(json!({ "type": "reference" }));
    let asked = Asked { major: Major::V2, version: None, at: now() };
    let mut transition = FlowTransition::new(&asked, &run, proposal("COMPLETED"));
    assert_eq!(transition.hear(FlowPolicy::Minimal), Ruling::Pass);
    assert_eq!(transition.proposed.data, Some(json!({ "type": "unknown", "value": null })));
}

#[test]
fn a_run_taken_up_again_says_how() {
    for (to, expected) in [("SCHEDULED", Some(RetryType::Reschedule)), ("RUNNING", None)] {
        let mut run = run_in("FAILED");
        run.empirical_policy.retry_type = Some(RetryType::InProcess);
        let (ruling, policy) = heard(&run, proposal(to), Major::V3, FlowPolicy::Core);
        assert_eq!((short(&ruling).as_str(), policy.retry_type), ("ok", expected));
    }
    let mut run = run_in("FAILED");
    run.deployment_id = None;
    assert_eq!(short(&heard(&run, proposal("SCHEDULED"), Major::V3, FlowPolicy::Core).0), "abort");
}
