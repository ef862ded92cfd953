//! Plans runs: every active schedule has its next ones stored before they are due.
//!
//! Each schedule remembers how far it is planned and when to be looked at again, so a round only meets what
//! there is to do: what was just deployed or edited, on whichever replica, and what has come nearer.

use std::collections::{BTreeSet, HashMap};

use domain::deployments::Deployment;
use domain::live::Changed;
use domain::{DeploymentId, Moment, Timestamp, WorkQueueId};
use store::deployment_schedules::{self, Plan, Progress};
use store::flow_runs::NewFlowRun;
use store::{deployments, flow_runs, work_queues};

use crate::app_state::{AppState, SchedulerPolicy};
use crate::orchestration::plan_runs::{Bounds, planned};

/// Schedules that are planned in one transaction: few enough that others need not wait for long.
const BATCH: i64 = 25;

/// Runs that are due within so many seconds are worth waking workers for; they take runs ahead of time.
const SOON: f64 = 60.0;

/// A schedule that has no dates for now is looked at again after so many seconds.
const LATER: f64 = 3600.0;

/// One round, until nothing is left to plan; how many runs were made.
pub async fn tick(app: AppState) -> store::Result<usize> {
    let mut made = 0;
    loop {
        let (looked_at, new) = batch(&app).await?;
        made += new;
        if looked_at == 0 || app.stopping.is_cancelled() {
            return Ok(made);
        }
    }
}

/// Plans some deployments; how many schedules were looked at, and how many runs were made.
async fn batch(app: &AppState) -> store::Result<(usize, usize)> {
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    let plans = deployment_schedules::to_plan(&mut tx, now, BATCH).await?;
    if plans.is_empty() {
        return Ok((0, 0));
    }
    let ids: BTreeSet<DeploymentId> = plans.iter().map(|plan| plan.deployment_id).collect();
    let ids: Vec<DeploymentId> = ids.into_iter().collect();
    let found = deployments::by_ids(&mut tx, &ids).await?;
    let found: HashMap<DeploymentId, Deployment> = found.into_iter().map(|found| (found.id, found)).collect();
    let mut runs = Vec::new();
    let mut progress = Vec::with_capacity(plans.len());
    for plan in &plans {
        let Some(deployment) = found.get(&plan.deployment_id) else { continue };
        let (new, done) = of_schedule(&app.policy.scheduler, plan, deployment, now);
        runs.extend(new);
        progress.push(done);
    }
    let inserted = flow_runs::insert_many(&mut tx, &runs, now).await?.len();
    deployment_schedules::save_progress(&mut tx, &progress).await?;
    let pools = pools_to_wake(&mut tx, &runs, now).await?;
    tx.commit().await?;
    pools.into_iter().for_each(|pool| app.live.wake_pool(pool));
    if inserted > 0 {
        ids.iter().for_each(|id| app.live.changed(Changed::Deployment, *id));
    }
    Ok((plans.len(), inserted))
}

/// The runs that a schedule needs beyond those that it has, and how far it is planned with them. A new one
/// gets only its first runs, and the others when all new ones have theirs: the first are needed soonest.
fn of_schedule(
    policy: &SchedulerPolicy,
    plan: &Plan,
    deployment: &Deployment,
    now: Timestamp,
) -> (Vec<NewFlowRun>, Progress) {
    let is_new = plan.planned_through.is_none();
    let far = now.plus_seconds(policy.min_scheduled_time.as_secs_f64());
    let bounds = Bounds {
        start: now,
        end: now.plus_seconds(policy.max_scheduled_time.as_secs_f64()),
        until: if is_new { now } else { far },
        min_runs: policy.min_runs,
        max_runs: policy.max_runs,
    };
    let dates = bounds.dates(&plan.schedule);
    let due: Vec<Timestamp> = dates.iter().map(|date| Moment(*date).timestamp()).collect();
    let is_unplanned = |date: &&chrono::DateTime<chrono::FixedOffset>| {
        plan.planned_through.is_none_or(|through| Moment(**date).timestamp() > through)
    };
    let runs = dates.iter().filter(is_unplanned).map(|date| planned(deployment, &plan.schedule, *date, now)).collect();
    let progress = Progress {
        schedule_id: plan.schedule.id,
        planned_through: due.last().copied().max(plan.planned_through),
        plan_again: if is_new && !due.is_empty() { now } else { look_again(policy, &bounds, &due, now) },
    };
    (runs, progress)
}

/// When the planned runs will be too few, or not reach far enough.
fn look_again(policy: &SchedulerPolicy, bounds: &Bounds, due: &[Timestamp], now: Timestamp) -> Timestamp {
    let reaches = due.last().is_some_and(|last| *last >= bounds.until);
    let when = match due.len().checked_sub(bounds.min_runs) {
        // Once the run at this place is due, fewer than enough are left.
        Some(place) if reaches && place < due.len() => {
            let horizon = policy.min_scheduled_time.as_secs_f64();
            let nearer = due.last().map_or(now, |last| last.plus_seconds(-horizon));
            due[place].min(nearer)
        }
        // As many as may be planned: there is room when the first one is due.
        _ if !due.is_empty() && !reaches => due[0],
        _ => now.plus_seconds(LATER),
    };
    when.max(now.plus_seconds(policy.loop_interval.as_secs_f64()))
}

/// The pools that get runs which are due soon.
async fn pools_to_wake(
    tx: &mut store::Tx,
    runs: &[NewFlowRun],
    now: Timestamp,
) -> store::Result<BTreeSet<domain::WorkPoolId>> {
    let soon = now.plus_seconds(SOON);
    let queues: BTreeSet<WorkQueueId> = runs
        .iter()
        .filter(|new| new.slot.is_some_and(|slot| slot.instant <= soon))
        .filter_map(|new| new.run.work_queue_id)
        .collect();
    if queues.is_empty() {
        return Ok(BTreeSet::new());
    }
    Ok(work_queues::pools_of(tx, &queues.into_iter().collect::<Vec<_>>()).await?.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_micros(1_700_000_000_000_000 + minutes * 60_000_000)
    }

    #[test]
    fn a_schedule_is_looked_at_again_before_its_runs_are_too_few() {
        let policy = SchedulerPolicy { loop_interval: Duration::from_secs(60), ..SchedulerPolicy::default() };
        let bounds = Bounds { start: at(0), end: at(144_000), until: at(60), min_runs: 3, max_runs: 100 };
        let again = |due: &[i64]| {
            let due: Vec<Timestamp> = due.iter().map(|minutes| at(*minutes)).collect();
            look_again(&policy, &bounds, &due, at(0))
        };
        assert_eq!(again(&(1..=60).collect::<Vec<_>>()), at(1), "every minute: one more each minute");
        assert_eq!(again(&[300, 1740, 3180]), at(300), "every day: when the next one is due");
        assert_eq!(again(&[20, 40]), at(20), "no more were allowed: when there is room");
        assert_eq!(again(&[]), at(60), "no dates: in an hour");
    }
}
