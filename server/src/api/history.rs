//! What the history endpoints of flow runs and task runs share.

use domain::history::HistoryRange;

use super::error::{ApiError, Result};

/// Refuses intervals shorter than a second.
pub fn checked(range: HistoryRange) -> Result<HistoryRange> {
    if range.history_interval_seconds < 1.0 {
        return Err(ApiError::unprocessable("History interval must not be less than 1 second."));
    }
    Ok(range)
}
