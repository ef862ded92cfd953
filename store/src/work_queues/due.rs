//! Runs of a queue that wait to be taken.

use std::collections::HashMap;

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
    tx.ids(query).await
}

/// How many runs of each of the queues are being started or run; queues without any are not in the answer. Workers
/// may take the slots of those that are being cancelled, agents may not.
pub async fn under_way(tx: &mut Tx, queues: &[WorkQueueId]) -> Result<HashMap<WorkQueueId, i64>> {
    if queues.is_empty() {
        return Ok(HashMap::new());
    }
    let query = sql("SELECT work_queue_id, count(*) FROM flow_run
                     WHERE state_type IN ('PENDING', 'RUNNING') AND work_queue_id IN ")
    .then(Sql::list(queues.iter().copied()))
    .text(" GROUP BY work_queue_id");
    let counts = tx.all::<(sqlx::types::Uuid, i64)>(query).await?;
    Ok(counts.into_iter().map(|(queue, count)| (WorkQueueId(queue), count)).collect())
}
