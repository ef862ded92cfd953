//! Why a run is where it is, in one sentence: a plain function over what its page knows.

use crate::flow_runs::FlowRun;
use crate::pages::{FlowRunPage, Waiting};
use crate::say;
use crate::state::StateType;
use crate::time::Timestamp;
use crate::words;

/// The sentence; nothing where the state says it all.
pub fn reason(data: &FlowRunPage, now: Timestamp) -> Option<String> {
    of_run(&data.flow_run, data.waiting.as_ref(), now)
}

/// The same for whoever knows the run and how things stand where it waits.
pub fn of_run(run: &FlowRun, waiting: Option<&Waiting>, now: Timestamp) -> Option<String> {
    let said = run.state.as_ref().and_then(|state| state.message.clone()).filter(|text| !text.is_empty());
    let own = match run.state_type {
        Some(StateType::Scheduled) => waits(run, waiting, now),
        Some(StateType::Pending) => Some(say!("A worker took it {} and is starting it.", since(run, now)?)),
        Some(StateType::Cancelling) => Some(say!("Its worker has been asked to stop it.")),
        _ => None,
    };
    match (own, said) {
        // What every planned run is told says nothing about this one.
        (Some(own), Some(said)) if run.state_type != Some(StateType::Scheduled) => Some(format!("{own} {said}")),
        (own, said) => own.or(said),
    }
}

fn since(run: &FlowRun, now: Timestamp) -> Option<String> {
    run.state.as_ref().map(|state| words::relative(now.seconds_since(state.timestamp)))
}

/// For a planned run: its time, or what it is short of.
fn waits(run: &FlowRun, waiting: Option<&Waiting>, now: Timestamp) -> Option<String> {
    let due = run.next_scheduled_start_time.or(run.expected_start_time)?;
    let passed = now.seconds_since(due);
    if passed < 0.0 {
        let when = words::relative(passed);
        return Some(if run.run_count > 0 { say!("It is tried again {}.", when) } else { say!("It is due {}.", when) });
    }
    let lateness = if passed < 1.5 { say!("Due now") } else { say!("Due {}", words::relative(passed)) };
    Some(say!("{}: {}.", lateness, short_of(run.state_name.as_deref(), run.work_pool_name.as_deref(), waiting)))
}

/// What a run that is due waits for; the state's name, its pool's, and how things stand there.
pub fn short_of(state: Option<&str>, pool: Option<&str>, waiting: Option<&Waiting>) -> String {
    // The slots are its deployment's: this state says nothing about a pool.
    if state == Some("AwaitingConcurrencySlot") {
        return say!("it waits for a slot, all are taken");
    }
    let Some((pool, waiting)) = pool.zip(waiting) else {
        return say!("it names no work pool, so whoever serves its deployment must pick it up");
    };
    match waiting {
        Waiting { is_pool_paused: true, .. } => say!("the pool {} is paused", pool),
        Waiting { is_queue_paused: true, .. } => say!("its queue in the pool {} is paused", pool),
        Waiting { online_workers: 0, .. } => say!("no worker polls the pool {}", pool),
        Waiting { active_runs, limit: Some(limit), .. } if active_runs >= limit => {
            say!("all {} slots of the pool {} are taken", limit, pool)
        }
        Waiting { online_workers, .. } => {
            let workers = words::count(*online_workers, "worker");
            match online_workers {
                1 => say!("{} polls the pool {}, and the next poll should take it", workers, pool),
                _ => say!("{} poll the pool {}, and the next poll should take it", workers, pool),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_is_due_says_what_it_is_short_of() {
        let fine = Waiting {
            is_pool_paused: false,
            is_queue_paused: false,
            online_workers: 2,
            active_runs: 1,
            limit: Some(3),
        };
        let cases = [
            (Waiting { is_pool_paused: true, ..fine.clone() }, "the pool gpu is paused"),
            (Waiting { is_queue_paused: true, ..fine.clone() }, "its queue in the pool gpu is paused"),
            (Waiting { online_workers: 0, ..fine.clone() }, "no worker polls the pool gpu"),
            (Waiting { active_runs: 3, ..fine.clone() }, "all 3 slots of the pool gpu are taken"),
            (fine.clone(), "2 workers poll the pool gpu, and the next poll should take it"),
            (
                Waiting { online_workers: 1, ..fine.clone() },
                "1 worker polls the pool gpu, and the next poll should take it",
            ),
        ];
        for (waiting, words) in cases {
            assert_eq!(short_of(Some("Late"), Some("gpu"), Some(&waiting)), words);
        }
        for (pool, waiting) in [(Some("gpu"), Some(&fine)), (None, None)] {
            let words = short_of(Some("AwaitingConcurrencySlot"), pool, waiting);
            assert_eq!(words, "it waits for a slot, all are taken");
        }
        assert!(short_of(Some("Late"), None, None).contains("no work pool"));
    }
}
