//! `/work_pools`: pools, their queues, their workers.

use domain::flow_runs::{GetScheduled, WorkerFlowRun};
use domain::pages::{WorkPoolPage, WorkPoolsPage};
use domain::work_pools::{
    WorkPool, WorkPoolCreate, WorkPoolFilter, WorkPoolUpdate, WorkQueue, WorkQueueCreate, WorkQueueUpdate, Worker,
    WorkerFilter, WorkerHeartbeat,
};
use http::Method;
use serde_json::{Map, Value, json};

use crate::{Client, Result, segment};

fn pool_path(name: &str) -> String {
    format!("/work_pools/{}", segment(name))
}

fn queue_path(pool: &str, queue: &str) -> String {
    format!("{}/queues/{}", pool_path(pool), segment(queue))
}

/// Creates a pool with its default queue; 409 when the name is taken.
pub async fn create(client: &Client, pool: &WorkPoolCreate) -> Result<WorkPool> {
    client.post("/work_pools/", pool).await
}

/// The pool, if it exists.
pub async fn read(client: &Client, name: &str) -> Result<Option<WorkPool>> {
    client.get(&pool_path(name)).await
}

/// Pools by name.
pub async fn filter(
    client: &Client,
    filter: Option<&WorkPoolFilter>,
    limit: i64,
    offset: i64,
) -> Result<Vec<WorkPool>> {
    client.post("/work_pools/filter", &json!({ "work_pools": filter, "limit": limit, "offset": offset })).await
}

/// Changes what was sent.
pub async fn update(client: &Client, name: &str, update: &WorkPoolUpdate) -> Result<()> {
    client.patch(&pool_path(name), update).await
}

/// Pauses the pool, or lets it go on.
pub async fn set_paused(client: &Client, name: &str, is_paused: bool) -> Result<()> {
    client.patch(&pool_path(name), &json!({ "is_paused": is_paused })).await
}

/// Puts another base job template in the place of the pool's; the server refuses one with faults.
pub async fn save_template(client: &Client, name: &str, template: Map<String, Value>) -> Result<()> {
    client.patch(&pool_path(name), &json!({ "base_job_template": template })).await
}

/// Deletes the pool with its queues and workers; deployments stay without a queue.
pub async fn delete(client: &Client, name: &str) -> Result<()> {
    client.delete(&pool_path(name)).await
}

/// The pool's queues, most urgent first.
pub async fn queues(client: &Client, pool: &str) -> Result<Vec<WorkQueue>> {
    client.post(&format!("{}/queues/filter", pool_path(pool)), &json!({})).await
}

/// Creates a queue.
pub async fn create_queue(client: &Client, pool: &str, queue: &WorkQueueCreate) -> Result<WorkQueue> {
    client.post(&format!("{}/queues", pool_path(pool)), queue).await
}

/// The queue, if it exists.
pub async fn read_queue(client: &Client, pool: &str, queue: &str) -> Result<Option<WorkQueue>> {
    client.get(&queue_path(pool, queue)).await
}

/// Changes what was sent.
pub async fn update_queue(client: &Client, pool: &str, queue: &str, update: &WorkQueueUpdate) -> Result<()> {
    client.patch(&queue_path(pool, queue), update).await
}

/// Deletes a queue.
pub async fn delete_queue(client: &Client, pool: &str, queue: &str) -> Result<()> {
    client.delete(&queue_path(pool, queue)).await
}

/// Runs that a worker may take now. Takes none: claiming is the proposal of PENDING.
pub async fn get_scheduled_flow_runs(client: &Client, pool: &str, ask: &GetScheduled) -> Result<Vec<WorkerFlowRun>> {
    client.post(&format!("{}/get_scheduled_flow_runs", pool_path(pool)), ask).await
}

/// Says that the worker lives.
pub async fn heartbeat(client: &Client, pool: &str, beat: &WorkerHeartbeat) -> Result<()> {
    client.send(Method::POST, &format!("{}/workers/heartbeat", pool_path(pool)), Some(beat)).await
}

/// The pool's workers, last heartbeat first.
pub async fn workers(client: &Client, pool: &str, filter: Option<&WorkerFilter>) -> Result<Vec<Worker>> {
    client.post(&format!("{}/workers/filter", pool_path(pool)), &json!({ "workers": filter })).await
}

/// The dashboard's list of pools.
pub async fn page(client: &Client) -> Result<WorkPoolsPage> {
    client.fetch("/reeve/work_pools").await
}

/// All that the pool's page and its template editor show, if it exists.
pub async fn page_of(client: &Client, name: &str) -> Result<Option<WorkPoolPage>> {
    client.get(&format!("/reeve/work_pools/{}", segment(name))).await
}
