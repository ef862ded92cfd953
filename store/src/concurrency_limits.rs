//! Table `concurrency_limit_v2`.

use domain::concurrency_limits::{ConcurrencyLimit, TAG};
use domain::{ConcurrencyLimitId, Timestamp};

use crate::column::Ts;
use crate::sql::{Sql, sql};
use crate::{Result, Tx, row};

row! {
    struct LimitRow {
        id: sqlx::types::Uuid,
        created: Ts,
        updated: Ts,
        active: bool,
        name: String,
        slot_limit: i64,
        active_slots: i64,
        denied_slots: i64,
        slot_decay_per_second: f64,
        avg_slot_occupancy_seconds: f64,
    }
}

const COLUMNS: &str = "id, created, updated, active, name, slot_limit, active_slots, denied_slots, \
                       slot_decay_per_second, avg_slot_occupancy_seconds";

impl From<LimitRow> for ConcurrencyLimit {
    fn from(row: LimitRow) -> Self {
        ConcurrencyLimit {
            id: ConcurrencyLimitId(row.id),
            created: Some(row.created.into()),
            updated: Some(row.updated.into()),
            active: row.active,
            name: row.name,
            limit: row.slot_limit,
            active_slots: row.active_slots,
            denied_slots: row.denied_slots,
            slot_decay_per_second: row.slot_decay_per_second,
            avg_slot_occupancy_seconds: row.avg_slot_occupancy_seconds,
        }
    }
}

fn select() -> Sql {
    sql("SELECT ").text(COLUMNS).text(" FROM concurrency_limit_v2 WHERE ")
}

async fn optional(tx: &mut Tx, condition: Sql) -> Result<Option<ConcurrencyLimit>> {
    Ok(tx.optional::<LimitRow>(select().then(condition)).await?.map(ConcurrencyLimit::from))
}

/// The limit, if it exists.
pub async fn by_id(tx: &mut Tx, id: ConcurrencyLimitId) -> Result<Option<ConcurrencyLimit>> {
    optional(tx, sql("id = ?").bind(id)).await
}

/// The limit of that name, if it exists.
pub async fn by_name(tx: &mut Tx, name: &str) -> Result<Option<ConcurrencyLimit>> {
    optional(tx, sql("name = ?").bind(name)).await
}

/// Those of the named limits that exist, locked until the end of the transaction. All who lock several do
/// so in the order of ids, so that none waits for another in a circle.
pub async fn lock_by_names(tx: &mut Tx, names: &[String]) -> Result<Vec<ConcurrencyLimit>> {
    lock(tx, sql("name IN ").then(Sql::list(names))).await
}

/// The same by ids.
pub async fn lock_by_ids(tx: &mut Tx, ids: &[ConcurrencyLimitId]) -> Result<Vec<ConcurrencyLimit>> {
    lock(tx, sql("id IN ").then(Sql::list(ids.iter().copied()))).await
}

async fn lock(tx: &mut Tx, condition: Sql) -> Result<Vec<ConcurrencyLimit>> {
    let query = select().then(condition).text(" ORDER BY id").text(tx.for_update());
    Ok(tx.all::<LimitRow>(query).await?.into_iter().map(ConcurrencyLimit::from).collect())
}

/// Limits by name; those on tags only, or all.
pub async fn page(tx: &mut Tx, only_tags: bool, limit: i64, offset: i64) -> Result<Vec<ConcurrencyLimit>> {
    let which = if only_tags { sql("name LIKE ?").bind(format!("{TAG}%")) } else { sql("TRUE") };
    let query = select().then(which).text(" ORDER BY name LIMIT ? OFFSET ?").bind(limit).bind(offset);
    Ok(tx.all::<LimitRow>(query).await?.into_iter().map(ConcurrencyLimit::from).collect())
}

/// Inserts the limit; a taken name is a conflict.
pub async fn insert(tx: &mut Tx, limit: &ConcurrencyLimit, now: Timestamp) -> Result<()> {
    let insert =
        sql("INSERT INTO concurrency_limit_v2 (").text(COLUMNS).text(") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    let insert = insert.bind(limit.id).bind(now).bind(now).bind(limit.active).bind(&limit.name).bind(limit.limit);
    let insert = insert.bind(limit.active_slots).bind(limit.denied_slots).bind(limit.slot_decay_per_second);
    tx.run(insert.bind(limit.avg_slot_occupancy_seconds)).await.map(drop)
}

/// Writes everything but id and creation; `updated` is the instant that the counters are as of.
pub async fn save(tx: &mut Tx, limit: &ConcurrencyLimit, now: Timestamp) -> Result<()> {
    let update =
        sql("UPDATE concurrency_limit_v2 SET updated = ?, active = ?, name = ?, slot_limit = ?, active_slots = ?,
                      denied_slots = ?, slot_decay_per_second = ?, avg_slot_occupancy_seconds = ? WHERE id = ?");
    let update = update.bind(now).bind(limit.active).bind(&limit.name).bind(limit.limit).bind(limit.active_slots);
    let update =
        update.bind(limit.denied_slots).bind(limit.slot_decay_per_second).bind(limit.avg_slot_occupancy_seconds);
    tx.run(update.bind(limit.id)).await.map(drop)
}

/// Deletes the limit; whether it existed.
pub async fn delete(tx: &mut Tx, id: ConcurrencyLimitId) -> Result<bool> {
    Ok(tx.run(sql("DELETE FROM concurrency_limit_v2 WHERE id = ?").bind(id)).await? == 1)
}
