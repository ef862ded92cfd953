//! Rows that several pages show.

use std::collections::HashMap;

use domain::deployments::{Deployment, DeploymentRow};
use domain::filter::AnyOps;
use domain::pages::{Waiting, WorkPoolRow};
use domain::reason::short_of;
use domain::schedule::describe;
use domain::work_pools::{WorkPool, WorkPoolFilter};
use domain::{DeploymentId, FlowId, Timestamp};
use store::work_pools::PoolCounts;
use store::{Result, Tx, deployments, work_pools};

use crate::app_state::Policy;

/// Runs of the strip beside a deployment.
const LAST_RUNS: i64 = 20;

/// A run that is due waits for longer than it takes to claim it, in seconds.
const OVERDUE: f64 = 5.0;

/// The deployments in their order, each with its flow's name, its next run and its last ones.
pub async fn of_deployments(
    tx: &mut Tx,
    found: Vec<Deployment>,
    policy: &Policy,
    now: Timestamp,
) -> Result<Vec<DeploymentRow>> {
    let ids: Vec<DeploymentId> = found.iter().map(|deployment| deployment.id).collect();
    let flows: Vec<FlowId> = found.iter().map(|deployment| deployment.flow_id).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let names = deployments::flow_names(tx, &flows).await?;
    let next = deployments::next_runs(tx, &ids).await?;
    let mut last = deployments::last_runs(tx, &ids, LAST_RUNS, now).await?;
    let overdue = |id: &DeploymentId| next.get(id).is_some_and(|at| now.seconds_since(*at) >= OVERDUE);
    let late: Vec<&str> = found
        .iter()
        .filter(|deployment| overdue(&deployment.id))
        .filter_map(|deployment| deployment.work_pool_name.as_deref())
        .collect();
    let pools = pools_of(tx, &late, now, policy).await?;
    let waits = |deployment: &Deployment| {
        let pool = deployment.work_pool_name.as_deref();
        let row = pools.iter().find(|row| Some(row.work_pool.name.as_str()) == pool);
        overdue(&deployment.id).then(|| short_of(None, pool, row.map(|row| waiting(row, false)).as_ref()))
    };
    let row = |deployment: Deployment| DeploymentRow {
        waits: waits(&deployment),
        schedule_words: in_words(&deployment),
        flow_name: names.get(&deployment.flow_id).cloned().unwrap_or_default(),
        next_run: next.get(&deployment.id).copied(),
        last_runs: last.remove(&deployment.id).unwrap_or_default(),
        deployment,
    };
    Ok(found.into_iter().map(row).collect())
}

/// The pools of these names that exist; each name may come several times.
async fn pools_of(tx: &mut Tx, names: &[&str], now: Timestamp, policy: &Policy) -> Result<Vec<WorkPoolRow>> {
    let mut names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    names.sort_unstable();
    names.dedup();
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let most = names.len() as i64;
    let named = WorkPoolFilter { name: Some(AnyOps { any_: Some(names) }), ..WorkPoolFilter::default() };
    let found = work_pools::filter(tx, Some(&named), most, 0).await?;
    of_work_pools(tx, found, policy, now).await
}

/// The schedules of a deployment in words, in their order.
pub fn in_words(deployment: &Deployment) -> Vec<String> {
    deployment.schedules.iter().map(|schedule| describe(&schedule.schedule)).collect()
}

/// How things stand in a pool, for a run that waits there.
pub fn waiting(pool: &WorkPoolRow, is_queue_paused: bool) -> Waiting {
    Waiting {
        is_pool_paused: pool.work_pool.is_paused,
        is_queue_paused,
        online_workers: pool.online_workers,
        active_runs: pool.active_runs,
        limit: pool.work_pool.concurrency_limit,
    }
}

/// The pools in their order, each with what is counted around it.
pub async fn of_work_pools(
    tx: &mut Tx,
    found: Vec<WorkPool>,
    policy: &Policy,
    now: Timestamp,
) -> Result<Vec<WorkPoolRow>> {
    let foreman = &policy.foreman;
    let only = match found.as_slice() {
        [one] => Some(one.id),
        _ => None,
    };
    let counts: HashMap<_, PoolCounts> =
        work_pools::counts(tx, only, foreman.beats(), foreman.interval_seconds(), now).await?;
    let row = |work_pool: WorkPool| {
        let counts = counts.get(&work_pool.id).copied().unwrap_or_default();
        WorkPoolRow {
            online_workers: counts.online_workers,
            deployments: counts.deployments,
            active_runs: counts.active_runs,
            late_runs: counts.late_runs,
            work_pool,
        }
    };
    Ok(found.into_iter().map(row).collect())
}
