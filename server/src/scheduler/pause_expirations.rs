//! Fails runs that were paused and not resumed in time.

use domain::state::{StateCreate, StateType};
use domain::{Moment, Timestamp};
use domain::flow_runs::FlowRun;
use store::flow_runs::overdue;

use super::ROUND;
use crate::app_state::AppState;
use crate::orchestration::Asked;
use crate::orchestration::flow_rules::FlowPolicy;
use crate::orchestration::set_state::set_state;

/// One round; how many runs were failed.
pub async fn tick(app: AppState) -> store::Result<usize> {
    let now = app.clock.now();
    let paused = overdue::paused(&mut app.store.read().await?, ROUND, now).await?;
    let mut failed = 0;
    for run in paused.into_iter().filter(|run| is_over(run, now)) {
        let state = StateCreate::new(StateType::Failed).because("The flow was paused and never resumed.");
        let decision = set_state(&app, &Asked::by_server(now), run.id, state, FlowPolicy::Minimal).await?;
        failed += usize::from(decision.is_some_and(|decision| decision.is_new));
    }
    Ok(failed)
}

fn is_over(run: &FlowRun, now: Timestamp) -> bool {
    let until = run.state.as_ref().and_then(|state| state.state_details.pause_timeout).map(Moment::timestamp);
    until.is_some_and(|until| until < now)
}
