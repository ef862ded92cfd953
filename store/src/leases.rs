//! Table `lease`: who may do what only one process should do at a time.

use domain::{Timestamp, Uuid};

use crate::sql::sql;
use crate::{Result, Tx};

/// Takes the lease, or keeps it, until `until`; whether `holder` has it now. A lease that has expired at
/// `now` is anybody's.
pub async fn take(tx: &mut Tx, name: &str, holder: Uuid, now: Timestamp, until: Timestamp) -> Result<bool> {
    let upsert = sql("INSERT INTO lease (name, holder, expires) VALUES (?, ?, ?)
                      ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires = excluded.expires
                      WHERE lease.holder = excluded.holder OR lease.expires <= ?")
    .bind(name)
    .bind(holder)
    .bind(until)
    .bind(now);
    Ok(tx.run(upsert).await? == 1)
}

/// Gives the lease back, if `holder` has it, so that others need not wait for its end.
pub async fn release(tx: &mut Tx, name: &str, holder: Uuid) -> Result<()> {
    tx.run(sql("DELETE FROM lease WHERE name = ? AND holder = ?").bind(name).bind(holder)).await.map(drop)
}
