//! A flow run's next state: load, hear the rules, write, all in one transaction.

use domain::FlowRunId;
use domain::flow_runs::FlowRun;
use domain::state::{OrchestrationResult, State, StateCreate};
use store::{Result, Tx, flow_runs};

use super::after_commit::AfterCommit;
use super::asked::Asked;
use super::flow_rules::{Afterwards, FlowPolicy, FlowTransition};
use super::ruling::Ruling;
use super::{bookkeeping, deployment_slots, flow_run_event, mirror, notification_policies, result_data};
use crate::app_state::AppState;
use crate::clock::new_id;

/// What became of a proposal.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    pub answer: OrchestrationResult,
    /// Whether a state was written: the proposed one, or the one that took its place.
    pub is_new: bool,
}

/// Proposes a state for a flow run; nothing when the run does not exist.
pub async fn set_state(
    app: &AppState,
    asked: &Asked,
    id: FlowRunId,
    proposed: StateCreate,
    policy: FlowPolicy,
) -> Result<Option<Decision>> {
    let mut tx = app.store.write().await?;
    let mut after = AfterCommit::default();
    let Some(run) = flow_runs::by_id_locked(&mut tx, id, asked.at).await? else { return Ok(None) };
    let kind = proposed.kind;
    let decision = propose(&mut tx, asked, run, proposed, policy, &mut after).await?;
    if decision.is_new {
        tx.commit().await?;
        after.tell(&app.live);
    }
    app.journal.proposal(id, kind, &decision.answer, asked.at);
    Ok(Some(decision))
}

/// Proposes a state for each of the runs that exist, in one transaction; what became of each.
pub async fn set_states(
    app: &AppState,
    asked: &Asked,
    mut ids: Vec<FlowRunId>,
    proposed: &StateCreate,
    policy: FlowPolicy,
) -> Result<Vec<(FlowRunId, Decision)>> {
    // Whoever locks several runs does so in this order, and before the limits of their deployments: those who
    // wait for a limit hold one run, and must not be waited for.
    ids.sort_unstable();
    let mut tx = app.store.write().await?;
    let mut runs = Vec::with_capacity(ids.len());
    for id in ids {
        runs.extend(flow_runs::by_id_locked(&mut tx, id, asked.at).await?);
    }
    runs.sort_by_key(|run| (run.deployment_id, run.id));
    let mut after = AfterCommit::default();
    let mut decided = Vec::with_capacity(runs.len());
    for run in runs {
        let id = run.id;
        decided.push((id, propose(&mut tx, asked, run, proposed.clone(), policy, &mut after).await?));
    }
    tx.commit().await?;
    after.tell(&app.live);
    for (id, decision) in &decided {
        app.journal.proposal(*id, proposed.kind, &decision.answer, asked.at);
    }
    Ok(decided)
}

/// The same inside a transaction that holds the run's lock. The caller commits, then tells what is in `after`.
pub async fn propose(
    tx: &mut Tx,
    asked: &Asked,
    run: FlowRun,
    proposed: StateCreate,
    policy: FlowPolicy,
    after: &mut AfterCommit,
) -> Result<Decision> {
    let mut transition = FlowTransition::new(asked, &run, proposed);
    let mut ruling = transition.hear(policy);
    let FlowTransition { mut proposed, policy: mut edited, afterwards, .. } = transition;
    if ruling == Ruling::Pass {
        ruling = match policy {
            FlowPolicy::Core => deployment_slots::secure(tx, asked, &run, &mut proposed).await?,
            FlowPolicy::MarkLate => deployment_slots::refuse_late(tx, asked, &run).await?,
            FlowPolicy::Minimal => Ruling::Pass,
        };
        if ruling != Ruling::Pass {
            // What the rules wrote for the proposed state is not meant for the one that takes its place.
            edited = run.empirical_policy.clone();
        }
    }
    let (status, details) = ruling.answer();
    let next = match ruling {
        Ruling::Pass => proposed,
        Ruling::Replace { state, .. } => *state,
        Ruling::Keep { .. } | Ruling::Abort { .. } | Ruling::Wait { .. } => {
            return Ok(Decision { answer: OrchestrationResult { state: run.state, status, details }, is_new: false });
        }
    };
    let mut run = FlowRun { empirical_policy: edited, ..run };
    let state = commit(tx, asked, &mut run, next, afterwards, after).await?;
    Ok(Decision { answer: OrchestrationResult { state: Some(state), status, details }, is_new: true })
}

/// Writes the state and all that follows from it.
async fn commit(
    tx: &mut Tx,
    asked: &Asked,
    run: &mut FlowRun,
    next: StateCreate,
    afterwards: Afterwards,
    after: &mut AfterCommit,
) -> Result<State> {
    let initial = run.state.clone();
    let (state, shown) = result_data::split(next.minted(new_id(), asked.at));
    bookkeeping::enter_flow_state(run, state.clone(), asked.major);
    match afterwards {
        Afterwards::Nothing => {}
        Afterwards::PauseFired(key) => run.empirical_policy.pause_keys.get_or_insert_default().push(key),
        Afterwards::Resuming => run.empirical_policy.resuming = Some(true),
    }
    let around = flow_runs::surroundings(tx, run).await?;
    flow_runs::save_after_state(tx, run, asked.at).await?;
    if let Some(shown) = shown {
        result_data::show(tx, shown, Some(run.id), None, asked.at).await?;
    }
    deployment_slots::release(tx, asked, run, initial.as_ref(), run.state.as_ref()).await?;
    let state = run.state.clone().unwrap_or(state);
    mirror::to_wrapper_task_run(tx, asked, run, &state, after).await?;
    flow_run_event::emit(tx, asked, run, &around, initial.as_ref(), after).await?;
    notification_policies::queue(tx, run, &around, asked.at).await?;
    after.flow_run(run, &state);
    Ok(state)
}
