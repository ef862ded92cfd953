//! Tables `concurrency_lease` and `concurrency_lease_limit`.

use domain::concurrency_limits::{Holder, HolderKind, Lease};
use domain::{ConcurrencyLeaseId, ConcurrencyLimitId, Timestamp, Uuid};

use crate::column::{Ts, Word};
use crate::sql::{Sql, sql};
use crate::{Result, Tx, row};

row! {
    struct LeaseRow {
        id: sqlx::types::Uuid,
        created: Ts,
        expires: Ts,
        slots: i64,
        holder_type: Option<Word<HolderKind>>,
        holder_id: Option<sqlx::types::Uuid>,
    }
}

const SELECT: &str = "SELECT id, created, expires, slots, holder_type, holder_id FROM concurrency_lease WHERE ";

/// Stores the lease.
pub async fn insert(tx: &mut Tx, lease: &Lease) -> Result<()> {
    let insert = sql("INSERT INTO concurrency_lease (id, created, expires, slots, holder_type, holder_id)
                      VALUES (?, ?, ?, ?, ?, ?)");
    let insert = insert.bind(lease.id).bind(lease.created).bind(lease.expires).bind(lease.slots);
    let insert = insert.bind(lease.holder.map(|holder| holder.kind.as_str().to_owned()));
    tx.run(insert.bind(lease.holder.map(|holder| holder.id))).await?;
    for limit in &lease.limits {
        let insert = sql("INSERT INTO concurrency_lease_limit (lease_id, limit_id) VALUES (?, ?)");
        tx.run(insert.bind(lease.id).bind(*limit)).await?;
    }
    Ok(())
}

/// The lease, if it exists, expired or not; locked until the end of the transaction.
pub async fn lock_by_id(tx: &mut Tx, id: ConcurrencyLeaseId) -> Result<Option<Lease>> {
    Ok(leases(tx, sql("id = ?").bind(id), "").await?.pop())
}

/// The leases on a limit.
pub async fn of_limit(tx: &mut Tx, limit: ConcurrencyLimitId) -> Result<Vec<Lease>> {
    leases(tx, sql("id IN (SELECT lease_id FROM concurrency_lease_limit WHERE limit_id = ?)").bind(limit), "").await
}

/// The leases of a holder.
pub async fn of_holder(tx: &mut Tx, holder: Uuid) -> Result<Vec<Lease>> {
    leases(tx, sql("holder_id = ?").bind(holder), "").await
}

/// Leases that have expired at `now`, the oldest first.
pub async fn expired(tx: &mut Tx, now: Timestamp, limit: i64) -> Result<Vec<Lease>> {
    leases(tx, sql("expires <= ?").bind(now), &format!(" ORDER BY expires LIMIT {limit}")).await
}

/// Who holds slots of these limits by an unexpired lease: pairs of limit and holder, the oldest first.
pub async fn holders(
    tx: &mut Tx,
    limits: &[ConcurrencyLimitId],
    now: Timestamp,
) -> Result<Vec<(ConcurrencyLimitId, Holder)>> {
    let query = sql("SELECT held.limit_id, lease.holder_type, lease.holder_id
                     FROM concurrency_lease_limit AS held JOIN concurrency_lease AS lease ON lease.id = held.lease_id
                     WHERE lease.holder_id IS NOT NULL AND lease.expires > ? AND held.limit_id IN ")
    .bind(now)
    .then(Sql::list(limits.iter().copied()))
    .text(" ORDER BY lease.created, lease.id");
    let rows = tx.all::<(sqlx::types::Uuid, Word<HolderKind>, sqlx::types::Uuid)>(query).await?;
    Ok(rows.into_iter().map(|(limit, kind, id)| (ConcurrencyLimitId(limit), Holder { kind: kind.0, id })).collect())
}

/// Keeps the lease until `until`, if it has not expired at `now`; whether it is kept.
pub async fn renew(tx: &mut Tx, id: ConcurrencyLeaseId, until: Timestamp, now: Timestamp) -> Result<bool> {
    let update =
        sql("UPDATE concurrency_lease SET expires = ? WHERE id = ? AND expires > ?").bind(until).bind(id).bind(now);
    Ok(tx.run(update).await? == 1)
}

/// Deletes the lease; whether it existed.
pub async fn delete(tx: &mut Tx, id: ConcurrencyLeaseId) -> Result<bool> {
    Ok(tx.run(sql("DELETE FROM concurrency_lease WHERE id = ?").bind(id)).await? == 1)
}

async fn leases(tx: &mut Tx, condition: Sql, order: &str) -> Result<Vec<Lease>> {
    let query = sql(SELECT).then(condition).text(order).text(tx.for_update());
    let rows = tx.all::<LeaseRow>(query).await?;
    let mut leases = Vec::with_capacity(rows.len());
    for row in rows {
        let limits =
            sql("SELECT limit_id FROM concurrency_lease_limit WHERE lease_id = ? ORDER BY limit_id").bind(row.id);
        let limits = tx.all::<(sqlx::types::Uuid,)>(limits).await?;
        let holder = row.holder_type.zip(row.holder_id).map(|(kind, id)| Holder { kind: kind.0, id });
        leases.push(Lease {
            id: ConcurrencyLeaseId(row.id),
            created: row.created.into(),
            expires: row.expires.into(),
            slots: row.slots,
            holder,
            limits: limits.into_iter().map(|(id,)| ConcurrencyLimitId(id)).collect(),
        });
    }
    Ok(leases)
}
