//! Who holds the slots of a pool or of a queue.

use client::{Client, segment};
use serde_json::{Value, json};

use crate::cli::failure::Failure;
use crate::cli::output::{Output, lasting, table};
use crate::cli::rows::word;

/// Holders that are told of each queue.
const HOLDERS: usize = 200;

/// Prints the slots of a pool, queue by queue.
pub async fn of_pool(client: &Client, name: &str, output: Output) -> Result<(), Failure> {
    let path = format!("/work_pools/{}/concurrency_status", segment(name));
    let mut all: Value = client.post(&path, &json!({ "flow_run_limit": HOLDERS })).await?;
    let pages = all["pages"].as_i64().unwrap_or(1);
    for page in 2..=pages {
        let next: Value = client.post(&path, &json!({ "flow_run_limit": HOLDERS, "page": page })).await?;
        let queues = next["queues"].as_array().cloned().unwrap_or_default();
        all["queues"].as_array_mut().into_iter().for_each(|all| all.extend(queues.clone()));
    }
    (all["page"], all["pages"]) = (json!(1), json!(1));
    output.print(&all, || {
        let queues = all["queues"].as_array().cloned().unwrap_or_default();
        let lines = queues.iter().flat_map(|queue| rows(&word(&queue["queue_name"]), queue)).collect();
        told("pool", name, &all, lines)
    })
}

/// Prints the slots of a queue.
pub async fn of_queue(client: &Client, queue: &Value, output: Output) -> Result<(), Failure> {
    let path = format!("/work_queues/{}/concurrency_status", word(&queue["id"]));
    let all: Value = client.post(&path, &json!({ "limit": HOLDERS })).await?;
    let name = word(&queue["name"]);
    output.print(&all, || told("queue", &name, &all, rows(&name, &all)))
}

fn rows(queue: &str, slots: &Value) -> Vec<[String; 4]> {
    let runs = slots["flow_runs"].as_array().cloned().unwrap_or_default();
    let row = |run: &Value| {
        let since = run["time_in_current_state"].as_f64().map(lasting).unwrap_or_default();
        [queue.to_owned(), word(&run["name"]), word(&run["state_name"]), since]
    };
    runs.iter().map(row).collect()
}

fn told(what: &str, name: &str, slots: &Value, rows: Vec<[String; 4]>) -> String {
    let limit = slots["concurrency_limit"].as_i64().map_or("no limit".to_owned(), |limit| format!("of {limit}"));
    let first = format!("The {what} {name}: {} slots taken, {limit}.", slots["active_slots"]);
    format!("{first}\n{}", table(["queue", "run", "state", "for"], rows, "No run holds a slot."))
}
