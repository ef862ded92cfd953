//! A task run's next state: load, hear the rules, write, all in one transaction.

use domain::TaskRunId;
use domain::flow_runs::FlowRun;
use domain::state::{OrchestrationResult, State, StateCreate, StateType};
use domain::task_runs::TaskRun;
use store::{Result, Tx, flow_runs, task_run_states, task_runs};

use super::after_commit::AfterCommit;
use super::asked::Asked;
use super::ruling::Ruling;
use super::set_state::Decision;
use super::task_rules::{TaskPolicy, TaskTransition};
use super::{bookkeeping, result_data, task_slots};
use crate::app_state::AppState;
use crate::clock::{new_id, random};

/// Proposes a state for a task run; nothing when the task run does not exist.
pub async fn set_task_state(
    app: &AppState,
    asked: &Asked,
    id: TaskRunId,
    proposed: StateCreate,
    policy: TaskPolicy,
) -> Result<Option<Decision>> {
    let mut tx = app.store.write().await?;
    let mut after = AfterCommit::default();
    let Some(run) = task_runs::by_id_locked(&mut tx, id, asked.at).await? else { return Ok(None) };
    let decision = propose(&mut tx, asked, run, proposed, policy, &mut after).await?;
    if decision.is_new {
        tx.commit().await?;
        after.tell(&app.live);
    }
    Ok(Some(decision))
}

/// The same inside a transaction that holds the task run's lock. The caller commits, then tells what is in
/// `after`.
pub async fn propose(
    tx: &mut Tx,
    asked: &Asked,
    run: TaskRun,
    proposed: StateCreate,
    policy: TaskPolicy,
    after: &mut AfterCommit,
) -> Result<Decision> {
    let facts = Facts::read(tx, asked, &run, &proposed, policy).await?;
    let mut transition = TaskTransition {
        asked,
        run: &run,
        flow_run: facts.flow_run.as_ref(),
        cached: facts.cached.as_ref(),
        run_count: run.run_count,
        random: random(),
        proposed,
    };
    let mut ruling = transition.hear(policy);
    let (proposed, run_count) = (transition.proposed, transition.run_count);
    if ruling == Ruling::Pass && policy == TaskPolicy::Core && proposed.kind == StateType::Running {
        ruling = task_slots::take(tx, asked, &run).await?;
    }
    let (status, details) = ruling.answer();
    let next = match ruling {
        Ruling::Pass => proposed,
        Ruling::Replace { state, .. } => *state,
        Ruling::Keep { .. } | Ruling::Abort { .. } | Ruling::Wait { .. } => {
            return Ok(Decision { answer: OrchestrationResult { state: run.state, status, details }, is_new: false });
        }
    };
    let mut run = TaskRun { run_count, ..run };
    let state = commit(tx, asked, &mut run, facts.flow_run.as_ref(), next).await?;
    after.task_run(&run);
    Ok(Decision { answer: OrchestrationResult { state: Some(state), status, details }, is_new: true })
}

/// What rules need to know beside the task run itself; only read for a task that is to run.
struct Facts {
    flow_run: Option<FlowRun>,
    cached: Option<State>,
}

impl Facts {
    async fn read(
        tx: &mut Tx,
        asked: &Asked,
        run: &TaskRun,
        proposed: &StateCreate,
        policy: TaskPolicy,
    ) -> Result<Facts> {
        let mut facts = Facts { flow_run: None, cached: None };
        if proposed.kind != StateType::Running || policy == TaskPolicy::Minimal {
            return Ok(facts);
        }
        if let Some(flow_run) = run.flow_run_id {
            facts.flow_run = flow_runs::by_id(tx, flow_run, asked.at).await?;
        }
        let details = &proposed.state_details;
        if let (Some(key), false) = (&details.cache_key, details.refresh_cache == Some(true)) {
            facts.cached = task_run_states::cached(tx, key, asked.at).await?;
        }
        Ok(facts)
    }
}

async fn commit(
    tx: &mut Tx,
    asked: &Asked,
    run: &mut TaskRun,
    flow_run: Option<&FlowRun>,
    next: StateCreate,
) -> Result<State> {
    let (state, shown) = result_data::split(next.minted(new_id(), asked.at));
    bookkeeping::enter_task_state(run, state.clone(), asked.major);
    if let (StateType::Running, Some(flow_run)) = (state.kind, flow_run) {
        run.flow_run_run_count = flow_run.run_count;
    }
    task_runs::save_after_state(tx, run, asked.at).await?;
    if let Some(shown) = shown {
        result_data::show(tx, shown, run.flow_run_id, Some(run.id), asked.at).await?;
    }
    task_slots::release(tx, asked, run).await?;
    let state = run.state.clone().unwrap_or(state);
    if let (StateType::Completed, Some(key)) = (state.kind, &state.state_details.cache_key) {
        let expiration = state.state_details.cache_expiration.map(|at| at.timestamp());
        task_run_states::cache(tx, new_id(), key, expiration, state.id, asked.at).await?;
    }
    Ok(state)
}
