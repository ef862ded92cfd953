//! Rows that several pages show.

use std::collections::HashMap;

use domain::deployments::{Deployment, DeploymentRow};
use domain::pages::WorkPoolRow;
use domain::schedule::describe;
use domain::work_pools::WorkPool;
use domain::{DeploymentId, FlowId, Timestamp};
use store::work_pools::PoolCounts;
use store::{Result, Tx, deployments, work_pools};

use crate::app_state::Policy;

/// Runs of the strip beside a deployment.
const LAST_RUNS: i64 = 20;

/// The deployments in their order, each with its flow's name, its next run and its last ones.
pub async fn of_deployments(tx: &mut Tx, found: Vec<Deployment>, now: Timestamp) -> Result<Vec<DeploymentRow>> {
    let ids: Vec<DeploymentId> = found.iter().map(|deployment| deployment.id).collect();
    let flows: Vec<FlowId> = found.iter().map(|deployment| deployment.flow_id).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let names = deployments::flow_names(tx, &flows).await?;
    let next = deployments::next_runs(tx, &ids).await?;
    let mut last = deployments::last_runs(tx, &ids, LAST_RUNS, now).await?;
    let row = |deployment: Deployment| DeploymentRow {
        schedule_words: in_words(&deployment),
        flow_name: names.get(&deployment.flow_id).cloned().unwrap_or_default(),
        next_run: next.get(&deployment.id).copied(),
        last_runs: last.remove(&deployment.id).unwrap_or_default(),
        deployment,
    };
    Ok(found.into_iter().map(row).collect())
}

/// The schedules of a deployment in words, in their order.
pub fn in_words(deployment: &Deployment) -> Vec<String> {
    deployment.schedules.iter().map(|schedule| describe(&schedule.schedule)).collect()
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
