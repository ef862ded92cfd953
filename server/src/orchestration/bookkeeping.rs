//! What every committed state changes on its run: counts, times and the state itself.
//!
//! Pure functions: the run with its old state and the new state come in, the run as it will be stored comes
//! out.

use domain::flow_runs::FlowRun;
use domain::state::{State, StateType};
use domain::task_runs::TaskRun;
use domain::{Major, Timestamp};

/// The columns that flow runs and task runs share.
struct Times<'a> {
    expected_start_time: &'a mut Option<Timestamp>,
    next_scheduled_start_time: &'a mut Option<Timestamp>,
    start_time: &'a mut Option<Timestamp>,
    end_time: &'a mut Option<Timestamp>,
    total_run_time: &'a mut f64,
}

/// Gives the flow run its next state.
pub fn enter_flow_state(run: &mut FlowRun, mut state: State, major: Major) {
    let initial = run.state.take();
    if let Some(before) = initial.as_ref().map(|state| state.timestamp)
        && state.timestamp <= before
    {
        // A run's states are told apart and ordered by their time.
        state.timestamp = Timestamp::from_micros(before.micros() + 1);
    }
    state.state_details.flow_run_id = Some(run.id);
    if run.parent_task_run_id.is_some() {
        state.state_details.task_run_id = run.parent_task_run_id;
    }
    let times = Times {
        expected_start_time: &mut run.expected_start_time,
        next_scheduled_start_time: &mut run.next_scheduled_start_time,
        start_time: &mut run.start_time,
        end_time: &mut run.end_time,
        total_run_time: &mut run.total_run_time,
    };
    times.enter(initial.as_ref(), &state, major);
    let resuming = run.empirical_policy.resuming == Some(true);
    if state.kind == StateType::Running && !resuming {
        run.run_count += 1;
    }
    if resuming && (state.kind == StateType::Running || state.kind.is_terminal()) {
        run.empirical_policy.resuming = Some(false);
    }
    run.state_id = Some(state.id);
    run.state_type = Some(state.kind);
    run.state_name = Some(state.name.clone());
    run.state = Some(state);
}

/// Gives the task run its next state.
pub fn enter_task_state(run: &mut TaskRun, mut state: State, major: Major) {
    let initial = run.state.take();
    if let Some(before) = initial.as_ref().map(|state| state.timestamp)
        && state.timestamp <= before
    {
        state.timestamp = Timestamp::from_micros(before.micros() + 1);
    }
    state.state_details.flow_run_id = run.flow_run_id;
    state.state_details.task_run_id = Some(run.id);
    let times = Times {
        expected_start_time: &mut run.expected_start_time,
        next_scheduled_start_time: &mut run.next_scheduled_start_time,
        start_time: &mut run.start_time,
        end_time: &mut run.end_time,
        total_run_time: &mut run.total_run_time,
    };
    times.enter(initial.as_ref(), &state, major);
    run.run_count += i64::from(state.kind == StateType::Running);
    run.state_id = Some(state.id);
    run.state_type = Some(state.kind);
    run.state_name = Some(state.name.clone());
    run.state = Some(state);
}

impl Times<'_> {
    fn enter(self, initial: Option<&State>, state: &State, major: Major) {
        let (kind, at) = (state.kind, state.timestamp);
        if kind == StateType::Running {
            self.start_time.get_or_insert(at);
        }
        if !kind.is_terminal() && initial.is_some_and(State::is_terminal) {
            *self.end_time = None;
        }
        if kind.is_terminal() && self.end_time.is_none() {
            if major == Major::V3 {
                self.start_time.get_or_insert(at);
            }
            if self.start_time.is_some() {
                *self.end_time = Some(at);
            }
        }
        if let Some(initial) = initial.filter(|state| state.kind == StateType::Running) {
            *self.total_run_time += at.seconds_since(initial.timestamp);
        }
        let due = if kind == StateType::Scheduled { state.scheduled_time() } else { None };
        if self.expected_start_time.is_none() {
            *self.expected_start_time = Some(due.unwrap_or(at));
        }
        if due.is_some() || initial.is_some_and(|state| state.kind == StateType::Scheduled) {
            *self.next_scheduled_start_time = due;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::orchestration::create_run::blank;
    use domain::state::StateCreate;

    const START: i64 = 1_700_000_000_000_000;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(START + seconds * 1_000_000)
    }

    fn walk(states: &[(StateType, i64)], major: Major) -> FlowRun {
        let mut run = blank(crate::clock::new_id());
        for &(kind, second) in states {
            let state = StateCreate::new(kind).minted(crate::clock::new_id(), at(second));
            enter_flow_state(&mut run, state, major);
        }
        run
    }

    #[test]
    fn counts_and_times_of_a_life() {
        use StateType::*;
        let run = walk(
            &[(Scheduled, 0), (Pending, 5), (Running, 6), (Scheduled, 10), (Running, 20), (Completed, 23)],
            Major::V3,
        );
        assert_eq!(run.run_count, 2);
        assert_eq!((run.expected_start_time, run.start_time, run.end_time), (Some(at(0)), Some(at(6)), Some(at(23))));
        assert_eq!(run.total_run_time, 7.0);
        assert_eq!(run.next_scheduled_start_time, None);
    }

    #[test]
    fn a_run_taken_up_again_has_not_ended() {
        use StateType::*;
        let run = walk(&[(Pending, 0), (Running, 1), (Failed, 2), (Scheduled, 9)], Major::V3);
        assert_eq!(run.end_time, None);
        assert_eq!(run.next_scheduled_start_time, Some(at(9)));
        assert_eq!(run.expected_start_time, Some(at(0)));
    }

    #[test]
    fn what_never_started_ends_differently_in_the_two_majors() {
        use StateType::*;
        let of = |major| {
            let run = walk(&[(Pending, 0), (Cancelled, 3)], major);
            (run.start_time, run.end_time)
        };
        assert_eq!(of(Major::V2), (None, None));
        assert_eq!(of(Major::V3), (Some(at(3)), Some(at(3))));
    }

    #[test]
    fn states_of_one_instant_are_told_apart() {
        use StateType::*;
        let run = walk(&[(Pending, 0), (Running, 0)], Major::V3);
        assert_eq!(run.state.map(|state| state.timestamp.micros()), Some(START + 1));
    }
}
