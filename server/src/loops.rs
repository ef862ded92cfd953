//! How the loops of this process fare: when each had its last round, how long rounds take, what went wrong.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::Timestamp;

/// What is known of the loops. Clones share it.
#[derive(Clone, Default)]
pub struct Loops(Arc<Mutex<BTreeMap<&'static str, Fare>>>);

/// How one loop fares.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Fare {
    pub last: Option<Timestamp>,
    /// Rounds since the process started, and those that failed.
    pub rounds: u64,
    pub failures: u64,
    pub took: Duration,
    pub longest: Duration,
    /// Things that all rounds together have done.
    pub done: u64,
    /// What the last round that failed said.
    pub error: Option<String>,
}

impl Loops {
    /// A round of a loop has ended; what it did, or why it failed.
    pub fn round(&self, name: &'static str, at: Timestamp, took: Duration, outcome: Result<usize, String>) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fare = all.entry(name).or_default();
        fare.last = Some(at);
        fare.rounds += 1;
        fare.took = took;
        fare.longest = fare.longest.max(took);
        match outcome {
            Ok(done) => fare.done += done as u64,
            Err(error) => {
                fare.failures += 1;
                fare.error = Some(error);
            }
        }
    }

    /// All of them by name.
    pub fn all(&self) -> BTreeMap<&'static str, Fare> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_are_counted() {
        let (loops, at) = (Loops::default(), Timestamp::from_micros(1));
        loops.round("a", at, Duration::from_millis(5), Ok(3));
        loops.round("a", at, Duration::from_millis(2), Err("no database".to_owned()));
        let fare = &loops.all()["a"];
        assert_eq!((fare.rounds, fare.failures, fare.done), (2, 1, 3));
        assert_eq!((fare.took, fare.longest), (Duration::from_millis(2), Duration::from_millis(5)));
        assert_eq!(fare.error.as_deref(), Some("no database"));
    }
}
