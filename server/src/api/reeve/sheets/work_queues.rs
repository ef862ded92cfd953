//! `/queues`, the queues of all pools, and one queue of a pool.

use client::segment;
use domain::filter::PrefixOps;
use domain::language::tr;
use domain::listing::{Act, Cell, ListingRow};
use domain::live::Changed;
use domain::say;
use domain::sheet::{Form, Part, Sheet, fact, heading};
use domain::work_pools::{WorkQueue, WorkQueueFilter};
use serde_json::{Map, Value, json};
use store::{Tx, flow_runs, sql, work_queues};

use super::Ask;
use super::list::{Noun, listed};
use super::run::runs_table;

const NOUN: Noun = Noun {
    path: "/queues",
    title: "Work queues",
    one: "queue",
    what: "A queue is a part of a work pool with a priority and a limit of its own; each pool has one named default.",
    command: Some("prefect work-queue create urgent --pool my-pool"),
    search: "Queue",
    columns: &["Name", "Pool", "Open", "Priority", "Limit", "Last polled"],
};

/// Runs of one queue.
const RUNS: i64 = 50;

/// In the store's order.
pub async fn list(tx: &mut Tx, ask: &Ask<'_>) -> store::Result<Sheet> {
    let name = ask.q().map(|q| PrefixOps { startswith_: Some(vec![q.to_owned()]), ..PrefixOps::default() });
    let filter = WorkQueueFilter { name, ..WorkQueueFilter::default() };
    let count = work_queues::count(tx, Some(&filter)).await?;
    let page = work_queues::filter(tx, Some(&filter), ask.limit(), ask.offset()).await?;
    Ok(listed(&NOUN, ask, page.into_iter().map(row).collect(), count).watching([Changed::WorkPool]))
}

fn row(queue: WorkQueue) -> ListingRow {
    let pool = queue.work_pool_name.clone();
    let name = match &pool {
        Some(pool) => Cell::link(path(pool, &queue.name), queue.name.clone()),
        None => Cell::Text(queue.name.clone()),
    };
    let cells = vec![
        name,
        pool.map_or(Cell::Nothing, |pool| Cell::link(format!("/pools/{}", segment(&pool)), pool)),
        switch(&queue).cell(),
        Cell::Number(queue.priority),
        queue.concurrency_limit.map_or_else(|| Cell::Text(say!("none")), Cell::Number),
        Cell::at(queue.last_polled),
    ];
    ListingRow::new(queue.id, cells)
}

fn path(pool: &str, queue: &str) -> String {
    format!("/pools/{}/queues/{}", segment(pool), segment(queue))
}

/// On while the queue gives runs to workers.
fn switch(queue: &WorkQueue) -> Act {
    let label = say!("Queue {} is open", queue.name);
    let body = json!({ "is_paused": !queue.is_paused });
    Act::new(label, "PATCH", format!("/work_queues/{}", queue.id)).sending(body).switch(!queue.is_paused)
}

/// One queue: what it lets through, and what is in it.
pub async fn one(tx: &mut Tx, ask: &Ask<'_>, pool: &str, name: &str) -> store::Result<Option<Sheet>> {
    let Some(queue) = work_queues::by_name(tx, pool, name).await? else { return Ok(None) };
    let in_it = "flow_run.work_queue_id = ? AND (flow_run.state_type IN ('PENDING', 'RUNNING', 'CANCELLING', 'PAUSED')
                 OR flow_run.state_type = 'SCHEDULED')";
    let order = "flow_run.next_scheduled_start_time, flow_run.id";
    let runs = flow_runs::where_(tx, sql(in_it).bind(queue.id), order, RUNS, ask.now).await?;
    let under_way = work_queues::under_way(tx, &[queue.id]).await?.get(&queue.id).copied().unwrap_or(0);
    let taken = match queue.concurrency_limit {
        Some(limit) => say!("{} of {}", under_way, limit),
        None => say!("{}, without a limit", under_way),
    };
    let mut sheet = Sheet::new(queue.name.clone(), ask.now)
        .below("/pools", "Pools")
        .below(format!("/pools/{}", segment(pool)), pool.to_owned())
        .watching([Changed::WorkPool, Changed::FlowRun])
        .about("Workers take the runs of the queue with the smallest priority number first.");
    sheet.acts.push(switch(&queue));
    let facts = vec![
        fact("Slots taken", Cell::Text(taken)),
        fact("Last polled", queue.last_polled.map_or_else(|| Cell::Text(say!("never")), Cell::At)),
        fact("Id", Cell::Code(queue.id.to_string())),
    ];
    let sheet =
        sheet.with(Part::Facts(facts)).with(Part::Form(Box::new(form(&queue, pool)))).with(heading("In this queue"));
    Ok(Some(runs_table(tx, sheet, "In this queue", runs, "No run waits here, and none is under way.").await?))
}

fn form(queue: &WorkQueue, pool: &str) -> Form {
    let values = json!({
        "description": queue.description, "priority": queue.priority, "concurrency_limit": queue.concurrency_limit,
    });
    let schema = json!({
        "type": "object",
        "properties": {
            "priority": { "title": tr("Priority"), "type": "integer", "minimum": 1, "description": tr("1 comes first.") },
            "concurrency_limit": { "title": tr("Limit"), "type": ["integer", "null"], "description": tr("Runs at once; empty: as many as the pool allows.") },
            "description": { "title": tr("Description"), "type": ["string", "null"] },
        },
    });
    Form {
        name: "change".to_owned(),
        title: say!("Change it"),
        folded: true,
        schema,
        values: match values {
            Value::Object(values) => values,
            _ => Map::new(),
        },
        method: "PATCH".to_owned(),
        path: format!("/work_pools/{}/queues/{}", segment(pool), segment(&queue.name)),
        fixed: Map::new(),
        submit: say!("Save"),
        done: say!("The queue is saved"),
        then: None,
    }
}
