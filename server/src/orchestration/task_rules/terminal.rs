//! Task runs that have ended.

use super::*;

/// A task that has ended may run again unless it completed with a result that is still there. Running again
/// counts its attempts from the start; when it does because its flow is retried, the state says so.
pub fn handle_terminal_states(t: &mut TaskTransition) -> Ruling {
    let Some(initial) = t.initial().filter(|state| state.is_terminal()) else { return Ruling::Pass };
    if matches!(t.proposed.kind, StateType::Cancelling | StateType::Paused | StateType::Crashed) {
        return Ruling::abort(format!("Run is already {}.", initial.kind.as_str()));
    }
    if initial.kind == StateType::Completed && initial.has_persisted_data() {
        return Ruling::keep("This run is already completed.");
    }
    if !t.proposed.kind.is_terminal() {
        t.run_count = 0;
    }
    let flow_is_retried = t.flow_run.is_some_and(|flow_run| t.run.flow_run_run_count < flow_run.run_count);
    if t.proposed.kind == StateType::Running && flow_is_retried {
        t.proposed.name = Some("Retrying".to_owned());
    }
    Ruling::Pass
}
