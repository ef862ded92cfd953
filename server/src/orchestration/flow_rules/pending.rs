//! PENDING is how a worker claims a run: of two workers the second must be refused.

use domain::Major;

use super::*;

/// Refuses PENDING for a run that somebody has claimed. The claimer itself, a Prefect 3 worker, goes on from
/// Pending to Submitting and InfrastructurePending; those keep the due time and the lease of its slot.
pub fn prevent_pending(t: &mut FlowTransition) -> Ruling {
    const CLAIMED: &[StateType] =
        &[StateType::Pending, StateType::Cancelling, StateType::Running, StateType::Cancelled];
    let Some(initial) = t.between(CLAIMED, &[StateType::Pending]) else { return Ruling::Pass };
    let name = t.proposed.name();
    let goes_on = t.asked.major == Major::V3 && initial.kind == StateType::Pending;
    if goes_on && initial.name != name && name != "Pending" {
        t.proposed.state_details.scheduled_time = initial.state_details.scheduled_time;
        t.proposed.state_details.deployment_concurrency_lease_id =
            initial.state_details.deployment_concurrency_lease_id;
        return Ruling::Pass;
    }
    let kind = initial.kind.as_str();
    Ruling::abort(format!("This run is in a {kind} state and cannot transition to a PENDING state."))
}
