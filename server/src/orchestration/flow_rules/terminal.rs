//! Runs that have ended.

use domain::Major;
use domain::flow_runs::RetryType;
use domain::state::is_persisted;

use super::results::KEEPS_ITS_RESULT;
use super::*;

/// A run that has ended may be run again, except when it completed with a result that is still there. It is
/// never paused, cancelled or crashed afterwards, and goes back to the schedule only by way of a deployment.
pub fn handle_terminal_states(t: &mut FlowTransition) -> Ruling {
    let Some(initial) = t.initial().filter(|state| state.is_terminal()) else { return Ruling::Pass };
    if matches!(t.proposed.kind, StateType::Cancelling | StateType::Paused | StateType::Crashed) {
        return Ruling::abort(format!("Run is already in terminal state {}.", initial.kind.as_str()));
    }
    let completed = initial.kind == StateType::Completed && initial.has_persisted_data();
    if completed && !t.proposed.kind.is_terminal() {
        return Ruling::keep("Run is already COMPLETED.");
    }
    if completed
        && t.asked.major == Major::V3
        && t.proposed.kind == StateType::Completed
        && !is_persisted(t.proposed.data.as_ref())
    {
        return Ruling::keep(KEEPS_ITS_RESULT);
    }
    if t.proposed.kind == StateType::Scheduled && t.run.deployment_id.is_none() {
        return Ruling::abort("Cannot reschedule a run without an associated deployment.");
    }
    if !t.proposed.kind.is_terminal() {
        forget_pauses(t);
        let rescheduled = t.proposed.kind == StateType::Scheduled;
        t.policy.retry_type = rescheduled.then_some(RetryType::Reschedule);
    }
    Ruling::Pass
}

/// A run that starts anew meets its pauses anew.
pub fn forget_pauses(t: &mut FlowTransition) {
    t.policy.resuming = Some(false);
    t.policy.pause_keys = Some(Vec::new());
}
