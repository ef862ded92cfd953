//! A claim is a lease: a run that was claimed and never started goes back to Scheduled.

use domain::Moment;
use domain::state::{StateCreate, StateType};
use store::flow_runs::overdue;

use super::ROUND;
use crate::app_state::AppState;
use crate::orchestration::Asked;
use crate::orchestration::flow_rules::FlowPolicy;
use crate::orchestration::set_state::set_state;

/// One round; how many runs went back. They keep the time at which they were due.
pub async fn tick(app: AppState) -> store::Result<usize> {
    let now = app.clock.now();
    let lease = app.policy.claim_lease;
    let since = now.plus_seconds(-lease.as_secs_f64());
    let stuck = overdue::claimed(&mut app.store.read().await?, since, ROUND, now).await?;
    for run in &stuck {
        let mut state = StateCreate::new(StateType::Scheduled).because(format!(
            "The worker that claimed this run did not start it within {} s; it is free to be claimed again.",
            lease.as_secs()
        ));
        let due = run.state.as_ref().and_then(|state| state.state_details.scheduled_time);
        state.state_details.scheduled_time = due.or_else(|| run.expected_start_time.map(Moment::from));
        set_state(&app, &Asked::by_server(now), run.id, state, FlowPolicy::Minimal).await?;
    }
    Ok(stuck.len())
}
