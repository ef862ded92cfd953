//! Which states a task run may take next: rules over plain values, heard in order.
//!
//! Prefect 2 asks for every transition. Prefect 3 decides in the client and only reports; its server is
//! still asked for wrapper task runs of subflows and for background tasks.

mod caching;
mod pending;
mod reruns;
mod retries;
mod scheduled_time;
mod stopped_flows;
mod terminal;
#[cfg(test)]
mod tests;

use domain::flow_runs::FlowRun;
use domain::state::{State, StateCreate, StateType};
use domain::task_runs::TaskRun;

use super::asked::Asked;
use super::ruling::Ruling;
pub use retries::jittered;

/// A task run on its way from its current state to a proposed one.
pub struct TaskTransition<'a> {
    pub asked: &'a Asked,
    pub run: &'a TaskRun,
    /// The flow run that the task belongs to; read when the task is to run.
    pub flow_run: Option<&'a FlowRun>,
    /// The completed state that is stored under the proposal's cache key; read when the task is to run.
    pub cached: Option<&'a State>,
    /// Rules may edit it.
    pub proposed: StateCreate,
    /// The run's attempts as they will be counted with the new state. Rules may edit it.
    pub run_count: i64,
    /// A number from 0 to 1 for the jitter of retries.
    pub random: f64,
}

/// Which rules are heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TaskPolicy {
    /// A client's proposal for a task of a flow.
    Core,
    /// A client's proposal for a task that task workers run.
    Background,
    /// A forced state, a first one, and the mirror of a subflow.
    Minimal,
}

type Rule = fn(&mut TaskTransition) -> Ruling;

const CORE: &[Rule] = &[
    caching::retrieve,
    terminal::handle_terminal_states,
    stopped_flows::prevent_running,
    scheduled_time::copy_scheduled_time,
    scheduled_time::wait_for_scheduled_time,
    retries::retry_failed,
    reruns::rename,
    caching::refuse_long_keys,
];

const BACKGROUND: &[Rule] = &[
    pending::prevent_pending,
    caching::retrieve,
    terminal::handle_terminal_states,
    scheduled_time::copy_scheduled_time,
    scheduled_time::copy_parameters_id,
    scheduled_time::wait_for_scheduled_time,
    retries::retry_failed,
    reruns::rename,
    caching::refuse_long_keys,
];

impl TaskTransition<'_> {
    /// Hears the rules in order until one does not pass.
    pub fn hear(&mut self, policy: TaskPolicy) -> Ruling {
        let rules = match policy {
            TaskPolicy::Core => CORE,
            TaskPolicy::Background => BACKGROUND,
            TaskPolicy::Minimal => &[],
        };
        rules.iter().map(|rule| rule(self)).find(|ruling| *ruling != Ruling::Pass).unwrap_or(Ruling::Pass)
    }
}

impl<'a> TaskTransition<'a> {
    fn initial(&self) -> Option<&'a State> {
        self.run.state.as_ref()
    }

    /// The current state, when its type is among `from` and the proposed one among `to`.
    fn between(&self, from: &[StateType], to: &[StateType]) -> Option<&'a State> {
        let state = self.initial()?;
        (from.contains(&state.kind) && to.contains(&self.proposed.kind)).then_some(state)
    }
}
