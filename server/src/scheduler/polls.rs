//! Writes down who has polled since the last round. Every replica does it for itself.

use domain::live::Changed;
use store::{deployments, work_queues};

use crate::app_state::AppState;

/// One round; how many queues and deployments were polled.
pub async fn tick(app: AppState) -> store::Result<usize> {
    let (queues, polled) = app.polls.take();
    if queues.is_empty() && polled.is_empty() {
        return Ok(0);
    }
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    let woken = work_queues::set_polled(&mut tx, &queues, now).await?;
    let ready = deployments::set_ready_of_queues(&mut tx, &queues, now).await?;
    deployments::set_polled(&mut tx, &polled, now).await?;
    let pools = work_queues::pools_of(&mut tx, &woken).await?;
    tx.commit().await?;
    pools.into_iter().for_each(|pool| app.live.changed(Changed::WorkPool, pool));
    ready.into_iter().for_each(|id| app.live.changed(Changed::Deployment, id));
    Ok(queues.len() + polled.len())
}
