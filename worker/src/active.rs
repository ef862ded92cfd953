//! The runs this worker has in its hands.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use domain::FlowRunId;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// Who is under way, and how to tell each of them to end. Clones are handles to the same book.
#[derive(Clone)]
pub(crate) struct Active {
    runs: Arc<Mutex<HashMap<FlowRunId, CancellationToken>>>,
    count: Arc<watch::Sender<usize>>,
}

/// A place in the book; given back when dropped.
pub(crate) struct Slot {
    id: FlowRunId,
    /// Fires when the server wants the run to end.
    pub(crate) cancelled: CancellationToken,
    active: Active,
}

impl Active {
    pub(crate) fn new() -> Self {
        Active { runs: Arc::default(), count: Arc::new(watch::Sender::new(0)) }
    }

    /// Enters the run, unless it is in the book already.
    pub(crate) fn begin(&self, id: FlowRunId) -> Option<Slot> {
        let mut runs = self.runs.lock().unwrap_or_else(PoisonError::into_inner);
        if runs.contains_key(&id) {
            return None;
        }
        let cancelled = CancellationToken::new();
        runs.insert(id, cancelled.clone());
        self.count.send_replace(runs.len());
        Some(Slot { id, cancelled, active: self.clone() })
    }

    /// How many more runs fit under `limit`.
    pub(crate) fn room(&self, limit: Option<usize>) -> usize {
        limit.map_or(usize::MAX, |limit| limit.saturating_sub(*self.count.borrow()))
    }

    /// True while the run is in the book.
    pub(crate) fn holds(&self, id: FlowRunId) -> bool {
        self.runs.lock().unwrap_or_else(PoisonError::into_inner).contains_key(&id)
    }

    /// Everybody under way.
    pub(crate) fn ids(&self) -> Vec<FlowRunId> {
        self.runs.lock().unwrap_or_else(PoisonError::into_inner).keys().copied().collect()
    }

    /// Tells the run to end; false when it is not here.
    pub(crate) fn cancel(&self, id: FlowRunId) -> bool {
        let runs = self.runs.lock().unwrap_or_else(PoisonError::into_inner);
        runs.get(&id).inspect(|cancelled| cancelled.cancel()).is_some()
    }

    /// Follows the number of runs under way.
    pub(crate) fn follow(&self) -> watch::Receiver<usize> {
        self.count.subscribe()
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut runs = self.active.runs.lock().unwrap_or_else(PoisonError::into_inner);
        runs.remove(&self.id);
        self.active.count.send_replace(runs.len());
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
        drop(slot);
        assert!(!active.holds(id));
        assert!(!active.cancel(id));
        assert_eq!(active.room(Some(1)), 1);
    }
}
