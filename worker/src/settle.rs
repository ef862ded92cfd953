//! Turns the end of a run's infrastructure into the run's state.

use std::time::Duration;

use domain::flow_runs::{FlowRun, RetryType};
use domain::state::{State, StateCreate, StateType};

use crate::error::Trouble;
use crate::run::Run;
use crate::transition::Answer;

/// How a run's infrastructure ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ending {
    /// A plain command succeeded.
    Completed,
    /// A plain command failed, for this reason.
    Failed(String),
    /// It is over. Prefect code has normally reported its end by now; if not, this is what happened.
    Over(String),
    /// The server's wish was carried out, and this is what was done: nothing runs any more.
    Cancelled(String),
    /// Nothing was started, because the server wants the run in another state.
    Superseded,
    /// It goes on without this worker, which is shutting down; another one will look after it.
    Detached,
}

/// What there is left to do with the run.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Next {
    Nothing,
    /// The server grants a plain command another try after this time.
    Again(Duration),
}

/// Reports `ending` as far as the run has not done so itself.
pub(crate) async fn settle(run: &Run, ending: Ending) -> Result<Next, Trouble> {
    // The log comes first: who sees the last state shall see all of the lines.
    run.log.flush().await;
    match ending {
        Ending::Completed => report(run, StateCreate::new(StateType::Completed)).await,
        Ending::Failed(reason) => report(run, StateCreate::new(StateType::Failed).because(reason)).await,
        Ending::Over(reason) => over(run, reason).await,
        Ending::Cancelled(how) => cancelled(run, how).await,
        Ending::Superseded => superseded(run).await,
        Ending::Detached => Ok(Next::Nothing),
    }
}

/// A plain command has ended by itself.
async fn report(run: &Run, state: StateCreate) -> Result<Next, Trouble> {
    let Some(found) = run.read().await? else { return Ok(Next::Nothing) };
    match found.state_type {
        // Somebody has closed the run by hand while the command was running.
        Some(kind) if kind.is_terminal() => return Ok(Next::Nothing),
        Some(StateType::Cancelling) => {
            return cancelled(run, "The command ended while the run was being cancelled.".to_owned()).await;
        }
        _ => {}
    }
    match run.propose(state, false).await? {
        Answer::Rejected(Some(state)) if state.kind == StateType::Cancelling => {
            cancelled(run, "The command ended while the run was being cancelled.".to_owned()).await
        }
        Answer::Rejected(Some(state)) if state.kind == StateType::Scheduled => Ok(Next::Again(until(run, &state))),
        _ => Ok(Next::Nothing),
    }
}

/// How long a SCHEDULED state has to wait.
fn until(run: &Run, state: &State) -> Duration {
    let seconds = state.scheduled_time().map_or(0.0, |at| at.seconds_since(run.worker.clock.now()));
    Duration::from_secs_f64(seconds.clamp(0.0, 366.0 * 86_400.0))
}

/// The infrastructure is gone; what does the server believe?
async fn over(run: &Run, reason: String) -> Result<Next, Trouble> {
    let Some(found) = run.read().await? else { return Ok(Next::Nothing) };
    match found.state_type {
        Some(StateType::Cancelling) => cancelled(run, reason).await,
        _ if !is_left_behind(&found) || !run.is_still_ours(&found) => Ok(Next::Nothing),
        _ => {
            tracing::warn!("flow run {} crashed: {reason}", run.flow_run.name);
            match run.propose(StateCreate::new(StateType::Crashed).because(&reason), false).await? {
                Answer::Rejected(Some(state)) if state.kind == StateType::Cancelling => cancelled(run, reason).await,
                _ => Ok(Next::Nothing),
            }
        }
    }
}

/// True when nobody will report an end for the run once its infrastructure is gone. A run that waits to
/// be taken by a worker (rescheduled, suspended) is in good hands; one that waits for a retry inside of
/// its own process is not.
pub(crate) fn is_left_behind(found: &FlowRun) -> bool {
    match found.state_type {
        Some(StateType::Pending | StateType::Running) => true,
        Some(StateType::Scheduled) => found.empirical_policy.retry_type == Some(RetryType::InProcess),
        Some(StateType::Paused) => !found.state.as_ref().is_some_and(|state| state.state_details.pause_reschedule),
        _ => false,
    }
}

/// Nothing runs any more and the server wanted it so. Forced, as both Prefect workers do: the promise
/// has been kept, no rule may undo it. To a dying engine the signal may have looked like a crash.
async fn cancelled(run: &Run, how: String) -> Result<Next, Trouble> {
    let Some(found) = run.read().await? else { return Ok(Next::Nothing) };
    let ended = found.state_type.is_some_and(StateType::is_terminal);
    if !ended || found.state_type == Some(StateType::Crashed) {
        run.propose(StateCreate::new(StateType::Cancelled).because(how), true).await?;
    }
    Ok(Next::Nothing)
}

/// Nothing was started. A run that is being cancelled gets its end from us, since nobody else has it.
async fn superseded(run: &Run) -> Result<Next, Trouble> {
    match run.read().await? {
        Some(FlowRun { state_type: Some(StateType::Cancelling), .. }) => {
            cancelled(run, "The run was cancelled before it had started.".to_owned()).await
        }
        _ => Ok(Next::Nothing),
    }
}
