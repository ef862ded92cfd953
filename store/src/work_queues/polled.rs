//! What polling leaves behind: when a queue was asked last, and whether somebody still asks.

use super::*;

/// Somebody asked these queues for work: they are ready, unless they are paused. Which of them were not.
pub async fn set_polled(tx: &mut Tx, ids: &[WorkQueueId], at: Timestamp) -> Result<Vec<WorkQueueId>> {
    let ready = sql("UPDATE work_queue SET status = 'READY', updated = ? WHERE status = 'NOT_READY' AND id IN ")
        .bind(at)
        .then(Sql::list(ids.iter().copied()))
        .text(" RETURNING id");
    let woken = tx.ids(ready).await?;
    let polled =
        sql("UPDATE work_queue SET last_polled = ? WHERE id IN ").bind(at).then(Sql::list(ids.iter().copied()));
    tx.run(polled).await?;
    Ok(woken)
}

/// Ready queues that nobody asked since `since` wait for somebody now; which.
pub async fn set_not_ready(tx: &mut Tx, since: Timestamp, now: Timestamp) -> Result<Vec<WorkQueueId>> {
    let update = sql("UPDATE work_queue SET status = 'NOT_READY', updated = ?
                      WHERE status = 'READY' AND (last_polled IS NULL OR last_polled < ?) RETURNING id");
    tx.ids(update.bind(now).bind(since)).await
}

/// The pools of these queues, each once.
pub async fn pools_of(tx: &mut Tx, ids: &[WorkQueueId]) -> Result<Vec<WorkPoolId>> {
    let query = sql("SELECT DISTINCT work_pool_id FROM work_queue WHERE id IN ").then(Sql::list(ids.iter().copied()));
    tx.ids(query).await
}
