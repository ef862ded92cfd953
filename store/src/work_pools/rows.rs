//! What the dashboard counts beside each pool, in one statement for all of them.

use std::collections::HashMap;

use super::*;

/// Numbers around a pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PoolCounts {
    /// Workers whose heartbeat is young.
    pub online_workers: i64,
    pub deployments: i64,
    /// Runs that are PENDING or RUNNING.
    pub active_runs: i64,
    /// Runs that are marked late.
    pub late_runs: i64,
}

row! {
    struct CountsRow {
        id: sqlx::types::Uuid,
        online_workers: i64,
        deployments: i64,
        active_runs: i64,
        late_runs: i64,
    }
}

/// The numbers of all pools, or of the one named. A worker is online while its last heartbeat is younger
/// than `beats` of its intervals, `interval` seconds where it did not tell.
pub async fn counts(
    tx: &mut Tx,
    only: Option<WorkPoolId>,
    beats: i64,
    interval: i64,
    now: Timestamp,
) -> Result<HashMap<WorkPoolId, PoolCounts>> {
    let in_queues = "FROM work_queue JOIN flow_run ON flow_run.work_queue_id = work_queue.id
                     WHERE work_queue.work_pool_id = work_pool.id AND flow_run.state_type";
    let mut query = sql("SELECT work_pool.id, (SELECT count(*) FROM worker WHERE worker.work_pool_id = work_pool.id AND ")
        .then(crate::workers::is_online(tx, beats, interval, now))
        .text(") AS online_workers, (SELECT count(*) FROM work_queue JOIN deployment
               ON deployment.work_queue_id = work_queue.id WHERE work_queue.work_pool_id = work_pool.id) AS deployments, ")
        .text(&format!("(SELECT count(*) {in_queues} IN ('PENDING', 'RUNNING')) AS active_runs, "))
        .text(&format!("(SELECT count(*) {in_queues} = 'SCHEDULED' AND flow_run.state_name = 'Late') AS late_runs "))
        .text("FROM work_pool");
    if let Some(id) = only {
        query = query.text(" WHERE work_pool.id = ?").bind(id);
    }
    let of_row = |row: CountsRow| {
        let counts = PoolCounts {
            online_workers: row.online_workers,
            deployments: row.deployments,
            active_runs: row.active_runs,
            late_runs: row.late_runs,
        };
        (WorkPoolId(row.id), counts)
    };
    Ok(tx.all::<CountsRow>(query).await?.into_iter().map(of_row).collect())
}
