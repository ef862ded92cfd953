//! Task runs in the background, which wait in table `task_run` for a task worker.

use domain::TaskRunId;

use crate::sql::{Sql, sql};
use crate::{Result, Tx};

/// Runs of these tasks that wait for a worker, the first due one first. Those that await a retry belong to
/// the worker that has them.
pub async fn waiting(tx: &mut Tx, task_keys: &[String], limit: i64) -> Result<Vec<TaskRunId>> {
    let deferred = tx.json_text("state.state_details", "deferred");
    let query = sql("SELECT task_run.id FROM task_run JOIN task_run_state AS state ON state.id = task_run.state_id
                     WHERE task_run.state_type = 'SCHEDULED' AND task_run.state_name <> 'AwaitingRetry'")
    .text(" AND (CAST(")
    .text(&deferred)
    .text(" AS text) IN ('1', 'true') OR (task_run.flow_run_id IS NULL AND ")
    .text(&deferred)
    .text(" IS NULL)) AND task_run.task_key IN ")
    .then(Sql::list(task_keys))
    .text(" ORDER BY task_run.next_scheduled_start_time, task_run.id LIMIT ?")
    .bind(limit);
    tx.ids(query).await
}

/// Those of the runs that are still scheduled.
pub async fn still_scheduled(tx: &mut Tx, ids: &[TaskRunId]) -> Result<Vec<TaskRunId>> {
    let query =
        sql("SELECT id FROM task_run WHERE state_type = 'SCHEDULED' AND id IN ").then(Sql::list(ids.iter().copied()));
    tx.ids(query).await
}
