//! Table `worker`.

use domain::work_pools::{Worker, WorkerFilter, WorkerStatus};
use domain::{Timestamp, WorkPoolId, WorkerId};

use crate::column::Ts;
use crate::filters::{self, Conditions};
use crate::sql::{Sql, sql};
use crate::{Result, Tx, row};

row! {
    struct WorkerRow {
        id: sqlx::types::Uuid,
        created: Ts,
        updated: Ts,
        name: String,
        work_pool_id: sqlx::types::Uuid,
        last_heartbeat_time: Option<Ts>,
        heartbeat_interval_seconds: Option<i64>,
        online: bool,
    }
}

impl From<WorkerRow> for Worker {
    fn from(row: WorkerRow) -> Self {
        Worker {
            id: WorkerId(row.id),
            created: Some(row.created.into()),
            updated: Some(row.updated.into()),
            name: row.name,
            work_pool_id: WorkPoolId(row.work_pool_id),
            last_heartbeat_time: row.last_heartbeat_time.map(Ts::into),
            heartbeat_interval_seconds: row.heartbeat_interval_seconds,
            status: if row.online { WorkerStatus::Online } else { WorkerStatus::Offline },
        }
    }
}

/// A condition on the row `worker`: its last heartbeat is younger than `beats` of its intervals, which are
/// `interval` seconds where it did not tell.
pub fn is_online(tx: &Tx, beats: i64, interval: i64, now: Timestamp) -> Sql {
    let beat = tx.micros("worker.last_heartbeat_time");
    Sql::default()
        .text(&format!("({beat} > ? - coalesce(worker.heartbeat_interval_seconds, ?) * ?)"))
        .bind(now.micros())
        .bind(interval)
        .bind(beats * 1_000_000)
}

/// Writes a heartbeat down; a new name is a new worker.
pub async fn heartbeat(
    tx: &mut Tx,
    id: WorkerId,
    pool: WorkPoolId,
    name: &str,
    interval_seconds: Option<i64>,
    now: Timestamp,
) -> Result<()> {
    let upsert = sql("INSERT INTO worker (id, created, updated, name, work_pool_id, last_heartbeat_time,
                      heartbeat_interval_seconds, status) VALUES (?, ?, ?, ?, ?, ?, ?, 'ONLINE')
                      ON CONFLICT (work_pool_id, name) DO UPDATE SET last_heartbeat_time = excluded.last_heartbeat_time,
                      heartbeat_interval_seconds =
                          coalesce(excluded.heartbeat_interval_seconds, worker.heartbeat_interval_seconds),
                      status = 'ONLINE'")
    .bind(id)
    .bind(now)
    .bind(now)
    .bind(name)
    .bind(pool)
    .bind(now)
    .bind(interval_seconds);
    tx.run(upsert).await.map(drop)
}

/// Which workers, and how many of them.
pub struct Query<'a> {
    pub filter: Option<&'a WorkerFilter>,
    /// A worker is online while its heartbeat is younger than so many intervals,
    pub beats: i64,
    /// of so many seconds where it did not tell.
    pub interval: i64,
    pub limit: i64,
    pub offset: i64,
}

/// Workers of the pool that fit, last heartbeat first.
pub async fn of_pool(tx: &mut Tx, pool: WorkPoolId, query: &Query<'_>, now: Timestamp) -> Result<Vec<Worker>> {
    let online = || is_online(tx, query.beats, query.interval, now);
    let mut fits = Conditions::new(query.filter.and_then(|filter| filter.operator));
    if let Some(ops) = query.filter.and_then(|filter| filter.last_heartbeat_time.as_ref()) {
        fits.all(filters::times("worker.last_heartbeat_time", ops));
    }
    if let Some(ops) = query.filter.and_then(|filter| filter.status.as_ref()) {
        let any = ops.any_.as_ref().map(|words| has_status(words, online()));
        let none = ops.not_any_.as_ref().map(|words| sql("NOT ").then(has_status(words, online())));
        fits.all(any.into_iter().chain(none).collect());
    }
    let select = sql("SELECT worker.id, worker.created, worker.updated, worker.name, worker.work_pool_id,
                      worker.last_heartbeat_time, worker.heartbeat_interval_seconds, coalesce(")
    .then(online())
    .text(", FALSE) AS online FROM worker WHERE worker.work_pool_id = ? AND ")
    .bind(pool)
    .then(fits.finish())
    .text(" ORDER BY worker.last_heartbeat_time DESC, worker.id LIMIT ? OFFSET ?")
    .bind(query.limit)
    .bind(query.offset);
    Ok(tx.all::<WorkerRow>(select).await?.into_iter().map(Worker::from).collect())
}

fn has_status(words: &[WorkerStatus], online: Sql) -> Sql {
    match (words.contains(&WorkerStatus::Online), words.contains(&WorkerStatus::Offline)) {
        (true, true) => sql("(TRUE)"),
        (true, false) => sql("coalesce(").then(online).text(", FALSE)"),
        (false, true) => sql("(NOT coalesce(").then(online).text(", FALSE))"),
        (false, false) => sql("(FALSE)"),
    }
}

/// Deletes the worker; whether it existed.
pub async fn delete(tx: &mut Tx, pool: WorkPoolId, name: &str) -> Result<bool> {
    Ok(tx.run(sql("DELETE FROM worker WHERE work_pool_id = ? AND name = ?").bind(pool).bind(name)).await? == 1)
}

/// Workers that count as online and are silent are offline from now on; their pools.
pub async fn set_offline(
    tx: &mut Tx,
    beats: i64,
    interval: i64,
    now: Timestamp,
) -> Result<Vec<(WorkerId, WorkPoolId)>> {
    let update = sql("UPDATE worker SET updated = ?, status = 'OFFLINE' WHERE status = 'ONLINE' AND NOT coalesce(")
        .bind(now)
        .then(is_online(tx, beats, interval, now))
        .text(", FALSE) RETURNING id, work_pool_id");
    let rows = tx.all::<(sqlx::types::Uuid, sqlx::types::Uuid)>(update).await?;
    Ok(rows.into_iter().map(|(id, pool)| (WorkerId(id), WorkPoolId(pool))).collect())
}
