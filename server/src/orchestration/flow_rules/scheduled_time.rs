//! Nothing runs before it is due.

use super::*;
use crate::orchestration::due;

/// A claimed run remembers when it is due.
pub fn copy_scheduled_time(t: &mut FlowTransition) -> Ruling {
    if let Some(initial) = t.between(&[StateType::Scheduled], &[StateType::Pending])
        && t.proposed.state_details.scheduled_time.is_none()
    {
        t.proposed.state_details.scheduled_time = initial.state_details.scheduled_time;
    }
    Ruling::Pass
}

/// The server's clock decides when a run is due, not the machine's that runs it.
pub fn wait_for_scheduled_time(t: &mut FlowTransition) -> Ruling {
    match t.between(&[StateType::Scheduled, StateType::Pending], &[StateType::Running]) {
        Some(initial) => due::wait_until(initial.scheduled_time(), t.asked.at),
        None => Ruling::Pass,
    }
}
