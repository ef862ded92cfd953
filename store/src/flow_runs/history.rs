//! Sums over flow runs.

use domain::history::{HistoryBucket, HistoryRange};

use super::*;

/// Runs that fit, by interval and state.
pub async fn history(tx: &mut Tx, range: &HistoryRange, now: Timestamp) -> Result<Vec<HistoryBucket>> {
    let matching = matching(tx, &range.filters);
    crate::history::of_table(tx, "flow_run", matching, range, now).await
}

/// Average delay in seconds of the runs that fit; nothing without runs.
pub async fn average_lateness(tx: &mut Tx, filters: &Filters, now: Timestamp) -> Result<Option<f64>> {
    let matching = matching(tx, filters);
    crate::history::average_lateness(tx, "flow_run", matching, now).await
}
