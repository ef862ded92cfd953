//! `/api/events/in`, `/api/events/out` and `/api/logs/out`, spoken to as Prefect's clients do.

use std::net::SocketAddr;
use std::time::Duration;

use client::{events, flow_runs, flows, logs, task_runs};
use domain::events::{Event, EventQuery};
use domain::flow_runs::FlowRunCreate;
use domain::flows::FlowCreate;
use domain::state::{StateCreate, StateType};
use domain::{FlowRunId, Major, TaskRunId};
use serde_json::{Value, json};
use server::app_state::Policy;

use super::events::{event, named};
use super::logs::lines;
use crate::harness::socket::{Peer, connect};
use crate::harness::{Server, id};

const PREFECT: (&str, &str) = ("sec-websocket-protocol", "prefect");

/// What a local flow run of Prefect 3.8.8 told, from its first task's Pending on.
const LOCAL_SCRIPT_RUN: &str = include_str!("recorded/local_script_run.events.jsonl");

/// Connects and shows the password.
async fn enter(address: SocketAddr, path: &str, token: Value) -> Peer {
    let mut peer = connect(address, path, &[PREFECT]).await.expect("let in");
    peer.say(&json!({"type": "auth", "token": token})).await;
    peer
}

async fn admitted(address: SocketAddr, path: &str) -> Peer {
    let mut peer = enter(address, path, Value::Null).await;
    assert_eq!(peer.hear().await, json!({"type": "auth_success"}));
    peer
}

async fn listening(address: SocketAddr, path: &str, wish: Value) -> Peer {
    let mut peer = admitted(address, path).await;
    peer.say(&wish).await;
    peer
}

fn ids(events: &[Event]) -> Vec<Value> {
    events.iter().map(|event| json!(event.id)).collect()
}

#[tokio::test]
async fn clients_show_their_password_in_the_first_frame() {
    let server = Server::with(Policy { auth_string: Some("admin:secret".to_owned()), ..Policy::default() }).await;
    let address = server.listen().await;
    for path in ["/events/in", "/events/out", "/logs/out"] {
        let mut peer = enter(address, path, json!("admin:secret")).await;
        assert_eq!(peer.hear().await, json!({"type": "auth_success"}), "{path}");
        for token in [json!("admin:wrong"), Value::Null] {
            assert_eq!(enter(address, path, token).await.closed_with().await, 1008, "{path}");
        }
        let mut peer = connect(address, path, &[PREFECT]).await.expect("let in");
        peer.say(&json!({"type": "filter", "filter": {}})).await;
        assert_eq!(peer.closed_with().await, 1008, "{path}");
        assert_eq!(connect(address, path, &[]).await.err(), Some(403), "{path}");
    }
}

#[tokio::test]
async fn a_wish_must_come_first_and_make_sense() {
    let server = Server::start().await;
    let address = server.listen().await;
    for path in ["/events/out", "/logs/out"] {
        for wish in [json!({"type": "subscribe"}), json!([1]), json!({"type": "filter", "filter": {"colour": 1}})] {
            assert_eq!(listening(address, path, wish.clone()).await.closed_with().await, 1002, "{path} {wish}");
        }
    }
    let mut old = connect(address, "/events/out", &[]).await.expect("old clients come in without a handshake");
    old.say(&json!({"type": "filter", "filter": {}})).await;
    let told = event(0.0, "a", "r");
    events::create(&server.client(Major::V3), std::slice::from_ref(&told)).await.expect("told");
    assert_eq!(old.hear().await["event"]["id"], json!(told.id));
}

#[tokio::test]
async fn task_runs_are_recorded_from_what_a_client_tells() {
    let server = Server::start().await;
    let (client, address) = (server.client(Major::V3), server.listen().await);
    let mut peer = admitted(address, "/events/in").await;
    let frames: Vec<Value> = LOCAL_SCRIPT_RUN.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    // Sent twice, as after a lost connection, and backwards: the order of arrival does not matter.
    for frame in frames.iter().rev().chain(&frames) {
        peer.say(frame).await;
    }
    peer.leave().await;

    let run: FlowRunId = "d976c042-055c-4b42-88dd-29fd1abfc20d".parse().expect("an id");
    let task: TaskRunId = "01a20980-ffbd-7d2c-8fc7-8fb4dba04115".parse().expect("an id");
    let found = task_runs::read(&client, task).await.expect("an answer").expect("it is recorded");
    assert_eq!(
        (found.name.as_str(), found.flow_run_id, found.state_name.as_deref()),
        ("cached-c8f", Some(run), Some("Cached"))
    );
    let state = found.state.expect("a state");
    assert_eq!((state.kind, state.state_details.flow_run_id), (StateType::Completed, Some(run)));
    assert_eq!(state.data.expect("a result")["storage_key"], "/home/user/.prefect/storage/k-1");
    let of_run = json!({"task_runs": {"flow_run_id": {"any_": [run]}}, "sort": "EXPECTED_START_TIME_ASC"});
    let (_, all) = server.post("/task_runs/filter", of_run).await;
    let names: Vec<_> =
        all.as_array().expect("a list").iter().map(|run| run["name"].as_str().expect("a name")).collect();
    assert_eq!(names, ["cached-d46", "cached-c8f", "art-bcd", "cached-20d", "cached-c66"]);

    let page = events::filter(&client, &EventQuery { limit: Some(50), ..EventQuery::default() }).await;
    server.pass(86_400.0);
    let later =
        events::filter(&client, &EventQuery { limit: Some(50), ..EventQuery::default() }).await.expect("a page");
    assert_eq!((page.expect("a page").total, later.total), (0, frames.len() as i64));
}

#[tokio::test]
async fn what_cannot_be_read_takes_nothing_with_it() {
    let server = Server::start().await;
    let (client, address) = (server.client(Major::V3), server.listen().await);
    let mut peer = admitted(address, "/events/in").await;
    let (first, last) = (event(-2.0, "first", "r"), event(-1.0, "last", "r"));
    peer.say(&first).await;
    peer.say(&json!("no event")).await;
    peer.say(&json!({"event": "x", "resource": {}})).await;
    let mut large = event(-1.5, "large", "r");
    large.payload.insert("text".to_owned(), json!("x".repeat(1_600_000)));
    peer.say(&large).await;
    let mut task = event(-1.5, "prefect.task-run.Running", "prefect.task-run.none");
    task.resource = task.resource.with("prefect.orchestration", "client");
    peer.say(&task).await;
    peer.say(&last).await;
    peer.leave().await;
    let page = events::filter(&client, &EventQuery::default()).await.expect("a page");
    assert_eq!(ids(&page.events), ids(&[last, task, first]));
}

#[tokio::test]
async fn a_listener_hears_the_last_minutes_and_then_what_happens() {
    let server = Server::start().await;
    let (client, address) = (server.client(Major::V3), server.listen().await);
    let past = [event(-1000.0, "a", "too old"), event(-60.0, "a", "r"), event(-30.0, "b", "r"), event(-5.0, "a", "r")];
    events::create(&client, &past).await.expect("told");
    let wish = json!({"type": "filter", "filter": {"occurred": {"since": "2026-11-23T00:00:00Z", "until": "2027-11-23T00:00:00Z"},
        "event": {"name": ["a"]}, "resource": null, "id": {"id": []}, "order": "DESC"}});
    let mut peer = listening(address, "/events/out", wish).await;
    let mut without =
        listening(address, "/events/out", json!({"type": "filter", "filter": named("a"), "backfill": false})).await;
    for want in [&past[1], &past[3]] {
        let heard = peer.hear().await;
        assert_eq!((&heard["type"], &heard["event"]["id"]), (&json!("event"), &json!(want.id)));
    }
    assert!(without.hears_nothing_for(Duration::from_millis(100)).await);

    let mut teller = admitted(address, "/events/in").await;
    let news = [event(1.0, "b", "r"), event(2.0, "a", "r")];
    for one in past.iter().chain(&news) {
        teller.say(one).await;
    }
    teller.leave().await;
    for peer in [&mut peer, &mut without] {
        let heard = peer.hear().await;
        assert_eq!(heard["event"], {
            let mut want = json!(news[1]);
            want["received"] = json!("2026-11-23T12:00:00Z");
            want
        });
        assert!(peer.hears_nothing_for(Duration::from_millis(100)).await, "nothing comes twice");
    }
}

#[tokio::test]
async fn a_running_flow_hears_that_it_is_to_be_cancelled() {
    let server = Server::start().await;
    let (client, address) = (server.client(Major::V3), server.listen().await);
    let flow =
        flows::create(&client, &FlowCreate { name: "f".to_owned(), ..FlowCreate::default() }).await.expect("a flow");
    let create: FlowRunCreate =
        serde_json::from_value(json!({"flow_id": flow.id, "name": "brave-fox"})).expect("a run");
    let run = flow_runs::create(&client, &create).await.expect("a run");
    let wish = json!({"type": "filter", "filter": {"event": {"name": ["prefect.flow-run.Cancelling"]}, "resource": {"id": [format!("prefect.flow-run.{}", run.id)]}}});
    let mut peer = listening(address, "/events/out", wish).await;
    for kind in [StateType::Running, StateType::Cancelling] {
        flow_runs::set_state(&client, run.id, StateCreate::new(kind), false).await.expect("an answer");
    }
    let heard = peer.hear().await;
    let labels = &heard["event"]["resource"];
    assert_eq!(
        (&labels["prefect.resource.name"], &labels["prefect.state-type"]),
        (&json!("brave-fox"), &json!("CANCELLING"))
    );
    assert_eq!(heard["event"]["payload"]["intended"], json!({"from": "RUNNING", "to": "CANCELLING"}));
    assert_eq!(heard["event"]["related"][0]["prefect.resource.id"], json!(format!("prefect.flow.{}", flow.id)));
    server.pass(1.0);
    let of_run = json!({"filter": {"event": {"prefix": ["prefect.flow-run."]}}});
    let of_run: EventQuery = serde_json::from_value(of_run).expect("a query");
    let page = events::filter(&client, &of_run).await.expect("a page");
    assert_eq!(page.total, 3, "every state is an event: Pending, Running, Cancelling");
}

#[tokio::test]
async fn a_slow_listener_misses_nothing() {
    let server = Server::start().await;
    let (client, address) = (server.client(Major::V3), server.listen().await);
    let mut peer = listening(address, "/events/out", json!({"type": "filter", "filter": named("a")})).await;
    let first = event(0.0, "a", "r");
    events::create(&client, std::slice::from_ref(&first)).await.expect("told");
    assert_eq!(peer.hear().await["event"]["id"], json!(first.id));
    // More than the channel keeps, at once: the rest is read from the database.
    let many: Vec<Event> = (0..6000).map(|n| event(f64::from(n) / 1000.0, "a", "r")).collect();
    events::create(&client, &many).await.expect("told");
    let mut heard = std::collections::HashSet::new();
    while heard.len() < many.len() {
        let id = peer.hear().await["event"]["id"].as_str().expect("an id").to_owned();
        assert!(heard.insert(id), "nothing comes twice");
    }
}

#[tokio::test]
async fn log_lines_are_told_as_they_are_stored() {
    let server = Server::start().await;
    let (client, address) = (server.client(Major::V3), server.listen().await);
    let (run, other) = (id(), id());
    logs::create(&client, &lines(run, 3)).await.expect("stored");
    let wish = json!({"type": "filter", "filter": {"flow_run_id": {"any_": [run]}, "level": {"ge_": 30}}});
    let mut peer = listening(address, "/logs/out", wish).await;
    assert!(peer.hears_nothing_for(Duration::from_millis(100)).await);
    logs::create(&client, &lines(other, 11)).await.expect("stored");
    logs::create(&client, &lines(run, 11)).await.expect("stored");
    for want in ["line 0", "line 10"] {
        let heard = peer.hear().await;
        assert_eq!(
            (&heard["type"], &heard["log"]["message"], &heard["log"]["flow_run_id"]),
            (&json!("log"), &json!(want), &json!(run))
        );
    }
    assert!(peer.hears_nothing_for(Duration::from_millis(100)).await);
}
