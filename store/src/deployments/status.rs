//! Whether somebody asks for a deployment's runs: through its queue, or a runner by its id.

use super::*;

/// Somebody asked for runs of these deployments; which of them were not ready. `updated` stays: nothing was
/// edited.
pub async fn set_polled(tx: &mut Tx, ids: &[DeploymentId], at: Timestamp) -> Result<Vec<DeploymentId>> {
    let ready = sql("UPDATE deployment SET status = 'READY' WHERE status <> 'READY' AND id IN ")
        .then(Sql::list(ids.iter().copied()))
        .text(" RETURNING id");
    let woken = tx.ids(ready).await?;
    let polled =
        sql("UPDATE deployment SET last_polled = ? WHERE id IN ").bind(at).then(Sql::list(ids.iter().copied()));
    tx.run(polled).await?;
    Ok(woken)
}

/// Somebody asked these queues: their deployments are ready; which were not.
pub async fn set_ready_of_queues(tx: &mut Tx, queues: &[WorkQueueId], at: Timestamp) -> Result<Vec<DeploymentId>> {
    let update =
        sql("UPDATE deployment SET last_polled = ?, status = 'READY' WHERE status <> 'READY' AND work_queue_id IN ")
            .bind(at)
            .then(Sql::list(queues.iter().copied()))
            .text(" RETURNING id");
    tx.ids(update).await
}

/// Ready deployments that nobody asked for since `since`, neither by id nor through their queue, wait for
/// somebody now; which.
pub async fn set_not_ready(tx: &mut Tx, since: Timestamp) -> Result<Vec<DeploymentId>> {
    let update = sql("UPDATE deployment SET status = 'NOT_READY' WHERE status = 'READY'
                      AND (last_polled IS NULL OR last_polled < ?)
                      AND NOT EXISTS (SELECT 1 FROM work_queue WHERE work_queue.id = deployment.work_queue_id
                                      AND work_queue.last_polled >= ?) RETURNING id");
    tx.ids(update.bind(since).bind(since)).await
}
