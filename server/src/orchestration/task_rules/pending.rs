//! PENDING is how a task worker claims a background task.

use super::*;

/// Refuses PENDING for a task run that somebody has claimed.
pub fn prevent_pending(t: &mut TaskTransition) -> Ruling {
    const CLAIMED: &[StateType] =
        &[StateType::Pending, StateType::Cancelling, StateType::Running, StateType::Cancelled];
    let Some(initial) = t.between(CLAIMED, &[StateType::Pending]) else { return Ruling::Pass };
    let name = t.proposed.name();
    if initial.kind == StateType::Pending && initial.name != name && name != "Pending" {
        t.proposed.state_details.scheduled_time = initial.state_details.scheduled_time;
        return Ruling::Pass;
    }
    let kind = initial.kind.as_str();
    Ruling::abort(format!("This run is in a {kind} state and cannot transition to a PENDING state."))
}
