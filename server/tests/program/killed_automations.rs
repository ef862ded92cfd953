//! An automation acts once on every event, however often the server is killed in between: clients send events
//! without pause, each of which makes a run of a deployment.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use client::{Client, Result};
use serde_json::{Value, json};

use super::Server;
use super::killed::{client, on_postgres, on_sqlite};

/// Times that the server is killed.
const ROUNDS: u64 = 4;
/// Clients that send at the same time.
const SENDERS: usize = 3;

#[test]
fn on_sqlite_every_event_is_acted_on_once() {
    on_sqlite(acts_once);
}

#[test]
fn on_postgres_every_event_is_acted_on_once() {
    on_postgres("killed_automations", acts_once);
}

fn acts_once(database: &str) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let env = [("REEVE_DATABASE_URL", database)];
    let confirmed = Arc::new(Mutex::new(HashSet::new()));
    let mut deployment = None;
    for round in 0..ROUNDS {
        let server = Server::start(&[], &env);
        let client = client(&server);
        if deployment.is_none() {
            deployment = Some(runtime.block_on(prepare(&client)).expect("an automation"));
        }
        let stop = Arc::new(AtomicBool::new(false));
        let senders: Vec<_> =
            (0..SENDERS).map(|_| runtime.spawn(send(client.clone(), confirmed.clone(), stop.clone()))).collect();
        let wanted = confirmed.lock().expect("no sender panicked").len() + 8 + 3 * round as usize;
        // In the middle of sending, wherever that is: on a slow machine it takes a while to get there.
        for _ in 0..1000 {
            std::thread::sleep(Duration::from_millis(10 + round));
            if confirmed.lock().expect("no sender panicked").len() >= wanted {
                break;
            }
        }
        server.stop("KILL");
        stop.store(true, Ordering::SeqCst);
        for sender in senders {
            runtime.block_on(sender).expect("a sender ends when nobody answers");
        }
    }
    let server = Server::start(&[], &env);
    let (client, deployment) = (client(&server), deployment.expect("it was made"));
    let confirmed = std::mem::take(&mut *confirmed.lock().expect("no sender panicked"));
    assert!(confirmed.len() >= 20, "the senders hardly got to send: {}", confirmed.len());
    let began = Instant::now();
    let runs = loop {
        let runs = runtime.block_on(runs(&client, &deployment)).expect("runs");
        if confirmed.iter().all(|event| runs.contains_key(event)) {
            break runs;
        }
        let missing = confirmed.iter().filter(|event| !runs.contains_key(*event)).count();
        assert!(began.elapsed() < Duration::from_secs(60), "{missing} of {} events were not acted on", confirmed.len());
        std::thread::sleep(Duration::from_millis(200));
    };
    let doubled: Vec<_> = runs.iter().filter(|(_, count)| **count > 1).collect();
    assert!(doubled.is_empty(), "acted on more than once: {doubled:?}");
}

/// Makes a deployment and the automation that runs it; the deployment's id.
async fn prepare(client: &Client) -> Result<Value> {
    let flow: Value = client.post("/flows/", &json!({ "name": "killed" })).await?;
    let deployment: Value = client.post("/deployments/", &json!({ "name": "killed", "flow_id": flow["id"] })).await?;
    let automation = json!({
        "name": "killed",
        "trigger": { "type": "event", "posture": "Reactive", "expect": ["killed.*"] },
        "actions": [{
            "type": "run-deployment", "deployment_id": deployment["id"], "parameters": { "event": "{{ event.id }}" },
        }],
    });
    client.post::<Value>("/automations/", &automation).await?;
    Ok(deployment["id"].clone())
}

/// Sends events until nobody answers.
async fn send(client: Client, confirmed: Arc<Mutex<HashSet<String>>>, stop: Arc<AtomicBool>) {
    while !stop.load(Ordering::SeqCst) {
        let id: domain::Uuid = server::clock::new_id();
        let event = json!({
            "id": id, "occurred": "2026-11-23T12:00:00Z", "event": "killed.event",
            "resource": { "prefect.resource.id": "r" },
        });
        if client.send(http::Method::POST, "/events", Some(&json!([event]))).await.is_err() {
            return;
        }
        confirmed.lock().expect("no sender panicked").insert(id.to_string());
    }
}

/// How many runs each event has made.
async fn runs(client: &Client, deployment: &Value) -> Result<HashMap<String, usize>> {
    let (mut found, mut offset) = (HashMap::new(), 0);
    loop {
        let page =
            json!({ "flow_runs": { "deployment_id": { "any_": [deployment] } }, "sort": "ID_DESC", "offset": offset });
        let runs: Vec<Value> = client.post("/flow_runs/filter", &page).await?;
        for run in &runs {
            *found.entry(run["parameters"]["event"].as_str().unwrap_or_default().to_owned()).or_default() += 1;
        }
        offset += runs.len();
        if runs.len() < 200 {
            return Ok(found);
        }
    }
}
