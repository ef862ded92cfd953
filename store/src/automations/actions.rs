//! Table `automation_action`: actions that are to be carried out.
//!
//! What is done within the database is done in the transaction that deletes the row: once. Who calls out
//! puts off the next attempt before, and deletes the row afterwards: at least once.

use domain::automations::Invocation;
use domain::{Timestamp, Uuid};

use crate::column::Json;
use crate::sql::{json, sql};
use crate::{Result, Tx, row};

/// An action, and how often it was begun.
#[derive(Debug, Clone, PartialEq)]
pub struct Pending {
    pub invocation: Invocation,
    pub attempts: i64,
}

row! {
    struct ActionRow {
        attempts: i64,
        invocation: Json<Invocation>,
    }
}

/// Queues the action.
pub async fn insert(tx: &mut Tx, invocation: &Invocation, now: Timestamp) -> Result<()> {
    let insert = sql("INSERT INTO automation_action (id, calls_out, due, attempts, invocation)
                      VALUES (?, ?, ?, ?, ?)");
    let insert = insert.bind(invocation.id).bind(invocation.action.calls_out()).bind(now).bind(0_i64);
    tx.run(insert.bind(json(invocation))).await.map(drop)
}

/// The actions of one sort that are due at `now`, the oldest first.
pub async fn due(tx: &mut Tx, calls_out: bool, now: Timestamp, limit: i64) -> Result<Vec<Pending>> {
    let query = sql("SELECT attempts, invocation FROM automation_action WHERE calls_out = ? AND due <= ?
                     ORDER BY due, id LIMIT ?");
    let rows = tx.all::<ActionRow>(query.bind(calls_out).bind(now).bind(limit)).await?;
    Ok(rows.into_iter().map(|row| Pending { invocation: row.invocation.0, attempts: row.attempts }).collect())
}

/// Counts an attempt and puts off the next one, if nobody else has done so; whether it was done.
pub async fn begin(tx: &mut Tx, id: Uuid, attempts: i64, until: Timestamp) -> Result<bool> {
    let update = sql("UPDATE automation_action SET attempts = attempts + 1, due = ? WHERE id = ? AND attempts = ?");
    Ok(tx.run(update.bind(until).bind(id).bind(attempts)).await? == 1)
}

/// Takes the action out; whether it was there.
pub async fn take(tx: &mut Tx, id: Uuid) -> Result<bool> {
    Ok(tx.run(sql("DELETE FROM automation_action WHERE id = ?").bind(id)).await? == 1)
}
