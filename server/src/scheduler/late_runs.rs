//! Marks runs Late that are past due and that nobody has taken.

use domain::Moment;
use domain::state::{StateCreate, StateType};
use store::flow_runs::overdue;

use super::ROUND;
use super::step::step;
use crate::app_state::AppState;
use crate::orchestration::flow_rules::FlowPolicy;

/// One round; how many runs were marked. A Late run keeps the time at which it was due, though not the
/// offset of its schedule.
pub async fn tick(app: AppState) -> store::Result<usize> {
    let now = app.clock.now();
    let due = now.plus_seconds(-app.policy.late_after.as_secs_f64());
    let late = overdue::late(&mut app.store.read().await?, due, ROUND, now).await?;
    let mut marked = 0;
    for run in late {
        let mut state = StateCreate::new(StateType::Scheduled).named("Late");
        state.state_details.scheduled_time = run.next_scheduled_start_time.map(Moment::from);
        marked += usize::from(step(&app, &run, state, FlowPolicy::MarkLate).await?);
    }
    Ok(marked)
}
