//! What is told once a transaction is committed. Told earlier, listeners would read what is not there yet.

use domain::events::Event;
use domain::flow_runs::FlowRun;
use domain::live::{Change, Changed};
use domain::state::{State, StateType};
use domain::task_runs::TaskRun;
use domain::{DeploymentId, Uuid, WorkPoolId};

use crate::live::Live;

/// Collected while a decision is written; [`AfterCommit::tell`] it after the commit, drop it otherwise.
#[derive(Debug, Default)]
pub struct AfterCommit {
    changes: Vec<Change>,
    pools: Vec<WorkPoolId>,
    events: Vec<Event>,
    has_schedules: bool,
    has_actions: bool,
}

impl AfterCommit {
    /// The flow run changed, or was deleted.
    pub fn flow_run_changed(&mut self, run: &FlowRun) {
        self.changes.push(Change {
            what: Changed::FlowRun,
            id: run.id.0,
            flow_run_id: Some(run.id),
            deployment_id: run.deployment_id,
        });
    }

    /// The flow run got `state`. Its pool's workers are woken when it is theirs to act.
    pub fn flow_run(&mut self, run: &FlowRun, state: &State) {
        self.flow_run_changed(run);
        if matches!(state.kind, StateType::Scheduled | StateType::Cancelling) {
            self.pools.extend(run.work_pool_id);
        }
    }

    /// The task run got a new state.
    pub fn task_run(&mut self, run: &TaskRun) {
        self.changes.push(Change {
            what: Changed::TaskRun,
            id: run.id.0,
            flow_run_id: run.flow_run_id,
            deployment_id: None,
        });
    }

    /// An event was stored.
    pub fn event(&mut self, event: Event) {
        self.events.push(event);
    }

    /// Something changed.
    pub fn changed(&mut self, what: Changed, id: impl Into<Uuid>) {
        self.changes.push(Change { what, id: id.into(), flow_run_id: None, deployment_id: None });
    }

    /// A deployment or its schedules changed.
    pub fn deployment(&mut self, id: DeploymentId) {
        self.changed(Changed::Deployment, id);
        self.has_schedules = true;
    }

    /// A pool or one of its queues changed.
    pub fn work_pool(&mut self, id: WorkPoolId) {
        self.changed(Changed::WorkPool, id);
        self.pools.push(id);
    }

    /// An action was queued.
    pub fn action(&mut self) {
        self.has_actions = true;
    }

    /// Wakes and tells everybody. Each pool is woken once, however many runs there are.
    pub fn tell(mut self, live: &Live) {
        self.pools.sort_unstable();
        self.pools.dedup();
        self.pools.into_iter().for_each(|pool| live.wake_pool(pool));
        if self.has_schedules {
            live.wake_scheduler();
        }
        if !self.events.is_empty() {
            live.wake_triggers();
        }
        if self.has_actions {
            live.wake_actions();
        }
        self.events.into_iter().for_each(|event| live.event(event));
        self.changes.into_iter().for_each(|change| live.tell(change));
    }
}
