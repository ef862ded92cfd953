//! Task workers that listen for background tasks, and the runs that they were handed.
//!
//! Kept in memory: a worker that is here has a socket open to this process. After a restart the runs that
//! still wait are handed out anew.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::{TaskRunId, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;

/// Shared by all sockets of this server; cheap to clone.
#[derive(Clone, Default)]
pub struct TaskWorkers(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    workers: BTreeMap<String, Seen>,
    handed_out: BTreeSet<TaskRunId>,
}

/// A worker's open sockets.
struct Seen {
    sockets: usize,
    task_keys: BTreeSet<String>,
    at: Timestamp,
}

/// A task worker as `POST /task_workers/filter` shows it.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct TaskWorker {
    pub identifier: String,
    pub task_keys: Vec<String>,
    /// When it was last heard of.
    pub timestamp: Timestamp,
}

/// A worker's stay; it ends when this is dropped.
pub struct Stay {
    workers: TaskWorkers,
    identifier: String,
}

impl TaskWorkers {
    /// A worker has come to run these tasks.
    pub fn come(&self, identifier: &str, task_keys: &[String], now: Timestamp) -> Stay {
        let mut inner = self.lock();
        let fresh = || Seen { sockets: 0, task_keys: BTreeSet::new(), at: now };
        let seen = inner.workers.entry(identifier.to_owned()).or_insert_with(fresh);
        seen.sockets += 1;
        seen.task_keys.extend(task_keys.iter().cloned());
        seen.at = now;
        Stay { workers: self.clone(), identifier: identifier.to_owned() }
    }

    /// The workers that run any of these tasks; all of them without tasks.
    pub fn of(&self, task_keys: &[String]) -> Vec<TaskWorker> {
        let inner = self.lock();
        let runs_any = |seen: &Seen| task_keys.is_empty() || task_keys.iter().any(|key| seen.task_keys.contains(key));
        let shown = inner.workers.iter().filter(|(_, seen)| runs_any(seen)).map(|(identifier, seen)| TaskWorker {
            identifier: identifier.clone(),
            task_keys: seen.task_keys.iter().cloned().collect(),
            timestamp: seen.at,
        });
        shown.collect()
    }

    /// Marks the run as handed out; whether it was not before.
    pub fn take(&self, run: TaskRunId) -> bool {
        self.lock().handed_out.insert(run)
    }

    /// The run was not taken after all.
    pub fn give_back(&self, run: TaskRunId) {
        self.lock().handed_out.remove(&run);
    }

    /// The runs that are marked.
    pub fn handed_out(&self) -> Vec<TaskRunId> {
        self.lock().handed_out.iter().copied().collect()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Stay {
    /// The worker was heard of.
    pub fn heard(&self, now: Timestamp) {
        if let Some(seen) = self.workers.lock().workers.get_mut(&self.identifier) {
            seen.at = now;
        }
    }
}

impl Drop for Stay {
    fn drop(&mut self) {
        let mut inner = self.workers.lock();
        if let Some(seen) = inner.workers.get_mut(&self.identifier) {
            seen.sockets -= 1;
            if seen.sockets == 0 {
                inner.workers.remove(&self.identifier);
            }
        }
    }
}
