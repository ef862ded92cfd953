//! How much waits in the database to be done.

use domain::Timestamp;

use crate::sql::sql;
use crate::{Result, Tx};

/// Rows of one queue that are counted at most.
pub const MOST: i64 = 100_000;

/// What waits at `now`, each kind with its number, which is at most [`MOST`].
pub async fn waiting(tx: &mut Tx, now: Timestamp) -> Result<Vec<(&'static str, i64)>> {
    let queues = [
        (
            "Runs that are due and not taken",
            "flow_run WHERE state_type = 'SCHEDULED' AND next_scheduled_start_time <= ?",
        ),
        ("Events that triggers have to hear", "automation_event"),
        ("Actions of automations", "automation_action"),
        ("Notifications", "flow_run_notification"),
    ];
    let mut found = Vec::new();
    for (what, rows) in queues {
        let query = sql("SELECT count(*) FROM (SELECT 1 AS one FROM ").text(rows);
        let query = if rows.contains('?') { query.bind(now) } else { query };
        found.push((what, tx.count(query.text(" LIMIT ?) AS waiting").bind(MOST)).await?));
    }
    Ok(found)
}
