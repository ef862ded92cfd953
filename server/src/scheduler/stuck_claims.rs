//! A claim is a lease: a run that was claimed and never started goes back to Scheduled.
//!
//! Some infrastructure takes long to come up, and a worker that waits for it says nothing, so a run is left
//! to a worker that lives. Prefect 3's workers write their name into the run's labels. Of a claim without a
//! name it is only known who may have made it.

use domain::flow_runs::FlowRun;
use domain::state::{StateCreate, StateType};
use domain::work_pools::{Worker, WorkerStatus};
use domain::{Moment, Timestamp};
use serde_json::Value;
use store::flow_runs::overdue;
use store::{Tx, workers};

use super::ROUND;
use super::step::step;
use crate::app_state::{AppState, ForemanPolicy};
use crate::orchestration::flow_rules::FlowPolicy;

/// The label under which workers write their name.
const WORKER_NAME: &str = "prefect.worker.name";

/// A claim without a name goes back after so many leases, whoever may have made it.
const LEASES: f64 = 12.0;

/// One round; how many runs went back. They keep the time at which they were due.
pub async fn tick(app: AppState) -> store::Result<usize> {
    let now = app.clock.now();
    let lease = app.policy.claim_lease;
    let since = now.plus_seconds(-lease.as_secs_f64());
    let long_since = now.plus_seconds(-lease.as_secs_f64() * LEASES);
    let mut tx = app.store.read().await?;
    let claimed = overdue::claimed(&mut tx, since, ROUND, now).await?;
    let mut lost = Vec::new();
    for run in claimed {
        let living = living_workers(&mut tx, &app.policy.foreman, &run, now).await?;
        if is_lost(&run, &living, long_since) {
            lost.push(run);
        }
    }
    drop(tx);
    let mut back = 0;
    for run in &lost {
        let mut state = StateCreate::new(StateType::Scheduled).because(format!(
            "The worker that claimed this run did not start it within {} s; it is free to be claimed again.",
            lease.as_secs()
        ));
        let due = run.state.as_ref().and_then(|state| state.state_details.scheduled_time);
        state.state_details.scheduled_time = due.or_else(|| run.expected_start_time.map(Moment::from));
        back += usize::from(step(&app, run, state, FlowPolicy::Minimal).await?);
    }
    Ok(back)
}

/// Workers of the run's pool that are online.
async fn living_workers(
    tx: &mut Tx,
    foreman: &ForemanPolicy,
    run: &FlowRun,
    now: Timestamp,
) -> store::Result<Vec<Worker>> {
    let Some(pool) = run.work_pool_id else { return Ok(Vec::new()) };
    let (beats, interval) = (foreman.beats(), foreman.interval_seconds());
    let query = workers::Query { filter: None, beats, interval, limit: ROUND, offset: 0 };
    let mut found = workers::of_pool(tx, pool, &query, now).await?;
    found.retain(|worker| worker.status == WorkerStatus::Online);
    Ok(found)
}

/// Whether nobody can be expected to start the run any more.
fn is_lost(run: &FlowRun, living: &[Worker], long_since: Timestamp) -> bool {
    let claimed = run.state.as_ref().map(|state| state.timestamp);
    match run.labels.get(WORKER_NAME).and_then(Value::as_str) {
        Some(name) => !living.iter().any(|worker| worker.name == name),
        None => {
            let may_have_claimed = |worker: &Worker| worker.created <= claimed;
            !living.iter().any(may_have_claimed) || claimed <= Some(long_since)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::new_id;
    use crate::orchestration::create_run::blank;

    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_micros(1_700_000_000_000_000 + minutes * 60_000_000)
    }

    fn claimed(minute: i64, by: Option<&str>) -> FlowRun {
        let mut run = blank(new_id());
        run.state = Some(StateCreate::new(StateType::Pending).minted(new_id(), at(minute)));
        if let Some(name) = by {
            run.labels.insert(WORKER_NAME.to_owned(), name.into());
        }
        run
    }

    fn worker(name: &str, since: i64) -> Worker {
        Worker {
            id: new_id(),
            created: Some(at(since)),
            updated: None,
            name: name.to_owned(),
            work_pool_id: new_id(),
            last_heartbeat_time: None,
            heartbeat_interval_seconds: None,
            status: WorkerStatus::Online,
        }
    }

    #[test]
    fn a_claim_is_lost_when_its_worker_is_gone() {
        let long_since = at(0);
        let cases = [
            (claimed(10, Some("a")), vec![worker("a", 0)], false),
            (claimed(10, Some("a")), vec![worker("b", 0)], true),
            (claimed(-10, Some("a")), vec![worker("a", -20)], false),
            (claimed(10, None), vec![worker("b", 5)], false),
            (claimed(10, None), vec![worker("b", 12)], true),
            (claimed(10, None), vec![], true),
            (claimed(-10, None), vec![worker("b", -20)], true),
        ];
        for (n, (run, living, lost)) in cases.into_iter().enumerate() {
            assert_eq!(is_lost(&run, &living, long_since), lost, "case {n}");
        }
    }
}
