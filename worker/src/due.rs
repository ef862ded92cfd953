//! Runs the pool has announced, in the order of the pool, waiting for their time.

use std::collections::HashMap;

use domain::flow_runs::FlowRun;
use domain::{FlowRunId, Timestamp};

/// The runs of the last answer of the pool that nobody here has begun with.
#[derive(Debug, Default)]
pub(crate) struct Due {
    /// In the server's order: urgent queues first, then by time.
    runs: Vec<(Timestamp, FlowRun)>,
    /// Runs whose claim went wrong, with the time before which it is not tried again.
    held_back: HashMap<FlowRunId, Timestamp>,
}

impl Due {
    /// Takes the pool's latest answer in place of what was known: a run that is not in it any more has
    /// been paused, moved, cancelled or taken by somebody else.
    pub(crate) fn replace(&mut self, answer: impl IntoIterator<Item = FlowRun>, now: Timestamp) {
        self.held_back.retain(|_, until| *until > now);
        self.runs = answer.into_iter().map(|run| (self.due_time(&run, now), run)).collect();
    }

    /// When to claim the run. One without a time is due now.
    fn due_time(&self, run: &FlowRun, now: Timestamp) -> Timestamp {
        let scheduled = run.next_scheduled_start_time.or(run.expected_start_time).unwrap_or(now);
        self.held_back.get(&run.id).map_or(scheduled, |until| scheduled.max(*until))
    }

    /// Not this run before `until`, whatever the pool says.
    pub(crate) fn hold_back(&mut self, run: FlowRunId, until: Timestamp) {
        self.held_back.insert(run, until);
        for (at, _) in self.runs.iter_mut().filter(|(_, known)| known.id == run) {
            *at = (*at).max(until);
        }
    }

    /// Takes out the runs that are due, at most `room` of them, the pool's favourites first.
    pub(crate) fn take(&mut self, now: Timestamp, room: usize) -> Vec<FlowRun> {
        let mut taken = Vec::new();
        let mut kept = Vec::with_capacity(self.runs.len());
        for (at, run) in std::mem::take(&mut self.runs) {
            if at <= now && taken.len() < room {
                taken.push(run);
            } else {
                kept.push((at, run));
            }
        }
        self.runs = kept;
        taken
    }

    /// When the next one is due.
    pub(crate) fn next(&self) -> Option<Timestamp> {
        self.runs.iter().map(|(at, _)| *at).min()
    }

    /// True when nothing waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(number: u128, due: i64) -> FlowRun {
        let id = FlowRunId(uuid::Uuid::from_u128(number));
        let text = serde_json::json!({
            "id": id, "name": format!("run-{number}"), "flow_id": uuid::Uuid::nil(),
            "next_scheduled_start_time": Timestamp::from_micros(due * 1_000_000),
        });
        serde_json::from_value(text).expect("a flow run")
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(seconds * 1_000_000)
    }

    fn names(runs: &[FlowRun]) -> Vec<&str> {
        runs.iter().map(|run| run.name.as_str()).collect()
    }

    #[test]
    fn runs_come_out_when_due_in_the_order_of_the_pool_and_within_the_room() {
        let mut due = Due::default();
        due.replace([run(1, 30), run(2, 10), run(3, 10), run(4, 20)], at(0));
        assert_eq!(due.next(), Some(at(10)));
        assert!(due.take(at(9), 9).is_empty());
        assert_eq!(names(&due.take(at(10), 1)), ["run-2"]);
        assert_eq!(names(&due.take(at(30), 2)), ["run-1", "run-3"]);
        assert_eq!(names(&due.take(at(30), 2)), ["run-4"]);
        assert!(due.is_empty());
    }

    #[test]
    fn the_latest_answer_replaces_what_was_known() {
        let mut due = Due::default();
        due.replace([run(1, 10), run(2, 10)], at(0));
        due.replace([run(2, 40)], at(0));
        assert_eq!(due.next(), Some(at(40)));
    }

    #[test]
    fn a_run_that_was_refused_is_left_alone_for_a_while_even_when_announced_again() {
        let mut due = Due::default();
        due.replace([run(1, 10)], at(10));
        due.hold_back(FlowRunId(uuid::Uuid::from_u128(1)), at(15));
        due.replace([run(1, 10)], at(11));
        assert!(due.take(at(14), 9).is_empty());
        assert_eq!(names(&due.take(at(15), 9)), ["run-1"]);
    }
}
