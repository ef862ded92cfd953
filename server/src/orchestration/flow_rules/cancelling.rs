//! Runs that are being cancelled.

use domain::Major;

use super::*;

/// What is being cancelled ends as Cancelled. For Prefect 2 that holds for what was cancelled as well, so
/// that its runs are not taken up again; Prefect 3 may run them anew.
pub fn only_cancelled_follows_cancelling(t: &mut FlowTransition) -> Ruling {
    let closed: &[StateType] = match t.asked.major {
        Major::V2 => &[StateType::Cancelling, StateType::Cancelled],
        Major::V3 => &[StateType::Cancelling],
    };
    let from_closed = t.initial().is_some_and(|state| closed.contains(&state.kind));
    if from_closed && t.proposed.kind != StateType::Cancelled {
        return Ruling::keep("Cannot transition flows that are cancelling to a state other than Cancelled.");
    }
    Ruling::Pass
}

/// CANCELLING asks somebody to end a process. A run that has none is cancelled at once, or it would be
/// CANCELLING for ever.
pub fn bypass_without_infrastructure(t: &mut FlowTransition) -> Ruling {
    let Some(initial) = t.between(&[StateType::Scheduled, StateType::Paused], &[StateType::Cancelling]) else {
        return Ruling::Pass;
    };
    let cancelled = || StateCreate::new(StateType::Cancelled);
    let has_process = t.run.infrastructure_pid.as_ref().is_some_and(|pid| !pid.is_empty());
    if (initial.kind == StateType::Scheduled && !has_process) || initial.name == "Resuming" {
        return Ruling::replace(cancelled(), "Scheduled flow run has no infrastructure to terminate.");
    }
    if initial.kind == StateType::Paused && initial.state_details.pause_reschedule {
        return Ruling::replace(cancelled(), "Suspended flow run has no infrastructure to terminate.");
    }
    Ruling::Pass
}
