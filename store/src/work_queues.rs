//! Table `work_queue`.

use domain::work_pools::{QueueFilter, WorkQueue, WorkQueueFilter, WorkQueueStatus};
use domain::{Timestamp, WorkPoolId, WorkQueueId};

use crate::column::{Json, Ts, Word};
use crate::filters::{self, Conditions};
use crate::sql::{Sql, json_or_null, sql};
use crate::{Result, Tx, row};

mod due;
mod polled;
mod surroundings;

pub use due::{due_runs, under_way};
pub use polled::{pools_of, set_not_ready, set_polled};
pub use surroundings::{Surroundings, surroundings};

row! {
    struct WorkQueueRow {
        id: sqlx::types::Uuid,
        created: Ts,
        updated: Ts,
        name: String,
        description: Option<String>,
        is_paused: bool,
        concurrency_limit: Option<i64>,
        priority: i64,
        work_pool_id: sqlx::types::Uuid,
        filter: Option<Json<QueueFilter>>,
        last_polled: Option<Ts>,
        work_pool_name: String,
        status: Option<Word<WorkQueueStatus>>,
        active_slots: Option<i64>,
    }
}

const SELECT: &str = "SELECT work_queue.id, work_queue.created, work_queue.updated, work_queue.name, \
    work_queue.description, work_queue.is_paused, work_queue.concurrency_limit, work_queue.priority, \
    work_queue.work_pool_id, work_queue.filter, work_queue.last_polled, work_pool.name AS work_pool_name, \
    work_queue.status, CASE WHEN work_queue.concurrency_limit IS NOT NULL THEN \
        (SELECT count(*) FROM flow_run AS slot WHERE slot.work_queue_id = work_queue.id \
         AND slot.state_type IN ('PENDING', 'RUNNING', 'CANCELLING')) \
    END AS active_slots FROM work_queue JOIN work_pool ON work_pool.id = work_queue.work_pool_id";

impl From<WorkQueueRow> for WorkQueue {
    fn from(row: WorkQueueRow) -> Self {
        WorkQueue {
            id: WorkQueueId(row.id),
            created: Some(row.created.into()),
            updated: Some(row.updated.into()),
            name: row.name,
            description: row.description,
            is_paused: row.is_paused,
            concurrency_limit: row.concurrency_limit,
            priority: row.priority,
            work_pool_id: Some(WorkPoolId(row.work_pool_id)),
            filter: row.filter.map(|filter| filter.0),
            last_polled: row.last_polled.map(Ts::into),
            work_pool_name: Some(row.work_pool_name),
            status: row.status.map(|status| status.0),
            active_slots: row.active_slots,
        }
    }
}

async fn read(tx: &mut Tx, rest: Sql) -> Result<Vec<WorkQueue>> {
    let rows = tx.all::<WorkQueueRow>(sql(SELECT).text(" WHERE ").then(rest)).await?;
    Ok(rows.into_iter().map(WorkQueue::from).collect())
}

/// The queue, if it exists.
pub async fn by_id(tx: &mut Tx, id: WorkQueueId) -> Result<Option<WorkQueue>> {
    Ok(read(tx, sql("work_queue.id = ?").bind(id)).await?.pop())
}

/// The queue of that name in the pool of that name, if it exists.
pub async fn by_name(tx: &mut Tx, pool: &str, queue: &str) -> Result<Option<WorkQueue>> {
    Ok(read(tx, sql("work_pool.name = ? AND work_queue.name = ?").bind(pool).bind(queue)).await?.pop())
}

/// All queues of that name, whatever their pool, oldest first.
pub async fn named(tx: &mut Tx, name: &str) -> Result<Vec<WorkQueue>> {
    read(tx, sql("work_queue.name = ? ORDER BY work_queue.created, work_queue.id").bind(name)).await
}

/// Queues of the pool that fit, most urgent first.
pub async fn of_pool(
    tx: &mut Tx,
    pool: WorkPoolId,
    filter: Option<&WorkQueueFilter>,
    limit: i64,
    offset: i64,
) -> Result<Vec<WorkQueue>> {
    let rest = sql("work_queue.work_pool_id = ? AND ")
        .bind(pool)
        .then(matching(filter))
        .text(" ORDER BY work_queue.priority, work_queue.created LIMIT ? OFFSET ?")
        .bind(limit)
        .bind(offset);
    read(tx, rest).await
}

/// How many queues the pool has.
pub async fn count_of_pool(tx: &mut Tx, pool: WorkPoolId) -> Result<i64> {
    tx.count(sql("SELECT count(*) FROM work_queue WHERE work_pool_id = ?").bind(pool)).await
}

/// Queues of all pools that fit, by name. `limit` and `offset` are checked by the caller.
pub async fn filter(tx: &mut Tx, filter: Option<&WorkQueueFilter>, limit: i64, offset: i64) -> Result<Vec<WorkQueue>> {
    let rest = matching(filter)
        .text(" ORDER BY work_queue.name, work_queue.created, work_queue.id LIMIT ? OFFSET ?")
        .bind(limit)
        .bind(offset);
    read(tx, rest).await
}

/// How many queues of all pools fit.
pub async fn count(tx: &mut Tx, filter: Option<&WorkQueueFilter>) -> Result<i64> {
    tx.count(sql("SELECT count(*) FROM work_queue WHERE ").then(matching(filter))).await
}

/// Inserts a queue; its name must be free in its pool.
pub async fn insert(tx: &mut Tx, queue: &WorkQueue, pool: WorkPoolId, now: Timestamp) -> Result<()> {
    let insert = sql(
        "INSERT INTO work_queue (id, created, updated, name, description, is_paused, concurrency_limit,
                      priority, work_pool_id, filter, last_polled, status) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(queue.id)
    .bind(now)
    .bind(now)
    .bind(&queue.name)
    .bind(&queue.description)
    .bind(queue.is_paused)
    .bind(queue.concurrency_limit)
    .bind(queue.priority)
    .bind(pool)
    .bind(json_or_null(&queue.filter))
    .bind(queue.last_polled)
    .bind(queue.status.map(WorkQueueStatus::as_str));
    tx.run(insert).await.map(drop)
}

/// Writes what may change.
pub async fn save(tx: &mut Tx, queue: &WorkQueue, now: Timestamp) -> Result<()> {
    let update =
        sql("UPDATE work_queue SET updated = ?, name = ?, description = ?, is_paused = ?, concurrency_limit = ?,
                      priority = ?, filter = ?, last_polled = ?, status = ? WHERE id = ?")
        .bind(now)
        .bind(&queue.name)
        .bind(&queue.description)
        .bind(queue.is_paused)
        .bind(queue.concurrency_limit)
        .bind(queue.priority)
        .bind(json_or_null(&queue.filter))
        .bind(queue.last_polled)
        .bind(queue.status.map(WorkQueueStatus::as_str))
        .bind(queue.id);
    tx.run(update).await.map(drop)
}

/// Gives a queue its place.
pub async fn set_priority(tx: &mut Tx, id: WorkQueueId, priority: i64, now: Timestamp) -> Result<()> {
    let update = sql("UPDATE work_queue SET updated = ?, priority = ? WHERE id = ?").bind(now).bind(priority).bind(id);
    tx.run(update).await.map(drop)
}

/// Deletes the queue; deployments and runs stay without one. Whether it existed.
pub async fn delete(tx: &mut Tx, id: WorkQueueId) -> Result<bool> {
    Ok(tx.run(sql("DELETE FROM work_queue WHERE id = ?").bind(id)).await? == 1)
}

/// The condition of a queue filter on the row `work_queue` of the query around it.
pub fn condition(filter: &WorkQueueFilter) -> Sql {
    let mut all = Conditions::new(filter.operator);
    if let Some(ops) = &filter.id {
        all.all(filters::ids("work_queue.id", ops));
    }
    if let Some(ops) = &filter.name {
        all.all(filters::prefixes("work_queue.name", ops));
    }
    all.finish()
}

fn matching(filter: Option<&WorkQueueFilter>) -> Sql {
    filter.map_or_else(|| sql("TRUE"), condition)
}
