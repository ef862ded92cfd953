//! Deleting flow runs with everything that is theirs.

use domain::FlowRunId;
use store::{Result, Tx, flow_runs, logs, task_runs};

use super::asked::Asked;
use super::deployment_slots;
use crate::app_state::AppState;

/// Deletes the runs with their states, task runs, inputs and logs; the ids of those that existed.
pub async fn delete_runs(app: &AppState, ids: &[FlowRunId]) -> Result<Vec<FlowRunId>> {
    let mut tx = app.store.write().await?;
    let deleted = delete_in(&mut tx, &Asked::by_server(app.clock.now()), ids).await?;
    tx.commit().await?;
    deleted.iter().for_each(|&id| app.live.flow_run_changed(id, None));
    Ok(deleted)
}

/// The same inside a transaction; the caller commits and tells.
pub async fn delete_in(tx: &mut Tx, asked: &Asked, ids: &[FlowRunId]) -> Result<Vec<FlowRunId>> {
    let mut deleted = Vec::with_capacity(ids.len());
    for run in flow_runs::by_ids(tx, ids, asked.at).await? {
        if flow_runs::delete(tx, run.id).await? {
            deployment_slots::release(tx, asked, &run, run.state.as_ref(), None).await?;
            logs::delete_of_flow_run(tx, run.id).await?;
            deleted.push(run.id);
        }
    }
    if !deleted.is_empty() {
        task_runs::delete_of_flow_runs(tx, &deleted).await?;
    }
    Ok(deleted)
}
