//! Who has fallen silent: workers without heartbeats, pools without workers, queues and deployments that
//! nobody polls.

use domain::live::Changed;
use store::{deployments, work_pools, work_queues, workers};

use crate::app_state::AppState;

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
    tx.commit().await?;
    workers.iter().for_each(|(_, pool)| app.live.changed(Changed::Worker, *pool));
    pools.iter().for_each(|pool| app.live.changed(Changed::WorkPool, *pool));
    deployments.iter().for_each(|id| app.live.changed(Changed::Deployment, *id));
    Ok(workers.len() + pools.len() + deployments.len() + queues.len())
}
