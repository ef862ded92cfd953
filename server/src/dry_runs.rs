//! Questions to the clusters of workers, and the way of their answers back.
//!
//! Kept in memory: whoever asks waits for the answer, and the worker that takes a question has a request open to
//! this process. A question lives no longer than the one who asks.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::dry_run::{DryRun, DryRunQuestion};
use domain::{Uuid, WorkPoolId};
use tokio::sync::{oneshot, watch};

/// A worker that is there takes a question within a second: it asks for changes of its pool all the time.
const TAKEN_WITHIN: Duration = Duration::from_secs(3);
/// How long a worker may take to answer: it reads what the template refers to, and asks its cluster.
const ANSWERED_WITHIN: Duration = Duration::from_secs(30);
/// Questions that may be under way at once.
const MOST: usize = 32;

/// The questions of one server process; cheap to clone.
#[derive(Clone)]
pub struct DryRuns {
    open: Arc<Mutex<HashMap<Uuid, Open>>>,
    /// Changes with each question.
    asked: watch::Sender<()>,
}

struct Open {
    pool: WorkPoolId,
    /// Until a worker takes it.
    question: Option<(DryRunQuestion, oneshot::Sender<()>)>,
    answer: oneshot::Sender<DryRun>,
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Silence {
    /// Too many questions are under way.
    Busy,
    /// No worker took it.
    NotTaken,
    /// A worker took it and has not answered.
    NotAnswered,
}

impl Default for DryRuns {
    fn default() -> Self {
        DryRuns { open: Arc::default(), asked: watch::Sender::new(()) }
    }
}

/// Closes a question when whoever asked goes.
struct Closing<'a>(&'a DryRuns, Uuid);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        self.0.open().remove(&self.1);
    }
}

impl DryRuns {
    /// Puts the question to the next worker of the pool that comes for one, and waits for its answer.
    pub async fn ask(&self, pool: WorkPoolId, question: DryRunQuestion) -> Result<DryRun, Silence> {
        let (take, taken) = oneshot::channel();
        let (answer, answered) = oneshot::channel();
        let id = question.id;
        {
            let mut open = self.open();
            if open.len() >= MOST {
                return Err(Silence::Busy);
            }
            open.insert(id, Open { pool, question: Some((question, take)), answer });
        }
        let _closing = Closing(self, id);
        self.asked.send_replace(());
        if !matches!(tokio::time::timeout(TAKEN_WITHIN, taken).await, Ok(Ok(()))) {
            return Err(Silence::NotTaken);
        }
        match tokio::time::timeout(ANSWERED_WITHIN, answered).await {
            Ok(Ok(answer)) => Ok(answer),
            _ => Err(Silence::NotAnswered),
        }
    }

    /// Waits for a question to a worker of the pool and takes it.
    pub async fn next(&self, pool: WorkPoolId) -> DryRunQuestion {
        let mut asked = self.asked.subscribe();
        loop {
            if let Some(question) = self.take(pool) {
                return question;
            }
            // The sender lives in `self`: this is never an error.
            let _ = asked.changed().await;
        }
    }

    fn take(&self, pool: WorkPoolId) -> Option<DryRunQuestion> {
        let mut open = self.open();
        let waiting = open.values_mut().find(|open| open.pool == pool && open.question.is_some())?;
        let (question, taken) = waiting.question.take()?;
        // Err means that nobody waits any more.
        let _ = taken.send(());
        Some(question)
    }

    /// Brings an answer back. False when nobody waits for it.
    pub fn answer(&self, question: Uuid, answer: DryRun) -> bool {
        let open = self.open().remove(&question);
        open.is_some_and(|open| open.answer.send(answer).is_ok())
    }

    fn open(&self) -> MutexGuard<'_, HashMap<Uuid, Open>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
