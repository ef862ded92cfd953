//! A request that was sent twice must not become two transitions.

use super::*;

/// Every proposal of a Prefect client carries a fresh transition id. When the answer to a request is lost,
/// the client sends it again, with the id that the current state has already.
pub fn prevent_duplicate_transitions(t: &mut FlowTransition) -> Ruling {
    let current = t.initial().and_then(|state| state.state_details.transition_id);
    if current.is_some() && current == t.proposed.state_details.transition_id {
        return Ruling::keep("This run has already made this state transition.");
    }
    Ruling::Pass
}
