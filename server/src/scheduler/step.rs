//! A state that a loop gives a run, unless the run has moved on since the loop looked at it.

use domain::flow_runs::FlowRun;
use domain::state::StateCreate;
use store::flow_runs;

use crate::app_state::AppState;
use crate::orchestration::flow_rules::FlowPolicy;
use crate::orchestration::set_state::propose;
use crate::orchestration::{AfterCommit, Asked};

/// Proposes `state` for the run as it was seen; whether the run has a new state now. A run that was started,
/// resumed or ended in between is left alone.
pub async fn step(app: &AppState, seen: &FlowRun, state: StateCreate, policy: FlowPolicy) -> store::Result<bool> {
    let asked = Asked::by_server(app.clock.now());
    let mut tx = app.store.write().await?;
    let run = flow_runs::by_id_locked(&mut tx, seen.id, asked.at).await?;
    let Some(run) = run.filter(|run| run.state_id == seen.state_id) else { return Ok(false) };
    let mut after = AfterCommit::default();
    let decision = propose(&mut tx, &asked, run, state, policy, &mut after).await?;
    tx.commit().await?;
    after.tell(&app.live);
    Ok(decision.is_new)
}
