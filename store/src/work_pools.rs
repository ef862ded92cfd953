//! Table `work_pool`.

use domain::work_pools::{StorageConfiguration, WorkPool, WorkPoolFilter, WorkPoolStatus};
use domain::{Timestamp, WorkPoolId, WorkQueueId};
use serde_json::{Map, Value};

use crate::column::{Json, Ts, Word};
use crate::filters::{self, Conditions};
use crate::sql::{Sql, json, sql};
use crate::{Result, Tx, row};

mod rows;

pub use rows::{PoolCounts, counts};

row! {
    struct WorkPoolRow {
        id: sqlx::types::Uuid,
        created: Ts,
        updated: Ts,
        name: String,
        description: Option<String>,
        kind: String,
        base_job_template: Json<Map<String, Value>>,
        is_paused: bool,
        concurrency_limit: Option<i64>,
        status: Option<Word<WorkPoolStatus>>,
        default_queue_id: Option<sqlx::types::Uuid>,
        storage_configuration: Json<StorageConfiguration>,
        active_slots: Option<i64>,
    }
}

/// The slots in use are counted only where there is a limit.
const SELECT: &str = "SELECT work_pool.id, work_pool.created, work_pool.updated, work_pool.name, work_pool.description, \
    work_pool.type AS kind, work_pool.base_job_template, work_pool.is_paused, work_pool.concurrency_limit, \
    work_pool.status, work_pool.default_queue_id, work_pool.storage_configuration, \
    CASE WHEN work_pool.concurrency_limit IS NOT NULL THEN \
        (SELECT count(*) FROM work_queue AS slot_queue JOIN flow_run AS slot ON slot.work_queue_id = slot_queue.id \
         WHERE slot_queue.work_pool_id = work_pool.id AND slot.state_type IN ('PENDING', 'RUNNING')) \
    END AS active_slots FROM work_pool";

impl From<WorkPoolRow> for WorkPool {
    fn from(row: WorkPoolRow) -> Self {
        WorkPool {
            id: WorkPoolId(row.id),
            created: Some(row.created.into()),
            updated: Some(row.updated.into()),
            name: row.name,
            description: row.description,
            kind: row.kind,
            base_job_template: row.base_job_template.0,
            is_paused: row.is_paused,
            concurrency_limit: row.concurrency_limit,
            status: row.status.map(|status| status.0),
            default_queue_id: row.default_queue_id.map(WorkQueueId),
            storage_configuration: row.storage_configuration.0,
            active_slots: row.active_slots,
        }
    }
}

/// The pool, if it exists.
pub async fn by_id(tx: &mut Tx, id: WorkPoolId) -> Result<Option<WorkPool>> {
    Ok(tx.optional::<WorkPoolRow>(sql(SELECT).text(" WHERE work_pool.id = ?").bind(id)).await?.map(WorkPool::from))
}

/// The pool of that name, if it exists.
pub async fn by_name(tx: &mut Tx, name: &str) -> Result<Option<WorkPool>> {
    Ok(tx.optional::<WorkPoolRow>(sql(SELECT).text(" WHERE work_pool.name = ?").bind(name)).await?.map(WorkPool::from))
}

/// Pools that fit, by name. `limit` and `offset` are checked by the caller.
pub async fn filter(tx: &mut Tx, filter: Option<&WorkPoolFilter>, limit: i64, offset: i64) -> Result<Vec<WorkPool>> {
    let query = sql(SELECT)
        .text(" WHERE ")
        .then(matching(filter))
        .text(" ORDER BY work_pool.name LIMIT ? OFFSET ?")
        .bind(limit)
        .bind(offset);
    Ok(tx.all::<WorkPoolRow>(query).await?.into_iter().map(WorkPool::from).collect())
}

/// How many pools fit.
pub async fn count(tx: &mut Tx, filter: Option<&WorkPoolFilter>) -> Result<i64> {
    tx.count(sql("SELECT count(*) FROM work_pool WHERE ").then(matching(filter))).await
}

/// Inserts a pool; its name must be free.
pub async fn insert(tx: &mut Tx, pool: &WorkPool, now: Timestamp) -> Result<()> {
    let insert =
        sql("INSERT INTO work_pool (id, created, updated, name, description, type, base_job_template, is_paused,
                      concurrency_limit, status, default_queue_id, storage_configuration)
                      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
        .bind(pool.id)
        .bind(now)
        .bind(now)
        .bind(&pool.name)
        .bind(&pool.description)
        .bind(&pool.kind)
        .bind(json(&pool.base_job_template))
        .bind(pool.is_paused)
        .bind(pool.concurrency_limit)
        .bind(pool.status.map(WorkPoolStatus::as_str))
        .bind(pool.default_queue_id)
        .bind(json(&pool.storage_configuration));
    tx.run(insert).await.map(drop)
}

/// Writes what may change.
pub async fn save(tx: &mut Tx, pool: &WorkPool, now: Timestamp) -> Result<()> {
    let update = sql("UPDATE work_pool SET updated = ?, description = ?, base_job_template = ?, is_paused = ?,
                      concurrency_limit = ?, status = ?, storage_configuration = ? WHERE id = ?")
    .bind(now)
    .bind(&pool.description)
    .bind(json(&pool.base_job_template))
    .bind(pool.is_paused)
    .bind(pool.concurrency_limit)
    .bind(pool.status.map(WorkPoolStatus::as_str))
    .bind(json(&pool.storage_configuration))
    .bind(pool.id);
    tx.run(update).await.map(drop)
}

/// Turns a pool that waits for a worker into a ready one; whether it was waiting.
pub async fn set_ready(tx: &mut Tx, id: WorkPoolId, now: Timestamp) -> Result<bool> {
    let update = sql("UPDATE work_pool SET updated = ?, status = 'READY' WHERE id = ? AND status = 'NOT_READY'");
    Ok(tx.run(update.bind(now).bind(id)).await? == 1)
}

/// Turns ready pools without a living worker into waiting ones; which. A worker lives while its last
/// heartbeat is younger than `beats` of its intervals (`interval` seconds where it did not tell).
pub async fn set_not_ready(tx: &mut Tx, beats: i64, interval: i64, now: Timestamp) -> Result<Vec<WorkPoolId>> {
    let update = sql("UPDATE work_pool SET updated = ?, status = 'NOT_READY' WHERE status = 'READY' AND NOT EXISTS
                      (SELECT 1 FROM worker WHERE worker.work_pool_id = work_pool.id AND ")
    .bind(now)
    .then(crate::workers::is_online(tx, beats, interval, now))
    .text(") RETURNING id");
    tx.ids(update).await
}

/// Deletes the pool with its queues and workers; deployments and runs stay without a queue. Whether it existed.
pub async fn delete(tx: &mut Tx, id: WorkPoolId) -> Result<bool> {
    Ok(tx.run(sql("DELETE FROM work_pool WHERE id = ?").bind(id)).await? == 1)
}

/// The condition of a pool filter on the row `work_pool` of the query around it.
pub fn condition(filter: &WorkPoolFilter) -> Sql {
    let mut all = Conditions::new(filter.operator);
    if let Some(ops) = &filter.id {
        all.all(filters::ids("work_pool.id", ops));
    }
    if let Some(ops) = &filter.name {
        all.all(filters::any_text("work_pool.name", ops));
    }
    if let Some(ops) = &filter.kind {
        all.all(filters::any_text("work_pool.type", ops));
    }
    all.finish()
}

fn matching(filter: Option<&WorkPoolFilter>) -> Sql {
    filter.map_or_else(|| sql("TRUE"), condition)
}
