//! Limits and offsets of list endpoints.

use domain::Major;
use schemars::JsonSchema;
use serde::Serialize;

use super::checks;
use super::error::{ApiError, Result};

/// What an absent limit means, and the most that may be asked.
pub const MAX_LIMIT: i64 = 200;

/// The most that one request for many things at once may touch.
const MOST_AT_ONCE: i64 = 50;

/// What was deleted at once.
#[derive(Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Deleted<T> {
    pub deleted: Vec<T>,
}

/// 1 to 50; absent is 50. `body` is echoed.
pub fn bulk_limit(major: Major, limit: Option<i64>, body: &impl Serialize) -> Result<i64> {
    checks::at_least(major, "limit", limit, 1, body)?;
    checks::at_most(major, "limit", limit, MOST_AT_ONCE, body)?;
    Ok(limit.unwrap_or(MOST_AT_ONCE))
}

/// 0 to 200; absent is 200.
pub fn limit_of(limit: Option<i64>) -> Result<i64> {
    match limit.unwrap_or(MAX_LIMIT) {
        limit if limit > MAX_LIMIT => {
            Err(ApiError::unprocessable(format!("Invalid limit: must be less than or equal to {MAX_LIMIT}.")))
        }
        limit if limit < 0 => Err(ApiError::unprocessable("Invalid limit: must be greater than or equal to 0.")),
        limit => Ok(limit),
    }
}

/// Absent is 0.
pub fn offset_of(offset: Option<i64>) -> i64 {
    offset.unwrap_or(0)
}

/// Absent is 1.
pub fn number_of(page: Option<i64>) -> i64 {
    page.unwrap_or(1)
}

/// Rows before the page of that number.
pub fn rows_before(page: i64, limit: i64) -> i64 {
    limit.saturating_mul(page - 1)
}

/// How many pages `count` rows fill.
pub fn pages(count: i64, limit: i64) -> i64 {
    if limit == 0 { 0 } else { (count + limit - 1) / limit }
}
