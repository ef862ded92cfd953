//! Who has fallen silent: workers without heartbeats, pools without workers, queues and deployments that
//! nobody polls.

use domain::live::Changed;
use store::{deployments, work_pools, work_queues, workers};

use crate::app_state::AppState;
use crate::orchestration::work_pools::tell_status;
use crate::orchestration::{AfterCommit, events};

/// One round; how many have fallen silent.
pub async fn tick(app: AppState) -> store::Result<usize> {
    let now = app.clock.now();
    let policy = &app.policy.foreman;
    let (beats, interval) = (policy.beats(), policy.interval_seconds());
    let mut tx = app.store.write().await?;
    let workers = workers::set_offline(&mut tx, beats, interval, now).await?;
    let pools = work_pools::set_not_ready(&mut tx, beats, interval, now).await?;
    let since = now.plus_seconds(-policy.deployment_polled_within.as_secs_f64());
    let deployments = deployments::set_not_ready(&mut tx, since).await?;
    let since = now.plus_seconds(-policy.queue_polled_within.as_secs_f64());
    let queues = work_queues::set_not_ready(&mut tx, since, now).await?;
    let mut after = AfterCommit::default();
    tell_status(&mut tx, &pools, now, &mut after).await?;
    events::deployments::tell(&mut tx, "not-ready", &deployments, now, &mut after).await?;
    events::work_queues::tell(&mut tx, "not-ready", &queues, now, &mut after).await?;
    tx.commit().await?;
    workers.iter().for_each(|(_, pool)| after.changed(Changed::Worker, *pool));
    pools.iter().for_each(|pool| after.changed(Changed::WorkPool, *pool));
    deployments.iter().for_each(|id| after.changed(Changed::Deployment, *id));
    after.tell(&app.live);
    Ok(workers.len() + pools.len() + deployments.len() + queues.len())
}
