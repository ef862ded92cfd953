//! Deleting flow runs with everything that is theirs.

use domain::FlowRunId;
use store::{Result, Tx, flow_runs, logs, task_runs};

use super::after_commit::AfterCommit;
use super::asked::Asked;
use super::deployment_slots;
use crate::app_state::AppState;

/// Deletes the runs with their states, task runs, inputs and logs; the ids of those that existed.
pub async fn delete_runs(app: &AppState, ids: &[FlowRunId]) -> Result<Vec<FlowRunId>> {
    let mut tx = app.store.write().await?;
    let mut after = AfterCommit::default();
    let deleted = delete_in(&mut tx, &Asked::by_server(app.clock.now()), ids, &mut after).await?;
    tx.commit().await?;
    after.tell(&app.live);
    Ok(deleted)
}

/// The same inside a transaction. The caller commits, then tells what is in `after`.
pub async fn delete_in(
    tx: &mut Tx,
    asked: &Asked,
    ids: &[FlowRunId],
    after: &mut AfterCommit,
) -> Result<Vec<FlowRunId>> {
    let mut deleted = Vec::with_capacity(ids.len());
    for run in flow_runs::by_ids(tx, ids, asked.at).await? {
        if flow_runs::delete(tx, run.id).await? {
            deployment_slots::release(tx, asked, &run, run.state.as_ref(), None).await?;
            logs::delete_of_flow_run(tx, run.id).await?;
            after.flow_run_changed(&run);
            deleted.push(run.id);
        }
    }
    if !deleted.is_empty() {
        task_runs::delete_of_flow_runs(tx, &deleted).await?;
    }
    Ok(deleted)
}
