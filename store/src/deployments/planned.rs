//! Runs of a deployment that nobody has begun.

use super::*;

/// Which of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Planned {
    /// Those that a schedule made and that are not due before the instant.
    AutomaticFrom(Timestamp),
    /// Those that a schedule made, due ones and late ones, too.
    Automatic,
    /// Those that people asked for, too.
    All,
}

/// Deletes planned runs of these deployments; how many. Runs that wait for a free slot stay: they had begun.
pub async fn delete_planned(tx: &mut Tx, ids: &[DeploymentId], which: Planned) -> Result<u64> {
    let mut delete = sql("DELETE FROM flow_run WHERE deployment_id IN ")
        .then(Sql::list(ids.iter().copied()))
        .text(" AND state_type = 'SCHEDULED' AND state_name <> 'AwaitingConcurrencySlot' AND run_count = 0");
    if which != Planned::All {
        delete = delete.text(" AND auto_scheduled");
    }
    if let Planned::AutomaticFrom(instant) = which {
        delete = delete.text(" AND next_scheduled_start_time >= ?").bind(instant);
    }
    tx.run(delete).await
}
