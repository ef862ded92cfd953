//! The worker's clock.

use domain::Timestamp;

/// The time now. The one place where this crate asks for it.
#[expect(clippy::disallowed_methods, reason = "the worker's clock")]
pub(crate) fn now() -> Timestamp {
    Timestamp::new(chrono::Utc::now())
}
