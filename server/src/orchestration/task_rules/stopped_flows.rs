//! Tasks run only while their flow does.

use super::*;

/// A paused flow lets its tasks wait, any other that does not run ends them.
pub fn prevent_running(t: &mut TaskTransition) -> Ruling {
    let Some(flow_run) = t.flow_run.filter(|_| t.proposed.kind == StateType::Running) else { return Ruling::Pass };
    match &flow_run.state {
        Some(state) if state.kind == StateType::Running => Ruling::Pass,
        Some(state) if state.kind == StateType::Paused => {
            let mut waits = StateCreate::new(StateType::Paused).named("NotReady");
            waits.state_details.pause_timeout = state.state_details.pause_timeout;
            waits.state_details.pause_reschedule = state.state_details.pause_reschedule;
            let id = flow_run.id;
            Ruling::replace(waits, format!("The flow is paused, new tasks can execute after resuming flow run: {id}."))
        }
        _ => Ruling::abort("The enclosing flow must be running to begin task execution."),
    }
}
