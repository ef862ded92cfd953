//! A new flow run, with its first state.

use domain::FlowId;
use domain::flow_runs::{FlowRun, FlowRunPolicy};
use domain::flows::Labels;
use domain::state::StateCreate;
use serde_json::{Map, json};
use store::flow_runs::{self, Surroundings};
use store::{Result, Tx};

use super::after_commit::AfterCommit;
use super::asked::Asked;
use super::run_name::run_name;
use super::{bookkeeping, flow_run_event, mirror, notification_policies, result_data};
use crate::clock::new_id;

/// A run with an id and a name of its own and nothing else; callers fill in what they know.
pub fn blank(flow_id: FlowId) -> FlowRun {
    let id = new_id();
    FlowRun {
        id,
        created: None,
        updated: None,
        name: run_name(id.0),
        flow_id,
        state_id: None,
        deployment_id: None,
        deployment_version: None,
        work_queue_id: None,
        work_queue_name: None,
        flow_version: None,
        parameters: Map::new(),
        idempotency_key: None,
        context: Map::new(),
        empirical_policy: FlowRunPolicy::default(),
        tags: Vec::new(),
        labels: Labels::new(),
        parent_task_run_id: None,
        state_type: None,
        state_name: None,
        run_count: 0,
        expected_start_time: None,
        next_scheduled_start_time: None,
        start_time: None,
        end_time: None,
        total_run_time: 0.0,
        estimated_run_time: 0.0,
        estimated_start_time_delta: 0.0,
        auto_scheduled: false,
        infrastructure_document_id: None,
        infrastructure_pid: None,
        created_by: None,
        work_pool_id: None,
        work_pool_name: None,
        state: None,
        job_variables: Some(Map::new()),
    }
}

/// Stores `run` in the state `first`, or finds the run of that flow with the same idempotency key. The
/// stored run, and whether it is new. The caller commits, then tells what is in `after`.
pub async fn create_run(
    tx: &mut Tx,
    asked: &Asked,
    mut run: FlowRun,
    first: StateCreate,
    after: &mut AfterCommit,
) -> Result<(FlowRun, bool)> {
    let around = flow_runs::surroundings(tx, &run).await?;
    run.labels = labels(&run, &around);
    let (first, _) = result_data::split(first.minted(new_id(), asked.at));
    bookkeeping::enter_flow_state(&mut run, first, asked.major);
    run.created = Some(asked.at);
    run.updated = Some(asked.at);
    if !flow_runs::insert(tx, &run, asked.at).await? {
        let key = run.idempotency_key.as_deref().unwrap_or_default();
        let stored = flow_runs::by_idempotency_key(tx, run.flow_id, key, asked.at).await?;
        return Ok((stored.unwrap_or(run), false));
    }
    if around.work_queue_name.is_some() {
        run.work_queue_name = around.work_queue_name.clone();
    }
    run.work_pool_id = around.work_pool_id;
    run.work_pool_name = around.work_pool_name.clone();
    run.estimate(Some(asked.at), asked.at);
    if let Some(state) = &run.state {
        mirror::to_wrapper_task_run(tx, asked, &run, state, after).await?;
        flow_run_event::emit(tx, asked, &run, &around, None, after).await?;
        notification_policies::queue(tx, &run, &around, asked.at).await?;
        after.flow_run(&run, state);
    }
    Ok((run, true))
}

/// Labels are inherited from the deployment, or from the flow when there is none; below the run's own.
pub fn labels(run: &FlowRun, around: &Surroundings) -> Labels {
    let mut labels =
        if run.deployment_id.is_some() { around.deployment_labels.clone() } else { around.flow_labels.clone() };
    labels.insert("prefect.flow.id".to_owned(), json!(run.flow_id));
    // The deployment may be gone, or never have been.
    if let Some(deployment) = run.deployment_id.filter(|_| around.deployment_name.is_some()) {
        labels.insert("prefect.deployment.id".to_owned(), json!(deployment));
    }
    labels.extend(run.labels.clone());
    labels
}
