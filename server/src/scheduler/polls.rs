//! Writes down who has polled since the last round. Every replica does it for itself.

use domain::live::Changed;
use store::{deployments, work_queues};

use crate::app_state::AppState;
use crate::orchestration::{AfterCommit, events};

/// One round; how many queues and deployments were polled.
pub async fn tick(app: AppState) -> store::Result<usize> {
    let (queues, polled) = app.polls.take();
    if queues.is_empty() && polled.is_empty() {
        return Ok(0);
    }
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    let woken = work_queues::set_polled(&mut tx, &queues, now).await?;
    let mut ready = deployments::set_ready_of_queues(&mut tx, &queues, now).await?;
    ready.extend(deployments::set_polled(&mut tx, &polled, now).await?);
    let pools = work_queues::pools_of(&mut tx, &woken).await?;
    let mut after = AfterCommit::default();
    events::deployments::tell(&mut tx, "ready", &ready, now, &mut after).await?;
    events::work_queues::tell(&mut tx, "ready", &woken, now, &mut after).await?;
    tx.commit().await?;
    pools.into_iter().for_each(|pool| after.changed(Changed::WorkPool, pool));
    ready.into_iter().for_each(|id| after.changed(Changed::Deployment, id));
    after.tell(&app.live);
    Ok(queues.len() + polled.len())
}
