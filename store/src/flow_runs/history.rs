//! Sums over flow runs.

use domain::history::{HistoryBucket, HistoryRange};

use super::*;

/// Runs that fit, by interval and state.
pub async fn history(tx: &mut Tx, range: &HistoryRange, now: Timestamp) -> Result<Vec<HistoryBucket>> {
    let matching = matching(tx, &range.filters);
    crate::history::of_table(tx, "flow_run", matching, range, now).await
}

row! {
    struct StartRow {
        expected_start_time: Ts,
        start_time: Ts,
    }
}

/// When runs that a schedule planned were due and when they started, of those that started since; the newest `most`.
pub async fn starts(tx: &mut Tx, since: Timestamp, most: i64) -> Result<Vec<(Timestamp, Timestamp)>> {
    let query = sql("SELECT expected_start_time, start_time FROM flow_run
                     WHERE coalesce(start_time, expected_start_time) >= ? AND start_time IS NOT NULL
                     AND expected_start_time IS NOT NULL AND auto_scheduled = ? AND run_count <= 1
                     ORDER BY coalesce(start_time, expected_start_time) DESC LIMIT ?");
    let rows = tx.all::<StartRow>(query.bind(since).bind(true).bind(most)).await?;
    Ok(rows.into_iter().map(|row| (row.expected_start_time.into(), row.start_time.into())).collect())
}

/// Average delay in seconds of the runs that fit; nothing without runs.
pub async fn average_lateness(tx: &mut Tx, filters: &Filters, now: Timestamp) -> Result<Option<f64>> {
    let matching = matching(tx, filters);
    crate::history::average_lateness(tx, "flow_run", matching, now).await
}
