//! Runs as child processes: real ones, started by a worker that talks to a server in memory.

mod support;

use std::time::{Duration, Instant};

use domain::FlowRunId;
use domain::state::{SetStateStatus, StateCreate, StateType};
use serde_json::{Value, json};
use support::server::{Server, nothing, process_template};
use support::{Running, environment, eventually};
use worker::Settings;

const LOGGER: &str = "prefect.flow_runs";

fn settings() -> Settings {
    let mut settings = Settings::new("pool", "http://127.0.0.1:4200/api", environment());
    settings.name = Some("tester".to_owned());
    settings.cancel_grace_seconds = 0.5;
    settings
}

fn server() -> Server {
    Server::new("process", process_template())
}

/// Runs a plain command to its end and gives the server back.
async fn plain(job_variables: Value, more: Value) -> (Server, FlowRunId) {
    let server = server();
    let deployment = server.deploy(None, job_variables);
    let run = server.schedule(deployment, 0.0, more);
    let worker = Running::start(settings(), &server);
    server.ended(run).await;
    worker.stop().await.expect("a quiet end");
    (server, run)
}

#[tokio::test]
async fn a_command_becomes_states_and_log_lines() {
    let script = "sh -c 'echo \"hello $REEVE_PARAMETER_NAME\"; echo \"WARNING: careful\" >&2; echo $REEVE_PARAMETERS'";
    let (server, run) = plain(json!({ "command": script }), json!({ "parameters": { "name": "world", "n": 3 } })).await;
    assert_eq!(server.states(run), ["Pending", "Running", "Completed"]);
    let mut lines = server.lines(run, LOGGER);
    lines.sort();
    assert_eq!(lines, ["WARNING: careful", "hello world", "{\"name\":\"world\",\"n\":3}"]);
    let book = server.book();
    let level = |text: &str| book.logs.iter().find(|line| line.message == text).map(|line| line.level);
    assert_eq!((level("hello world"), level("WARNING: careful")), (Some(20), Some(30)));
    let pid = book.runs[&run].infrastructure_pid.clone().unwrap_or_default();
    assert!(pid.split_once(':').is_some_and(|(_, id)| id.parse::<u32>().is_ok()), "{pid}");
    assert_eq!(book.runs[&run].labels.get("prefect.worker.name"), Some(&json!("tester")));
}

#[tokio::test]
async fn runs_that_are_due_together_are_claimed_together_where_the_server_can() {
    for takes_batches in [true, false] {
        let server = server();
        server.book().takes_batches = takes_batches;
        let deployment = server.deploy(None, json!({ "command": "true" }));
        let runs: Vec<FlowRunId> = (0..20).map(|_| server.schedule(deployment, 1.0, nothing())).collect();
        let worker = Running::start(settings(), &server);
        for run in &runs {
            server.ended(*run).await;
            assert_eq!(server.states(*run), ["Pending", "Running", "Completed"]);
        }
        worker.stop().await.expect("a quiet end");
        let batches = server.book().claimed_at_once.clone();
        assert!(!batches.is_empty() && batches.iter().all(|size| (2..=50).contains(size)), "{batches:?}");
        // One is asked in vain where the route is not known.
        assert!(takes_batches || batches.len() == 1, "{batches:?}");
    }
}

#[tokio::test]
async fn the_environment_tells_the_command_who_it_is() {
    let variables = json!({ "command": "env", "env": { "OWN": "yes" } });
    let (server, run) = plain(variables, nothing()).await;
    let lines = server.lines(run, LOGGER);
    for expected in
        [format!("PREFECT__FLOW_RUN_ID={run}"), "OWN=yes".into(), "PREFECT_API_URL=http://127.0.0.1:4200/api".into()]
    {
        assert!(lines.contains(&expected), "{expected} is missing in {lines:?}");
    }
}

#[tokio::test]
async fn a_status_other_than_zero_fails_the_run() {
    let (server, run) = plain(json!({ "command": "sh -c 'echo no; exit 3'" }), nothing()).await;
    assert_eq!(server.run(run).state_type, Some(StateType::Failed));
    assert_eq!(server.message(run), "Command exited with status 3.");
    let (server, run) = plain(json!({ "command": "sh -c 'kill -TERM $$'" }), nothing()).await;
    assert_eq!(server.message(run), "Command was ended by signal 15 (SIGTERM).");
}

#[tokio::test]
async fn a_command_that_does_not_exist_crashes_the_run_with_the_way_out() {
    let (server, run) = plain(json!({ "command": "no-such-program --x" }), nothing()).await;
    assert_eq!(server.states(run), ["Pending", "Crashed"]);
    let message = server.message(run);
    assert!(message.starts_with("Flow run could not be submitted to infrastructure: "), "{message}");
    assert!(message.contains("\"no-such-program\" was not found") && message.contains("PATH"), "{message}");
}

#[tokio::test]
async fn a_retry_that_the_server_grants_runs_the_command_again() {
    let dir = tempfile::tempdir().expect("a directory");
    let script = "sh -c 'echo try; test -e once || { touch once; exit 1; }'";
    let variables = json!({ "command": script, "working_dir": dir.path() });
    let policy = json!({ "empirical_policy": { "retries": 2, "retry_delay": 0 } });
    let (server, run) = plain(variables, policy).await;
    assert_eq!(server.states(run), ["Pending", "Running", "AwaitingRetry", "Running", "Completed"]);
    assert_eq!(server.lines(run, LOGGER), ["try", "try"]);
}

#[tokio::test]
async fn ten_thousand_fast_lines_arrive_in_order_and_in_batches() {
    let (server, run) = plain(json!({ "command": "seq 1 10000" }), nothing()).await;
    let expected: Vec<String> = (1..=10_000).map(|n| n.to_string()).collect();
    assert_eq!(server.lines(run, LOGGER), expected);
    let book = server.book();
    assert!(book.batches.iter().all(|lines| *lines <= 200), "{:?}", book.batches);
    assert!(book.batches.len() < 200, "{} batches", book.batches.len());
    let times: Vec<_> = book.logs.iter().filter(|line| line.name == LOGGER).map(|line| line.timestamp).collect();
    assert!(times.is_sorted_by(|one, next| one < next), "times grow with the lines");
}

#[tokio::test]
async fn what_a_slow_server_takes_long_to_take_is_not_lost() {
    let server = server();
    server.book().slowness = Duration::from_millis(1200);
    // More than may wait to be sent: when the command has ended, its last line still waits for its turn.
    let script = "sh -c 'for n in $(seq 60); do head -c 100000 /dev/zero | tr \"\\0\" x; echo; done'";
    let run = server.schedule(server.deploy(None, json!({ "command": script })), 0.0, nothing());
    let worker = Running::start(settings(), &server);
    server.ended(run).await;
    worker.stop().await.expect("a quiet end");
    assert_eq!(server.lines(run, LOGGER).len(), 60);
}

#[tokio::test]
async fn bytes_that_are_no_text_do_no_harm() {
    let (server, run) = plain(json!({ "command": r"printf 'a\377b\000c\nlast'" }), nothing()).await;
    assert_eq!(server.lines(run, LOGGER), ["a\u{FFFD}b\u{FFFD}c", "last"]);
}

#[tokio::test]
async fn cancelling_ends_a_child_that_ignores_sigterm_and_what_it_started() {
    let server = server();
    let script = "sh -c 'trap \"\" TERM; echo up; while :; do sleep 0.1; done'";
    let run = server.schedule(server.deploy(None, json!({ "command": script })), 0.0, nothing());
    let worker = Running::start(settings(), &server);
    eventually("the child is up", async || server.lines(run, LOGGER) == ["up"]).await;
    let pid = server.run(run).infrastructure_pid.expect("a pid");
    assert_eq!(server.set(run, StateCreate::new(StateType::Cancelling)), SetStateStatus::Accept);
    assert_eq!(server.ended(run).await, StateType::Cancelled);
    let message = server.message(run);
    assert!(message.ends_with("by SIGKILL."), "{message}");
    let id = pid.rsplit(':').next().expect("a number");
    assert!(!std::path::Path::new(&format!("/proc/{id}")).exists(), "process {id} is still there");
    worker.stop().await.expect("a quiet end");
}

#[tokio::test]
async fn runs_are_claimed_when_they_are_due_and_not_before() {
    let server = server();
    let deployment = server.deploy(None, json!({ "command": "true" }));
    let worker = Running::start(settings(), &server);
    eventually("the worker is there", async || !server.book().heartbeats.is_empty()).await;
    let runs: Vec<FlowRunId> = (0..100).map(|_| server.schedule(deployment, 1.0, nothing())).collect();
    for run in &runs {
        server.ended(*run).await;
    }
    worker.stop().await.expect("a quiet end");
    let book = server.book();
    for run in &runs {
        let due = book.runs[run].expected_start_time.expect("a time");
        let (_, pending) = book.history.iter().find(|(id, _)| id == run).expect("a claim");
        let late = pending.timestamp.seconds_since(due);
        assert!((0.0..2.0).contains(&late), "claimed {late} s after its time");
    }
}

#[tokio::test]
async fn a_limit_is_kept() {
    let server = server();
    let deployment = server.deploy(None, json!({ "command": "sleep 0.1" }));
    let runs: Vec<FlowRunId> = (0..8).map(|_| server.schedule(deployment, 0.0, nothing())).collect();
    let worker = Running::start(Settings { limit: Some(2), ..settings() }, &server);
    for run in &runs {
        server.ended(*run).await;
    }
    let (mut under_way, mut most) = (0_i32, 0);
    for (_, state) in &server.book().history {
        under_way += i32::from(state.kind == StateType::Pending) - i32::from(state.is_terminal());
        most = most.max(under_way);
    }
    assert_eq!(most, 2);
    worker.stop().await.expect("a quiet end");
}

#[tokio::test]
async fn of_two_workers_one_gets_the_run() {
    let server = server();
    let deployment = server.deploy(None, json!({ "command": "true" }));
    let (one, two) = (Running::start(settings(), &server), Running::start(settings(), &server));
    let runs: Vec<FlowRunId> = (0..20).map(|_| server.schedule(deployment, 0.5, nothing())).collect();
    for run in runs {
        server.ended(run).await;
        assert_eq!(server.states(run), ["Pending", "Running", "Completed"]);
    }
    one.stop().await.expect("a quiet end");
    two.stop().await.expect("a quiet end");
}

#[tokio::test]
async fn a_server_that_goes_away_is_waited_for() {
    let server = server();
    let run =
        server.schedule(server.deploy(None, json!({ "command": "sh -c 'echo a; sleep 1; echo b'" })), 0.0, nothing());
    let worker = Running::start(settings(), &server);
    eventually("the run is under way", async || server.lines(run, LOGGER) == ["a"]).await;
    server.book().down = true;
    tokio::time::sleep(Duration::from_millis(1500)).await;
    server.book().down = false;
    assert_eq!(server.ended(run).await, StateType::Completed);
    assert_eq!(server.lines(run, LOGGER), ["a", "b"]);
    worker.stop().await.expect("a quiet end");
}

#[tokio::test]
async fn a_worker_that_stops_lets_runs_finish_and_one_that_is_aborted_ends_them() {
    let server = server();
    let quick =
        server.schedule(server.deploy(None, json!({ "command": "sh -c 'echo up; sleep 0.5'" })), 0.0, nothing());
    let worker = Running::start(settings(), &server);
    eventually("the run is under way", async || !server.lines(quick, LOGGER).is_empty()).await;
    worker.stop().await.expect("a quiet end");
    assert_eq!(server.run(quick).state_type, Some(StateType::Completed));

    let long = server.schedule(server.deploy(None, json!({ "command": "sh -c 'echo up; sleep 60'" })), 0.0, nothing());
    let worker = Running::start(settings(), &server);
    eventually("the run is under way", async || !server.lines(long, LOGGER).is_empty()).await;
    worker.abort.cancel();
    worker.stop().await.expect("a quiet end");
    assert_eq!(server.run(long).state_type, Some(StateType::Crashed));
    assert!(server.message(long).starts_with("The worker was stopped"), "{}", server.message(long));
}

#[tokio::test]
async fn running_once_takes_what_is_due_soon_and_ends() {
    let server = server();
    let deployment = server.deploy(None, json!({ "command": "true" }));
    let (now, soon) = (server.schedule(deployment, 0.0, nothing()), server.schedule(deployment, 1.0, nothing()));
    let later = server.schedule(deployment, 3600.0, nothing());
    let started = Instant::now();
    Running::start(Settings { run_once: true, ..settings() }, &server).end().await.expect("a quiet end");
    assert!(started.elapsed() >= Duration::from_millis(900));
    for run in [now, soon] {
        assert_eq!(server.run(run).state_type, Some(StateType::Completed));
    }
    assert_eq!(server.run(later).state_type, Some(StateType::Scheduled));
}

#[tokio::test]
async fn prefect_code_without_a_last_word_crashes_with_its_last_line() {
    let server = server();
    let script = "sh -c 'echo first; echo \"the reason\" >&2; exit 7'";
    let run = server.schedule(server.deploy(Some("flow.py:flow"), json!({ "command": script })), 0.0, nothing());
    let worker = Running::start(settings(), &server);
    assert_eq!(server.ended(run).await, StateType::Crashed);
    assert_eq!(server.states(run), ["Pending", "Submitting", "Crashed"]);
    let message = server.message(run);
    assert!(message.starts_with("The flow's process exited with status 7."), "{message}");
    assert!(server.lines(run, "prefect.flow_runs.worker").contains(&"the reason".to_owned()));
    assert!(server.lines(run, LOGGER).is_empty(), "Prefect code sends its own log");
    worker.stop().await.expect("a quiet end");
}

#[tokio::test]
async fn a_process_left_behind_by_a_dead_worker_is_given_up() {
    let server = server();
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let more = json!({
        "state_type": "RUNNING", "state_name": "Running", "run_count": 1,
        "infrastructure_pid": format!("{host}:999999999"), "labels": { "prefect.worker.name": "tester" },
    });
    let run = server.schedule(server.deploy(None, json!({ "command": "true" })), 0.0, more);
    let worker = Running::start(settings(), &server);
    assert_eq!(server.ended(run).await, StateType::Crashed);
    assert!(server.message(run).contains("is gone"), "{}", server.message(run));
    worker.stop().await.expect("a quiet end");
}

#[tokio::test]
async fn a_pool_is_made_or_its_absence_is_said() {
    let server = server();
    server.book().pool = None;
    let refused = Settings { create_pool_if_not_found: false, ..settings() };
    let error = Running::start(refused, &server).end().await.expect_err("there is no pool");
    assert_eq!(error.to_string(), "there is no work pool \"pool\", and this worker was told not to create one");
    let error = Running::start(settings(), &server).end().await.expect_err("no type");
    assert!(error.to_string().contains("say which type it shall be"), "{error}");
    let made = Settings { pool_type: Some("process".to_owned()), run_once: true, ..settings() };
    Running::start(made, &server).end().await.expect("a pool was made");
    let kind = server.book().pool.as_ref().map(|pool| (pool.kind.clone(), pool.base_job_template.is_empty()));
    assert_eq!(kind, Some(("process".to_owned(), false)));
    let wrong = Settings { pool_type: Some("kubernetes".to_owned()), ..settings() };
    let error = Running::start(wrong, &server).end().await.expect_err("it is a process pool");
    assert_eq!(error.to_string(), "work pool \"pool\" is of type \"process\", not \"kubernetes\"");
}
