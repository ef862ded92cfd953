//! Which states a flow run may take next: rules over plain values, heard in order.
//!
//! A rule looks at the run and the proposed state, may edit the proposal, and says pass, or something else
//! that ends the hearing. Rules do nothing to the database; who called them writes what came out.

mod cancelling;
mod late;
mod pausing;
mod pending;
mod repeated;
mod results;
mod retries;
mod scheduled_time;
mod terminal;
#[cfg(test)]
mod tests;

use domain::flow_runs::{FlowRun, FlowRunPolicy};
use domain::state::{State, StateCreate, StateType};

use super::asked::Asked;
use super::ruling::Ruling;

/// A flow run on its way from its current state to a proposed one.
pub struct FlowTransition<'a> {
    pub asked: &'a Asked,
    pub run: &'a FlowRun,
    /// Rules may edit it.
    pub proposed: StateCreate,
    /// The run's policy as it will be stored with the new state. Rules may edit it.
    pub policy: FlowRunPolicy,
    /// What becomes of the policy once counts and times are written.
    pub afterwards: Afterwards,
}

/// Changes of the policy that must not be seen by the bookkeeping of the same transition.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Afterwards {
    #[default]
    Nothing,
    /// The pause with this key has fired; it will not fire again.
    PauseFired(String),
    /// The run goes on after a pause: its next RUNNING is no new attempt.
    Resuming,
}

/// Which rules are heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FlowPolicy {
    /// A client's proposal.
    Core,
    /// A forced state, and a run's first one.
    Minimal,
    /// The loop that marks runs late.
    MarkLate,
}

type Rule = fn(&mut FlowTransition) -> Ruling;

const CORE: &[Rule] = &[
    repeated::prevent_duplicate_transitions,
    terminal::handle_terminal_states,
    cancelling::only_cancelled_follows_cancelling,
    cancelling::bypass_without_infrastructure,
    pending::prevent_pending,
    late::only_scheduled_runs_are_late,
    pausing::handle_pausing,
    pausing::handle_resuming,
    scheduled_time::copy_scheduled_time,
    scheduled_time::wait_for_scheduled_time,
    retries::retry_failed,
];

const MINIMAL: &[Rule] =
    &[results::add_unknown_result, results::prevent_loss, cancelling::bypass_without_infrastructure];

const MARK_LATE: &[Rule] = &[late::only_scheduled_runs_are_late];

impl<'a> FlowTransition<'a> {
    /// Before any rule was heard.
    pub fn new(asked: &'a Asked, run: &'a FlowRun, proposed: StateCreate) -> Self {
        let policy = run.empirical_policy.clone();
        FlowTransition { asked, run, proposed, policy, afterwards: Afterwards::Nothing }
    }

    /// Hears the rules in order until one does not pass.
    pub fn hear(&mut self, policy: FlowPolicy) -> Ruling {
        let rules = match policy {
            FlowPolicy::Core => CORE,
            FlowPolicy::Minimal => MINIMAL,
            FlowPolicy::MarkLate => MARK_LATE,
        };
        rules.iter().map(|rule| rule(self)).find(|ruling| *ruling != Ruling::Pass).unwrap_or(Ruling::Pass)
    }

    fn initial(&self) -> Option<&'a State> {
        self.run.state.as_ref()
    }

    /// The current state, when its type is among `from` and the proposed one among `to`.
    fn between(&self, from: &[StateType], to: &[StateType]) -> Option<&'a State> {
        let state = self.initial()?;
        (from.contains(&state.kind) && to.contains(&self.proposed.kind)).then_some(state)
    }
}
