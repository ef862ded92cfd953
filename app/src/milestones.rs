//! The steps of a run's last attempt: due, claimed, started, ended, with the time that each took. Plain
//! functions over its states.

use domain::Timestamp;
use domain::flow_runs::FlowRun;
use domain::say;
use domain::state::{State, StateType};

use crate::look;

/// A step that was reached.
#[derive(Debug, Clone, PartialEq)]
pub struct Milestone {
    pub word: String,
    /// For the stylesheet.
    pub mark: &'static str,
    pub at: Timestamp,
}

/// The steps in their order; `states` come oldest first.
pub fn milestones(run: &FlowRun, states: &[State]) -> Vec<Milestone> {
    let attempt = last_attempt(states);
    let planned = states[..attempt].iter().rev().find(|state| state.kind == StateType::Scheduled);
    let due = planned.and_then(|state| state.state_details.scheduled_time).map(|moment| moment.timestamp());
    let due = due.or(run.expected_start_time).map(|at| Milestone { word: say!("Due"), mark: "scheduled", at });
    let mut steps: Vec<Milestone> = due.into_iter().collect();
    for state in &states[attempt..] {
        let word = word(state);
        if steps.last().is_none_or(|last| last.word != word) {
            steps.push(Milestone { word, mark: look::of(state).mark, at: state.timestamp });
        }
    }
    steps
}

/// Where the last attempt begins: at what followed the last time that it was planned.
fn last_attempt(states: &[State]) -> usize {
    states.iter().rposition(|state| state.kind == StateType::Scheduled).map_or(0, |at| at + 1)
}

/// What the step is, rather than what the state is called.
fn word(state: &State) -> String {
    match (state.kind, state.name.as_str()) {
        (StateType::Pending, "Pending" | "Submitting") => say!("Claimed"),
        (StateType::Pending, "InfrastructurePending") => say!("Job made"),
        (StateType::Running, "Running" | "Retrying") => say!("Started"),
        _ => look::of(state).word,
    }
}

#[cfg(test)]
mod tests {
    use domain::StateId;

    use super::*;

    fn state(kind: StateType, name: &str, second: i64) -> State {
        State {
            id: StateId(domain::Uuid::from_u128(second as u128)),
            kind,
            name: name.to_owned(),
            timestamp: Timestamp::from_micros(second * 1_000_000),
            message: None,
            data: None,
            state_details: Default::default(),
        }
    }

    #[test]
    fn the_last_attempt_has_its_steps() {
        use StateType::*;
        let states = [
            state(Scheduled, "Scheduled", 0),
            state(Pending, "Pending", 1),
            state(Running, "Running", 2),
            state(Scheduled, "AwaitingRetry", 3),
            state(Pending, "Pending", 10),
            state(Pending, "Submitting", 11),
            state(Pending, "InfrastructurePending", 12),
            state(Running, "Running", 14),
            state(Failed, "Failed", 20),
        ];
        let words = |states: &[State]| {
            let attempt = last_attempt(states);
            states[attempt..].iter().map(word).collect::<Vec<_>>()
        };
        assert_eq!(words(&states), ["Claimed", "Claimed", "Job made", "Started", "Failed"]);
        assert_eq!(words(&states[..4]), Vec::<String>::new());
        assert_eq!(words(&states[1..3]), ["Claimed", "Started"], "runs that nobody planned");
    }
}
