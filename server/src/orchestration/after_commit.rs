//! What is told once a transaction is committed. Told earlier, listeners would read what is not there yet.

use domain::WorkPoolId;
use domain::events::Event;
use domain::flow_runs::FlowRun;
use domain::live::{Change, Changed};
use domain::state::{State, StateType};
use domain::task_runs::TaskRun;

use crate::live::Live;

/// Collected while a decision is written; [`AfterCommit::tell`] it after the commit, drop it otherwise.
#[derive(Debug, Default)]
pub struct AfterCommit {
    changes: Vec<Change>,
    pools: Vec<WorkPoolId>,
    events: Vec<Event>,
}

impl AfterCommit {
    /// The flow run got `state`. Its pool's workers are woken when it is theirs to act.
    pub fn flow_run(&mut self, run: &FlowRun, state: &State) {
        self.changes.push(Change {
            what: Changed::FlowRun,
            id: run.id.0,
            flow_run_id: Some(run.id),
            deployment_id: run.deployment_id,
        });
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

    /// Wakes and tells everybody. Each pool is woken once, however many runs there are.
    pub fn tell(mut self, live: &Live) {
        self.pools.sort_unstable();
        self.pools.dedup();
        self.pools.into_iter().for_each(|pool| live.wake_pool(pool));
        self.events.into_iter().for_each(|event| live.event(event));
        self.changes.into_iter().for_each(|change| live.tell(change));
    }
}
