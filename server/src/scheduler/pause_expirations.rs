//! Fails runs that were paused and not resumed in time.

use domain::flow_runs::FlowRun;
use domain::state::{StateCreate, StateType};
use domain::{Moment, Timestamp};
use store::flow_runs::overdue;

use super::ROUND;
use super::step::step;
use crate::app_state::AppState;
use crate::orchestration::flow_rules::FlowPolicy;

/// One round; how many runs were failed.
pub async fn tick(app: AppState) -> store::Result<usize> {
    let now = app.clock.now();
    let paused = overdue::paused(&mut app.store.read().await?, ROUND, now).await?;
    let mut failed = 0;
    for run in paused.into_iter().filter(|run| is_over(run, now)) {
        let state = StateCreate::new(StateType::Failed).because("The flow was paused and never resumed.");
        failed += usize::from(step(&app, &run, state, FlowPolicy::Minimal).await?);
    }
    Ok(failed)
}

fn is_over(run: &FlowRun, now: Timestamp) -> bool {
    let until = run.state.as_ref().and_then(|state| state.state_details.pause_timeout).map(Moment::timestamp);
    until.is_some_and(|until| until < now)
}
