//! Deleting flow runs with everything that is theirs.

use domain::FlowRunId;
use store::{Result, flow_runs, logs, task_runs};

use crate::app_state::AppState;

/// Deletes the runs with their states, task runs, inputs and logs; the ids of those that existed.
pub async fn delete_runs(app: &AppState, ids: &[FlowRunId]) -> Result<Vec<FlowRunId>> {
    let mut tx = app.store.write().await?;
    let mut deleted = Vec::with_capacity(ids.len());
    for &id in ids {
        if flow_runs::delete(&mut tx, id).await? {
            logs::delete_of_flow_run(&mut tx, id).await?;
            deleted.push(id);
        }
    }
    if !deleted.is_empty() {
        task_runs::delete_of_flow_runs(&mut tx, &deleted).await?;
    }
    tx.commit().await?;
    deleted.iter().for_each(|&id| app.live.flow_run_changed(id, None));
    Ok(deleted)
}
