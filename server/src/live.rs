//! After a commit: tell whoever listens.
//!
//! Messages say "look from here"; the database is the truth. Channels are bounded: who is too slow is told
//! so ([`tokio::sync::broadcast::error::RecvError::Lagged`]) and reads again, and never holds anybody up.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use domain::events::Event;
use domain::live::{Change, Changed};
use domain::{DeploymentId, FlowRunId, Uuid, WorkPoolId};
use tokio::sync::{broadcast, watch};

/// Changes that are remembered, for those who come a moment later.
const REMEMBERED: usize = 1024;

/// The channels of one server process.
#[derive(Clone)]
pub struct Live {
    changes: broadcast::Sender<Change>,
    /// The last changes, oldest first.
    recent: Arc<Mutex<VecDeque<(Instant, Change)>>>,
    logs: broadcast::Sender<Arc<[FlowRunId]>>,
    events: broadcast::Sender<Arc<Event>>,
    pools: Arc<Mutex<HashMap<WorkPoolId, watch::Sender<u64>>>>,
    planning: watch::Sender<u64>,
    triggers: watch::Sender<u64>,
    actions: watch::Sender<u64>,
}

impl Live {
    /// Channels that nobody listens to yet.
    pub fn new() -> Self {
        Live {
            changes: broadcast::channel(1024).0,
            recent: Arc::default(),
            logs: broadcast::channel(1024).0,
            events: broadcast::channel(4096).0,
            pools: Arc::default(),
            planning: watch::channel(0).0,
            triggers: watch::channel(0).0,
            actions: watch::channel(0).0,
        }
    }

    /// A row changed and is committed.
    pub fn changed(&self, what: Changed, id: impl Into<Uuid>) {
        self.tell(Change { what, id: id.into(), flow_run_id: None, deployment_id: None });
    }

    /// A flow run changed and is committed.
    pub fn flow_run_changed(&self, id: FlowRunId, deployment_id: Option<DeploymentId>) {
        self.tell(Change { what: Changed::FlowRun, id: id.0, flow_run_id: Some(id), deployment_id });
    }

    /// Any change.
    pub fn tell(&self, change: Change) {
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        if recent.len() == REMEMBERED {
            recent.pop_front();
        }
        recent.push_back((Instant::now(), change.clone()));
        drop(recent);
        // Err means that nobody listens.
        let _ = self.changes.send(change);
    }

    /// Changes from now on.
    pub fn changes(&self) -> broadcast::Receiver<Change> {
        self.changes.subscribe()
    }

    /// Changes of the last `age`; `None` when there were more than are remembered.
    pub fn changes_of_the_last(&self, age: Duration) -> Option<Vec<Change>> {
        let recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        let young = |(at, _): &&(Instant, Change)| at.elapsed() <= age;
        if recent.len() == REMEMBERED && recent.front().as_ref().is_some_and(young) {
            return None;
        }
        let mut changes: Vec<Change> =
            recent.iter().rev().take_while(young).map(|(_, change)| change.clone()).collect();
        changes.reverse();
        Some(changes)
    }

    /// Lines of these runs were stored and committed.
    pub fn logs_stored(&self, runs: Vec<FlowRunId>) {
        let _ = self.logs.send(runs.into());
    }

    /// Runs that get new lines from now on.
    pub fn logs(&self) -> broadcast::Receiver<Arc<[FlowRunId]>> {
        self.logs.subscribe()
    }

    /// An event was stored and committed.
    pub fn event(&self, event: Event) {
        let _ = self.events.send(Arc::new(event));
    }

    /// Events from now on.
    pub fn events(&self) -> broadcast::Receiver<Arc<Event>> {
        self.events.subscribe()
    }

    /// Something that the pool's workers should look at: a run was scheduled, or is to be cancelled.
    pub fn wake_pool(&self, pool: WorkPoolId) {
        self.pool(pool).send_modify(|seen| *seen += 1);
    }

    /// A counter that grows with every wake-up of the pool.
    pub fn pool_wakes(&self, pool: WorkPoolId) -> watch::Receiver<u64> {
        self.pool(pool).subscribe()
    }

    /// A deployment or a schedule changed: the scheduler should look now.
    pub fn wake_scheduler(&self) {
        self.planning.send_modify(|seen| *seen += 1);
    }

    /// A counter that grows with every wake-up of the scheduler.
    pub fn scheduler_wakes(&self) -> watch::Receiver<u64> {
        self.planning.subscribe()
    }

    /// Events were stored: triggers should hear them now.
    pub fn wake_triggers(&self) {
        self.triggers.send_modify(|seen| *seen += 1);
    }

    /// A counter that grows with every wake-up of the triggers.
    pub fn trigger_wakes(&self) -> watch::Receiver<u64> {
        self.triggers.subscribe()
    }

    /// Automations have something to do.
    pub fn wake_actions(&self) {
        self.actions.send_modify(|seen| *seen += 1);
    }

    /// A counter that grows with every wake-up of the actions.
    pub fn action_wakes(&self) -> watch::Receiver<u64> {
        self.actions.subscribe()
    }

    fn pool(&self, pool: WorkPoolId) -> watch::Sender<u64> {
        let mut pools = self.pools.lock().unwrap_or_else(PoisonError::into_inner);
        pools.entry(pool).or_insert_with(|| watch::channel(0).0).clone()
    }
}

impl Default for Live {
    fn default() -> Self {
        Live::new()
    }
}
