//! The runs this worker has in its hands.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::FlowRunId;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// Who is under way, and how to tell each of them to end. Clones are handles to the same book.
#[derive(Clone)]
pub(crate) struct Active {
    book: Arc<Mutex<Book>>,
    count: Arc<watch::Sender<usize>>,
}

#[derive(Default)]
struct Book {
    runs: HashMap<FlowRunId, Held>,
    /// Runs that have not started.
    starting: usize,
}

struct Held {
    cancelled: CancellationToken,
    started: bool,
}

/// Runs that have been claimed and not started. More are left to other workers, or until there is room: what this
/// one cannot begin with it need not take.
const STARTING: usize = 500;

/// A place in the book; given back when dropped.
pub(crate) struct Slot {
    id: FlowRunId,
    /// Fires when the server wants the run to end.
    pub(crate) cancelled: CancellationToken,
    active: Active,
}

impl Active {
    pub(crate) fn new() -> Self {
        Active { book: Arc::default(), count: Arc::new(watch::Sender::new(0)) }
    }

    /// Enters the run, unless it is in the book already.
    pub(crate) fn begin(&self, id: FlowRunId) -> Option<Slot> {
        let mut book = self.book();
        if book.runs.contains_key(&id) {
            return None;
        }
        let cancelled = CancellationToken::new();
        book.runs.insert(id, Held { cancelled: cancelled.clone(), started: false });
        book.starting += 1;
        self.count.send_replace(book.runs.len());
        Some(Slot { id, cancelled, active: self.clone() })
    }

    /// The run has its process or its Job.
    pub(crate) fn has_started(&self, id: FlowRunId) {
        let mut book = self.book();
        if let Some(held) = book.runs.get_mut(&id)
            && !std::mem::replace(&mut held.started, true)
        {
            book.starting -= 1;
            self.count.send_replace(book.runs.len());
        }
    }

    /// How many more runs may be taken, with at most `limit` under way.
    pub(crate) fn room(&self, limit: Option<usize>) -> usize {
        let book = self.book();
        let free = limit.map_or(usize::MAX, |limit| limit.saturating_sub(book.runs.len()));
        free.min(STARTING.saturating_sub(book.starting))
    }

    /// True while the run is in the book.
    pub(crate) fn holds(&self, id: FlowRunId) -> bool {
        self.book().runs.contains_key(&id)
    }

    /// Everybody under way.
    pub(crate) fn ids(&self) -> Vec<FlowRunId> {
        self.book().runs.keys().copied().collect()
    }

    /// Tells the run to end; false when it is not here.
    pub(crate) fn cancel(&self, id: FlowRunId) -> bool {
        self.book().runs.get(&id).inspect(|held| held.cancelled.cancel()).is_some()
    }

    /// Follows the number of runs under way; heard of as well when one of them has started.
    pub(crate) fn follow(&self) -> watch::Receiver<usize> {
        self.count.subscribe()
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut book = self.active.book();
        if book.runs.remove(&self.id).is_some_and(|held| !held.started) {
            book.starting -= 1;
        }
        self.active.count.send_replace(book.runs.len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_held_once_and_gives_its_place_back() {
        let active = Active::new();
        let id = FlowRunId(uuid::Uuid::from_u128(7));
        let slot = active.begin(id);
        assert!(active.begin(id).is_none());
        assert_eq!((active.room(Some(1)), active.room(Some(3))), (0, 2));
        assert!(active.cancel(id));
        assert!(slot.as_ref().is_some_and(|slot| slot.cancelled.is_cancelled()));
        active.has_started(id);
        active.has_started(id);
        assert_eq!(active.room(None), STARTING, "a run is counted once");
        drop(slot);
        assert_eq!(active.room(None), STARTING);
        assert!(!active.holds(id));
        assert!(!active.cancel(id));
        assert_eq!(active.room(Some(1)), 1);
    }
}
