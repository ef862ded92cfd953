//! Subflows: the task run that wraps a flow run shows the state of that flow run.

use domain::flow_runs::FlowRun;
use domain::state::{State, StateCreate};
use store::{Result, Tx, task_runs};

use super::after_commit::AfterCommit;
use super::asked::Asked;
use super::set_task_state;
use super::task_rules::TaskPolicy;

/// Copies the state, under an id of its own, to the task run that started this run. Clients do not do it.
pub async fn to_wrapper_task_run(
    tx: &mut Tx,
    asked: &Asked,
    run: &FlowRun,
    state: &State,
    after: &mut AfterCommit,
) -> Result<()> {
    let Some(parent) = run.parent_task_run_id else { return Ok(()) };
    let Some(wrapper) = task_runs::by_id_locked(tx, parent, asked.at).await? else { return Ok(()) };
    let mut copy = StateCreate {
        name: Some(state.name.clone()),
        message: state.message.clone(),
        data: state.data.clone(),
        state_details: state.state_details.clone(),
        ..StateCreate::new(state.kind)
    };
    copy.state_details.child_flow_run_id = Some(run.id);
    Box::pin(set_task_state::propose(tx, asked, wrapper, copy, TaskPolicy::Minimal, after)).await.map(drop)
}
