//! What was acknowledged is there after `kill -9`: clients write without pause, the server is killed under
//! them, started again on the same database, and asked for everything that it had confirmed.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use client::transport::http::{Credentials, Http};
use client::{Client, Result};
use serde_json::{Value, json};

use super::Server;

/// Times that the server is killed.
const ROUNDS: u64 = 5;
/// Clients that write at the same time.
const WRITERS: usize = 4;

/// A run with the last state that was confirmed, the number of confirmed lines, and what may have happened
/// without an answer.
#[derive(Default)]
struct Confirmed {
    runs: Vec<(String, &'static str, usize)>,
}

#[test]
fn on_sqlite_nothing_that_was_acknowledged_is_lost() {
    on_sqlite(survives);
}

/// On a fresh file.
pub fn on_sqlite(test: fn(&str)) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    // Four slashes: after three the path would be one from the working directory on.
    test(&format!("sqlite:///{}", folder.path().join("reeve.db").display()));
}

#[test]
fn on_postgres_nothing_that_was_acknowledged_is_lost() {
    on_postgres("killed", survives);
}

/// On a fresh schema of the PostgreSQL that this test run is told of, if it is told of one.
#[expect(clippy::disallowed_methods, reason = "how a test run is told of its database")]
pub fn on_postgres(name: &str, test: fn(&str)) {
    let Some(database) = std::env::var("REEVE_TEST_DATABASE_URL").ok().filter(|url| url.starts_with("postgres")) else {
        return;
    };
    let schema = format!("{name}_{}", std::process::id());
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let run = |statement: String| {
        runtime.block_on(async {
            use sqlx::Connection;
            let mut connection = sqlx::PgConnection::connect(&database).await.expect("PostgreSQL answers");
            sqlx::query(sqlx::AssertSqlSafe(statement)).execute(&mut connection).await.expect("it runs");
        });
    };
    run(format!("CREATE SCHEMA {schema}"));
    let mark = if database.contains('?') { '&' } else { '?' };
    test(&format!("{database}{mark}options=-csearch_path%3D{schema}"));
    run(format!("DROP SCHEMA {schema} CASCADE"));
}

fn survives(database: &str) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let env = [("REEVE_DATABASE_URL", database)];
    let confirmed = Arc::new(Mutex::new(Confirmed::default()));
    for round in 0..ROUNDS {
        let server = Server::start(&[], &env);
        let (client, stop) = (client(&server), Arc::new(AtomicBool::new(false)));
        let writers: Vec<_> =
            (0..WRITERS).map(|_| runtime.spawn(write(client.clone(), confirmed.clone(), stop.clone()))).collect();
        let before = confirmed.lock().expect("no writer panicked").runs.len();
        let wanted = before + 5 + round as usize;
        // In the middle of writing, wherever that is: on a slow machine it takes a while to get there.
        for _ in 0..1000 {
            std::thread::sleep(Duration::from_millis(10 + round));
            if confirmed.lock().expect("no writer panicked").runs.len() >= wanted {
                break;
            }
        }
        server.stop("KILL");
        stop.store(true, Ordering::SeqCst);
        for writer in writers {
            runtime.block_on(writer).expect("a writer ends when nobody answers");
        }
    }
    let server = Server::start(&[], &env);
    let confirmed = std::mem::take(&mut confirmed.lock().expect("no writer panicked").runs);
    assert!(confirmed.len() >= 25, "the writers hardly got to write: {}", confirmed.len());
    runtime.block_on(check(&client(&server), &confirmed));
}

/// The typed calls of the server.
pub fn client(server: &Server) -> Client {
    Client::new(Http::new(server.env()[0].1, &Credentials::None).expect("a client"))
}

/// Makes runs, moves them on and writes their logs until nobody answers.
async fn write(client: Client, confirmed: Arc<Mutex<Confirmed>>, stop: Arc<AtomicBool>) {
    while !stop.load(Ordering::SeqCst) {
        if one(&client, &confirmed).await.is_err() {
            return;
        }
    }
}

async fn one(client: &Client, confirmed: &Mutex<Confirmed>) -> Result<()> {
    let flow: Value = client.post("/flows/", &json!({ "name": "killed" })).await?;
    let run: Value = client.post("/flow_runs/", &json!({ "flow_id": flow["id"] })).await?;
    let id = run["id"].as_str().unwrap_or_default().to_owned();
    let at = {
        let mut confirmed = confirmed.lock().expect("no writer panicked");
        confirmed.runs.push((id.clone(), "", 0));
        confirmed.runs.len() - 1
    };
    for kind in ["PENDING", "RUNNING", "COMPLETED"] {
        let state = json!({ "state": { "type": kind } });
        client.post::<Value>(&format!("/flow_runs/{id}/set_state"), &state).await?;
        confirmed.lock().expect("no writer panicked").runs[at].1 = kind;
        let line = json!({ "name": "test", "level": 20, "message": kind, "timestamp": "2026-11-23T12:00:00Z",
                           "flow_run_id": id });
        client.post::<Value>("/logs/", &[&line, &line]).await?;
        confirmed.lock().expect("no writer panicked").runs[at].2 += 2;
    }
    Ok(())
}

/// Every confirmed run has reached at least the confirmed state, in an unbroken history, with its lines.
async fn check(client: &Client, confirmed: &[(String, &'static str, usize)]) {
    let order = ["", "PENDING", "RUNNING", "COMPLETED"];
    let place = |kind: &str| order.iter().position(|known| *known == kind).unwrap_or(0);
    for (id, state, lines) in confirmed {
        let run: Value = client.fetch(&format!("/flow_runs/{id}")).await.expect("a confirmed run is there");
        let kind = run["state_type"].as_str().unwrap_or_default();
        assert!(place(kind) >= place(state), "run {id} is {kind:?}, but {state:?} was confirmed");
        let states: Vec<Value> = client.fetch(&format!("/flow_run_states/?flow_run_id={id}")).await.expect("states");
        let history: Vec<&str> = states.iter().filter_map(|state| state["type"].as_str()).collect();
        assert_eq!(history, order[1..=place(kind)], "the history of run {id}");
        let ask = json!({ "logs": { "flow_run_id": { "any_": [id] } } });
        let found: Vec<Value> = client.post("/logs/filter", &ask).await.expect("lines");
        assert!(found.len() >= *lines, "run {id} has {} lines, but {lines} were confirmed", found.len());
    }
}
