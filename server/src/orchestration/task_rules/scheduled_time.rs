//! Nothing runs before it is due; what a state says for the next one is carried over.

use super::*;
use crate::orchestration::due;

/// A claimed task run remembers when it is due.
pub fn copy_scheduled_time(t: &mut TaskTransition) -> Ruling {
    if let Some(initial) = t.between(&[StateType::Scheduled], &[StateType::Pending])
        && t.proposed.state_details.scheduled_time.is_none()
    {
        t.proposed.state_details.scheduled_time = initial.state_details.scheduled_time;
    }
    Ruling::Pass
}

/// A background task finds its parameters by this id until it runs.
pub fn copy_parameters_id(t: &mut TaskTransition) -> Ruling {
    let waiting = [StateType::Scheduled, StateType::Pending];
    if let Some(initial) = t.between(&waiting, &[StateType::Pending, StateType::Running])
        && t.proposed.state_details.task_parameters_id.is_none()
    {
        t.proposed.state_details.task_parameters_id = initial.state_details.task_parameters_id;
    }
    Ruling::Pass
}

/// The server's clock decides when a task run is due.
pub fn wait_for_scheduled_time(t: &mut TaskTransition) -> Ruling {
    match t.between(&[StateType::Scheduled, StateType::Pending], &[StateType::Running]) {
        Some(initial) => due::wait_until(initial.scheduled_time(), t.asked.at),
        None => Ruling::Pass,
    }
}
