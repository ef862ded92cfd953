//! Why runs are not taken: remembered here while workers ask and claim, and written down together, so that neither a
//! poll nor a claim waits for it. What is told again and again is one row with a count.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::decisions::Note;
use domain::state::{OrchestrationResult, SetStateDetails, SetStateStatus, StateType};
use domain::{FlowRunId, Timestamp, WorkQueueId};

/// Decisions that are remembered at once; a flood beyond that is not told one by one.
const MOST: usize = 2000;

/// A decision that is made all the time is written down this seldom, in seconds.
const SELDOM: f64 = 10.0;

/// Decisions of this process that are not written down yet. Clones share them.
#[derive(Clone, Default)]
pub struct Journal(Arc<Mutex<Heard>>);

#[derive(Default)]
struct Heard {
    notes: HashMap<(FlowRunId, &'static str), Note>,
    /// When each was written down last; forgotten after a while.
    written: HashMap<(FlowRunId, &'static str), Timestamp>,
    /// Queues that gave less than they have, and why.
    held: HashMap<WorkQueueId, (String, Timestamp)>,
}

/// What is to be written down now.
#[derive(Default)]
pub struct Taken {
    pub notes: Vec<Note>,
    /// Queues that gave less than they have, and why.
    pub held: Vec<(WorkQueueId, String, Timestamp)>,
}

impl Journal {
    /// Something was decided about a run.
    pub fn note(&self, flow_run_id: FlowRunId, kind: &'static str, words: String, at: Timestamp) {
        let mut heard = self.heard();
        let full = heard.notes.len() >= MOST;
        match heard.notes.get_mut(&(flow_run_id, kind)) {
            Some(note) => {
                note.times += 1;
                note.words = words;
                note.at = at;
            }
            None if full => {}
            None => drop(heard.notes.insert((flow_run_id, kind), Note { flow_run_id, kind, words, at, times: 1 })),
        }
    }

    /// Runs that are due were offered to whoever asked.
    pub fn offered(&self, runs: impl IntoIterator<Item = FlowRunId>, at: Timestamp) {
        for run in runs {
            self.note(run, "offered", "It was offered to a worker that asked for work.".to_owned(), at);
        }
    }

    /// A queue that was asked gave less than it has; the words say why.
    pub fn held(&self, queue: WorkQueueId, words: &str, at: Timestamp) {
        let mut heard = self.heard();
        if heard.held.len() < MOST {
            heard.held.insert(queue, (words.to_owned(), at));
        }
    }

    /// A claim that was not granted; everything else is told by the run's states.
    pub fn proposal(&self, run: FlowRunId, proposed: StateType, answer: &OrchestrationResult, at: Timestamp) {
        if proposed != StateType::Pending || answer.status == SetStateStatus::Accept {
            return;
        }
        let reason = match &answer.details {
            SetStateDetails::RejectDetails { reason }
            | SetStateDetails::AbortDetails { reason }
            | SetStateDetails::WaitDetails { reason, .. } => reason.as_deref().unwrap_or("no reason given"),
            SetStateDetails::AcceptDetails => return,
        };
        self.note(run, "refused", format!("A worker wanted to take it, and was refused: {reason}"), at);
    }

    /// What is to be written down at `now`: what is new, and what was written down long enough ago.
    pub fn take(&self, now: Timestamp) -> Taken {
        let mut heard = self.heard();
        heard.written.retain(|_, at| now.seconds_since(*at) < SELDOM);
        let Heard { notes, written, held } = &mut *heard;
        let due: Vec<_> = notes.keys().filter(|key| !written.contains_key(*key)).copied().collect();
        let taken: Vec<Note> = due.iter().filter_map(|key| notes.remove(key)).collect();
        written.extend(due.into_iter().map(|key| (key, now)));
        let held = held.drain().map(|(queue, (words, at))| (queue, words, at)).collect();
        Taken { notes: taken, held }
    }

    fn heard(&self) -> MutexGuard<'_, Heard> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::new_id;

    fn at(second: f64) -> Timestamp {
        Timestamp::from_micros(1_700_000_000_000_000).plus_seconds(second)
    }

    #[test]
    fn what_is_decided_all_the_time_is_written_down_seldom_and_counted() {
        let journal = Journal::default();
        let run = new_id();
        journal.note(run, "refused", "a".to_owned(), at(0.0));
        assert_eq!(journal.take(at(1.0)).notes.len(), 1);
        for second in [2.0, 3.0, 4.0] {
            journal.note(run, "refused", format!("at {second}"), at(second));
            assert!(journal.take(at(second)).notes.is_empty());
        }
        let later = journal.take(at(12.0)).notes;
        assert_eq!((later[0].times, later[0].words.as_str()), (3, "at 4"));
        assert!(journal.take(at(30.0)).notes.is_empty());
    }

    #[test]
    fn a_flood_is_bounded() {
        let journal = Journal::default();
        for _ in 0..MOST + 100 {
            journal.offered([new_id()], at(0.0));
        }
        assert_eq!(journal.take(at(1.0)).notes.len(), MOST);
    }
}
