//! Runs of a queue that wait to be taken.

use domain::FlowRunId;

use super::*;

/// At most `limit` runs of the queue that are due between `after` and `before`, the longest due first. Runs
/// that somebody is claiming at this moment are passed over, and those that retry within their own process.
pub async fn due_runs(
    tx: &mut Tx,
    queue: WorkQueueId,
    before: Option<Timestamp>,
    after: Option<Timestamp>,
    limit: i64,
) -> Result<Vec<FlowRunId>> {
    let retries = tx.json_text("flow_run.empirical_policy", "retry_type");
    let mut query = sql("SELECT flow_run.id FROM flow_run WHERE flow_run.work_queue_id = ?
                         AND flow_run.state_type = 'SCHEDULED' AND flow_run.next_scheduled_start_time IS NOT NULL")
    .bind(queue)
    .text(&format!(" AND coalesce({retries}, '') <> 'in_process'"));
    if let Some(before) = before {
        query = query.text(" AND flow_run.next_scheduled_start_time <= ?").bind(before);
    }
    if let Some(after) = after {
        query = query.text(" AND flow_run.next_scheduled_start_time >= ?").bind(after);
    }
    let query = query
        .text(" ORDER BY flow_run.next_scheduled_start_time, flow_run.id LIMIT ?")
        .bind(limit)
        .text(tx.for_update_skip_locked());
    Ok(tx.all::<(sqlx::types::Uuid,)>(query).await?.into_iter().map(|(id,)| FlowRunId(id)).collect())
}

/// How many runs of the queue are being started or run. Workers may take the slots of those that are being
/// cancelled, agents may not.
pub async fn under_way(tx: &mut Tx, queue: WorkQueueId) -> Result<i64> {
    let query = sql("SELECT count(*) FROM flow_run WHERE work_queue_id = ? AND state_type IN ('PENDING', 'RUNNING')");
    tx.count(query.bind(queue)).await
}
