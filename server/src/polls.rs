//! Who asked for work: remembered here and written down together, so that a poll itself only reads.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::{DeploymentId, Timestamp, WorkQueueId};

/// A queue that is polled all the time is written down this seldom, in seconds. It counts as polled for a
/// minute.
const SELDOM: f64 = 10.0;

/// The polls of this process that are not written down yet. Clones share them.
#[derive(Clone, Default)]
pub struct Polls(Arc<Mutex<Heard>>);

#[derive(Default)]
struct Heard {
    queues: HashMap<WorkQueueId, Timestamp>,
    deployments: HashMap<DeploymentId, Timestamp>,
    /// When each queue was written down last.
    written: HashMap<WorkQueueId, Timestamp>,
}

impl Polls {
    /// Somebody asked a queue at `at`. `news` is true when the queue does not count as polled yet.
    pub fn queue(&self, id: WorkQueueId, news: bool, at: Timestamp) {
        let mut heard = self.heard();
        let due = heard.written.get(&id).is_none_or(|written| at.seconds_since(*written) >= SELDOM);
        if news || due {
            heard.queues.insert(id, at);
        }
    }

    /// A runner asked for the runs of a deployment at `at`.
    pub fn deployment(&self, id: DeploymentId, at: Timestamp) {
        self.heard().deployments.insert(id, at);
    }

    /// What is to be written down now.
    pub fn take(&self) -> (Vec<WorkQueueId>, Vec<DeploymentId>) {
        let mut heard = self.heard();
        let queues: Vec<(WorkQueueId, Timestamp)> = heard.queues.drain().collect();
        heard.written.extend(queues.iter().copied());
        let deployments = heard.deployments.drain().map(|(id, _)| id).collect();
        (queues.into_iter().map(|(id, _)| id).collect(), deployments)
    }

    /// The queue is gone.
    pub fn forget(&self, id: WorkQueueId) {
        let mut heard = self.heard();
        heard.queues.remove(&id);
        heard.written.remove(&id);
    }

    fn heard(&self) -> MutexGuard<'_, Heard> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::new_id;

    #[test]
    fn a_busy_queue_is_seldom_written_down() {
        let polls = Polls::default();
        let (queue, start) = (new_id(), Timestamp::from_micros(1_700_000_000_000_000));
        let at = |seconds: f64| start.plus_seconds(seconds);
        polls.queue(queue, true, at(0.0));
        assert_eq!(polls.take().0, [queue]);
        polls.queue(queue, false, at(5.0));
        assert!(polls.take().0.is_empty());
        polls.queue(queue, true, at(6.0));
        assert_eq!(polls.take().0, [queue]);
        polls.queue(queue, false, at(16.0));
        assert_eq!(polls.take().0, [queue]);
    }
}
