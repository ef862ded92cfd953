//! Late is a name of SCHEDULED that only the clock gives.

use domain::Major;

use super::*;

/// A run is marked Late once, and only while it waits.
pub fn only_scheduled_runs_are_late(t: &mut FlowTransition) -> Ruling {
    let Some(initial) = t.initial() else { return Ruling::Pass };
    if t.proposed.kind != StateType::Scheduled || t.proposed.name() != "Late" {
        return Ruling::Pass;
    }
    if initial.kind != StateType::Scheduled {
        return Ruling::keep("Only scheduled flows can be marked late.");
    }
    if initial.name == "Late" && t.asked.major == Major::V3 {
        return Ruling::keep("This flow run is already marked late.");
    }
    Ruling::Pass
}
