//! Changes on their way to one socket: gathered for a moment, each thing once.

use std::future::pending;
use std::time::Duration;

use domain::live::{Change, LiveMessage};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, sleep_until};

use crate::api::websocket::{End, Result};
use crate::live::Live;

/// What happens within this time is told together: at most 20 times in a second.
const GATHER: Duration = Duration::from_millis(50);

/// After more than can be told: the page reads itself again, which should not happen too often.
const REST: Duration = Duration::from_millis(500);

/// So many changes are told one by one; more are `Lagged`.
const MOST: usize = 20;

/// Seconds that an ask may have been under way.
const SLACK: f64 = 0.1;

/// What one socket has not been told yet.
pub struct Changes {
    source: Option<Receiver<Change>>,
    gathered: Vec<Change>,
    too_many: bool,
    /// When to tell.
    due: Instant,
    told: Instant,
}

impl Changes {
    /// Nothing is told.
    pub fn none() -> Self {
        let now = Instant::now();
        Changes { source: None, gathered: Vec::new(), too_many: false, due: now, told: now }
    }

    /// From now on everything is told, and what happened in the last `age` seconds.
    pub fn begin(&mut self, live: &Live, age: f64) {
        self.source.get_or_insert_with(|| live.changes());
        let age = Duration::try_from_secs_f64(age + SLACK).unwrap_or(Duration::MAX);
        let missed = live.changes_of_the_last(age);
        let nothing_yet = self.gathered.is_empty() && !self.too_many;
        self.too_many |= missed.is_none();
        for change in missed.into_iter().flatten() {
            self.gather(change);
        }
        if nothing_yet {
            self.due = Instant::now();
        }
    }

    fn gather(&mut self, change: Change) {
        if self.gathered.contains(&change) {
            return;
        }
        if self.gathered.len() < MOST {
            self.gathered.push(change);
        } else {
            self.too_many = true;
        }
    }

    /// The next messages, when it is time for them. Dropping the future loses nothing.
    pub async fn next(&mut self) -> Result<Vec<LiveMessage>> {
        loop {
            let nothing_yet = self.gathered.is_empty() && !self.too_many;
            let Some(source) = &mut self.source else { return pending().await };
            tokio::select! {
                change = source.recv() => {
                    if nothing_yet {
                        self.due = Instant::now().max(self.told) + GATHER;
                    }
                    match change {
                        Ok(change) => self.gather(change),
                        Err(RecvError::Lagged(_)) => self.too_many = true,
                        Err(RecvError::Closed) => return Err(End::Gone),
                    }
                }
                () = sleep_until(self.due), if !nothing_yet => break,
            }
        }
        let gathered = std::mem::take(&mut self.gathered);
        self.told = Instant::now();
        if std::mem::take(&mut self.too_many) {
            self.told += REST;
            return Ok(vec![LiveMessage::Lagged]);
        }
        Ok(gathered.into_iter().map(LiveMessage::Changed).collect())
    }
}
