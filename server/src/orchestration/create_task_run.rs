//! A new task run, with its first state.

use domain::FlowRunId;
use domain::flows::Labels;
use domain::state::{StateCreate, StateType};
use domain::task_runs::{TaskRun, TaskRunCreate};
use serde_json::json;
use store::{Result, StoreError, Tx, flow_runs, task_runs};

use super::after_commit::AfterCommit;
use super::asked::Asked;
use super::run_name::run_name;
use super::{bookkeeping, result_data};
use crate::clock::new_id;

/// Stores the task run, PENDING unless `draft` says otherwise, or finds the one with the same (flow run,
/// task key, dynamic key): that is how a retried flow finds its earlier task runs. The stored one, and
/// whether it is new. The caller commits, then tells what is in `after`.
pub async fn create_task_run(
    tx: &mut Tx,
    asked: &Asked,
    mut draft: TaskRunCreate,
    after: &mut AfterCommit,
) -> Result<(TaskRun, bool)> {
    let first = draft.state.take().unwrap_or_else(|| StateCreate::new(StateType::Pending));
    let labels = labels(tx, draft.flow_run_id, draft.labels.take().unwrap_or_default()).await?;
    let mut run = blank(draft, labels);
    let (first, _) = result_data::split(first.minted(new_id(), asked.at));
    bookkeeping::enter_task_state(&mut run, first, asked.major);
    run.created = Some(asked.at);
    run.updated = Some(asked.at);
    if task_runs::insert(tx, &run, asked.at).await? {
        after.task_run(&run);
        run.estimate(Some(asked.at), asked.at);
        return Ok((run, true));
    }
    let stored = match run.flow_run_id {
        Some(flow_run) => task_runs::by_key(tx, flow_run, &run.task_key, &run.dynamic_key, asked.at).await?,
        None => None,
    };
    match stored {
        Some(stored) => Ok((stored, false)),
        None => Err(StoreError::Conflict(format!("task_run.id {} is taken", run.id))),
    }
}

/// Labels are inherited from the flow run; below the task run's own.
async fn labels(tx: &mut Tx, flow_run: Option<FlowRunId>, own: Labels) -> Result<Labels> {
    let Some(id) = flow_run else { return Ok(own) };
    let Some(mut labels) = flow_runs::labels(tx, id).await? else {
        return Err(StoreError::Conflict("task_run.flow_run_id names no flow run".to_owned()));
    };
    labels.insert("prefect.flow-run.id".to_owned(), json!(id));
    labels.extend(own);
    Ok(labels)
}

fn blank(draft: TaskRunCreate, labels: Labels) -> TaskRun {
    let id = draft.id.unwrap_or_else(new_id);
    TaskRun {
        id,
        created: None,
        updated: None,
        name: draft.name.filter(|name| !name.is_empty()).unwrap_or_else(|| run_name(id.0)),
        flow_run_id: draft.flow_run_id,
        task_key: draft.task_key,
        dynamic_key: draft.dynamic_key,
        cache_key: draft.cache_key,
        cache_expiration: draft.cache_expiration,
        task_version: draft.task_version,
        empirical_policy: draft.empirical_policy,
        tags: draft.tags,
        labels: Some(labels),
        state_id: None,
        task_inputs: draft.task_inputs,
        state_type: None,
        state_name: None,
        run_count: 0,
        flow_run_run_count: 0,
        expected_start_time: None,
        next_scheduled_start_time: None,
        start_time: None,
        end_time: None,
        total_run_time: 0.0,
        estimated_run_time: 0.0,
        estimated_start_time_delta: 0.0,
        state: None,
    }
}
