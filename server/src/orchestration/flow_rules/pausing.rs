//! Pausing (the process waits), suspending (the process ends) and going on.

use domain::Major;

use super::*;

/// A pause is for running flows and fires once for each key. A suspended run is started anew by a worker,
/// so it needs a deployment, and it cannot be a part of another run.
pub fn handle_pausing(t: &mut FlowTransition) -> Ruling {
    if t.proposed.kind != StateType::Paused {
        return Ruling::Pass;
    }
    let verb = if t.proposed.name() == "Suspended" { "suspend" } else { "pause" };
    let Some(initial) = t.initial() else {
        return Ruling::abort(format!("Cannot {verb} flows with no state."));
    };
    if initial.kind != StateType::Running {
        return Ruling::keep(format!("Cannot {verb} flows that are not currently running."));
    }
    let key = t.proposed.state_details.pause_key.clone();
    let fired = |key: &String| t.policy.pause_keys.as_ref().is_some_and(|keys| keys.contains(key));
    if key.as_ref().is_some_and(fired) {
        return Ruling::keep(format!("This {verb} has already fired."));
    }
    if t.proposed.state_details.pause_reschedule {
        if t.run.parent_task_run_id.is_some() {
            return Ruling::abort(format!("Cannot {verb} subflows."));
        }
        if t.run.deployment_id.is_none() {
            return Ruling::abort(format!("Cannot {verb} flows without a deployment."));
        }
    }
    // A pause without a key can never be proposed again, so nothing has to be remembered of it.
    t.afterwards = key.map_or(Afterwards::Nothing, Afterwards::PauseFired);
    Ruling::Pass
}

/// A paused run goes on, or ends. When its time to be resumed is over it fails.
pub fn handle_resuming(t: &mut FlowTransition) -> Ruling {
    let Some(initial) = t.initial().filter(|state| state.kind == StateType::Paused) else { return Ruling::Pass };
    let cancelling = t.asked.major == Major::V3 && t.proposed.kind == StateType::Cancelling;
    let goes_on = matches!(t.proposed.kind, StateType::Running | StateType::Scheduled);
    if !goes_on && !cancelling && !t.proposed.kind.is_terminal() {
        let (to, from) = (t.proposed.kind.as_str(), initial.kind.as_str());
        return Ruling::keep(format!("This run cannot transition to the {to} state from the {from} state."));
    }
    let name = t.proposed.name().to_lowercase();
    if initial.state_details.pause_reschedule && t.run.deployment_id.is_none() {
        return Ruling::keep(format!("Cannot reschedule a {name} flow run without a deployment."));
    }
    let timeout = initial.state_details.pause_timeout.map(|timeout| timeout.timestamp());
    if !cancelling && timeout.is_some_and(|timeout| timeout < t.asked.at) {
        t.afterwards = Afterwards::Resuming;
        let failed = StateCreate::new(StateType::Failed).because(format!("The flow was {name} and never resumed."));
        return Ruling::replace(failed, "The flow run pause has timed out and can no longer resume.");
    }
    t.afterwards = Afterwards::Resuming;
    Ruling::Pass
}
