//! The one place that asks what time it is, and the one that makes ids.

use std::sync::Arc;

use domain::{Timestamp, Uuid};

/// Tells the time. Tests freeze it.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        #[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
        Clock(Arc::new(|| Timestamp::new(chrono::Utc::now())))
    }

    /// A clock that says what `tell` says.
    pub fn told_by(tell: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Clock(Arc::new(tell))
    }

    /// Now, in whole microseconds.
    pub fn now(&self) -> Timestamp {
        (self.0)()
    }
}

/// A fresh id that sorts by the time of its making (UUID version 7), for rows that are read in that order.
pub fn new_id<T: From<Uuid>>() -> T {
    #[expect(clippy::disallowed_methods, reason = "the one place that makes ids")]
    Uuid::now_v7().into()
}

/// A number from 0 to 1, out of the random bits of a fresh id.
pub fn random() -> f64 {
    let id: Uuid = new_id();
    (id.as_u64_pair().1 >> 11 & ((1 << 50) - 1)) as f64 / (1_u64 << 50) as f64
}
