//! Ends what belongs to cancelled runs, and cancellations that nobody finishes.
//!
//! Clients do not always report the end of a run that they cancel (Prefect 3.8's process worker kills the
//! process and often says nothing), so after a while the server says it.

use domain::state::{StateCreate, StateType};
use store::flow_runs::{self, overdue};

use super::ROUND;
use super::step::step;
use crate::app_state::AppState;
use crate::orchestration::Asked;
use crate::orchestration::flow_rules::FlowPolicy;
use crate::orchestration::set_task_state::set_task_state;
use crate::orchestration::task_rules::TaskPolicy;

/// Only what was cancelled in the last day is looked through, in seconds.
const A_DAY: f64 = 24.0 * 3600.0;

/// The message of what ends with its parent.
const WITH_THE_PARENT: &str = "The parent flow run was cancelled.";

/// One round; how many states were set.
pub async fn tick(app: AppState) -> store::Result<usize> {
    Ok(cancelling_for_too_long(&app).await? + tasks(&app).await? + subflows(&app).await?)
}

async fn cancelling_for_too_long(app: &AppState) -> store::Result<usize> {
    let now = app.clock.now();
    let since = now.plus_seconds(-app.policy.cancelling_timeout.as_secs_f64());
    let runs = overdue::cancelling(&mut app.store.read().await?, since, ROUND, now).await?;
    for run in &runs {
        let state = StateCreate::new(StateType::Cancelled)
            .because("Flow run cancellation timed out; marked this flow run as Cancelled.");
        step(app, run, state, FlowPolicy::Minimal).await?;
    }
    Ok(runs.len())
}

async fn tasks(app: &AppState) -> store::Result<usize> {
    let now = app.clock.now();
    let tasks = overdue::tasks_of_cancelled(&mut app.store.read().await?, now.plus_seconds(-A_DAY), ROUND).await?;
    for task in &tasks {
        let state = StateCreate::new(StateType::Cancelled).because(WITH_THE_PARENT);
        set_task_state(app, &Asked::by_server(now), *task, state, TaskPolicy::Minimal).await?;
    }
    Ok(tasks.len())
}

/// A subflow with a deployment runs somewhere of its own: whoever runs it must stop it first.
async fn subflows(app: &AppState) -> store::Result<usize> {
    let now = app.clock.now();
    let children =
        overdue::subflows_of_cancelled(&mut app.store.read().await?, now.plus_seconds(-A_DAY), ROUND).await?;
    for id in &children {
        let Some(run) = flow_runs::by_id(&mut app.store.read().await?, *id, now).await? else { continue };
        let kind = if run.deployment_id.is_some() { StateType::Cancelling } else { StateType::Cancelled };
        let state = StateCreate::new(kind).because(WITH_THE_PARENT);
        step(app, &run, state, FlowPolicy::Minimal).await?;
    }
    Ok(children.len())
}
