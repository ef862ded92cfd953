//! The worker's clock: this machine's, put right by the server's.
//!
//! Runs are due by the server's clock. A worker whose machine is half a minute behind would start each
//! of them half a minute late, and its log lines would be out of order.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use domain::Timestamp;

/// Less than this is not put right: it may be the time that an answer is on its way.
const TOLERANCE_MICROS: i64 = 500_000;

/// A clock. Clones are the same one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Clock {
    /// What is to be added to this machine's time.
    off_by: Arc<AtomicI64>,
}

impl Clock {
    /// The time now, as the server has it.
    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_micros(own().micros() + self.off_by.load(Ordering::Relaxed))
    }

    /// Takes in what the server said its time was, just now.
    pub(crate) fn compare(&self, server: Timestamp) {
        let difference = server.micros() - own().micros();
        let off_by = if difference.abs() < TOLERANCE_MICROS { 0 } else { difference };
        let before = self.off_by.swap(off_by, Ordering::Relaxed);
        if (before - off_by).abs() >= TOLERANCE_MICROS {
            let seconds = off_by as f64 / 1e6;
            tracing::warn!("the server's clock differs from this machine's by {seconds:+.1} s; the server's counts");
        }
    }
}

/// This machine's time. The one place where this crate asks for it.
#[expect(clippy::disallowed_methods, reason = "the worker's clock")]
fn own() -> Timestamp {
    Timestamp::new(chrono::Utc::now())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_servers_time_counts_when_it_differs_much() {
        let clock = Clock::default();
        let off = |clock: &Clock| clock.now().seconds_since(own()).round();
        clock.compare(own().plus_seconds(0.2));
        assert_eq!(off(&clock), 0.0);
        clock.compare(own().plus_seconds(-30.0));
        assert_eq!(off(&clock), -30.0);
        clock.compare(own());
        assert_eq!(off(&clock), 0.0);
    }
}
