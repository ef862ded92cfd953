//! Runs that wait for the server itself: late ones, pauses that are over, claims that led to nothing,
//! cancellations that nobody finished. Each answer is short; the loops come again.

use domain::flow_runs::FlowRun;
use domain::{FlowRunId, TaskRunId, Timestamp};

use super::where_;
use crate::sql::{Sql, sql};
use crate::{Result, Tx};

/// The types that end a run, as a list for `IN`.
const TERMINAL: &str = "('COMPLETED', 'FAILED', 'CANCELLED', 'CRASHED')";

/// Runs named Scheduled that fell due at `due` or before, the oldest first.
pub async fn late(tx: &mut Tx, due: Timestamp, limit: i64, now: Timestamp) -> Result<Vec<FlowRun>> {
    let condition = sql("flow_run.state_type = 'SCHEDULED' AND flow_run.state_name = 'Scheduled'
                         AND flow_run.next_scheduled_start_time <= ?")
    .bind(due);
    where_(tx, condition, "flow_run.next_scheduled_start_time", limit, now).await
}

/// Runs that are paused, the longest first. Whether a pause is over stands in the state's details.
pub async fn paused(tx: &mut Tx, limit: i64, now: Timestamp) -> Result<Vec<FlowRun>> {
    where_(tx, sql("flow_run.state_type = 'PAUSED'"), "flow_run.state_timestamp", limit, now).await
}

/// Runs that have been CANCELLING since `since` or longer.
pub async fn cancelling(tx: &mut Tx, since: Timestamp, limit: i64, now: Timestamp) -> Result<Vec<FlowRun>> {
    let condition = sql("flow_run.state_type = 'CANCELLING' AND flow_run.state_timestamp <= ?").bind(since);
    where_(tx, condition, "flow_run.state_timestamp", limit, now).await
}

/// Runs of a work pool that were claimed at `since` or before, and of which nothing was heard since: no
/// infrastructure was named and they never ran.
pub async fn claimed(tx: &mut Tx, since: Timestamp, limit: i64, now: Timestamp) -> Result<Vec<FlowRun>> {
    let condition = sql("flow_run.state_type = 'PENDING' AND flow_run.state_timestamp <= ?
                         AND flow_run.deployment_id IS NOT NULL AND flow_run.work_queue_id IS NOT NULL
                         AND flow_run.infrastructure_pid IS NULL AND flow_run.start_time IS NULL")
    .bind(since);
    where_(tx, condition, "flow_run.state_timestamp", limit, now).await
}

/// Unfinished task runs of flow runs that were cancelled after `after`.
pub async fn tasks_of_cancelled(tx: &mut Tx, after: Timestamp, limit: i64) -> Result<Vec<TaskRunId>> {
    let query = Sql::default()
        .text(
            "SELECT task_run.id FROM task_run JOIN flow_run ON flow_run.id = task_run.flow_run_id
             WHERE flow_run.state_type = 'CANCELLED' AND flow_run.end_time >= ? AND task_run.state_type NOT IN ",
        )
        .text(TERMINAL)
        .text(" LIMIT ?")
        .bind(after)
        .bind(limit);
    tx.ids(query).await
}

/// Unfinished subflow runs whose parent was cancelled after `after`.
pub async fn subflows_of_cancelled(tx: &mut Tx, after: Timestamp, limit: i64) -> Result<Vec<FlowRunId>> {
    let query = Sql::default()
        .text(
            "SELECT child.id FROM flow_run AS child
             JOIN task_run ON task_run.id = child.parent_task_run_id
             JOIN flow_run AS parent ON parent.id = task_run.flow_run_id
             WHERE parent.state_type = 'CANCELLED' AND parent.end_time >= ? AND child.state_type NOT IN ",
        )
        .text(TERMINAL)
        .text(" AND child.state_type <> 'CANCELLING' LIMIT ?")
        .bind(after)
        .bind(limit);
    tx.ids(query).await
}
