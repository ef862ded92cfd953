//! Following a run's states to its end.

use std::time::Duration;

use client::flow_runs;
use domain::FlowRunId;
use domain::state::StateType;
use tokio::time::Instant;

use crate::cli::failure::Failure;
use crate::cli::output::{print_line, state};
use crate::cli::session::Session;

/// Prints each new state of the run until a final one, looking every `interval`. Passing troubles of
/// the connection are waited out. A final state other than COMPLETED is a failure, as is a run that
/// has not ended after `timeout`.
pub async fn follow(
    session: &Session,
    id: FlowRunId,
    interval: Duration,
    timeout: Option<Duration>,
) -> Result<(), Failure> {
    watch(session, id, interval, timeout, 0).await
}

/// The same from the state of that number on: those before it are of earlier tries.
pub async fn follow_after(session: &Session, id: FlowRunId, states: usize) -> Result<(), Failure> {
    watch(session, id, Duration::from_secs(1), None, states).await
}

async fn watch(
    session: &Session,
    id: FlowRunId,
    interval: Duration,
    timeout: Option<Duration>,
    mut printed: usize,
) -> Result<(), Failure> {
    let end = timeout.map(|timeout| Instant::now() + timeout);
    loop {
        let states = match flow_runs::states(&session.client, id).await {
            Ok(states) => states,
            Err(error) if error.is_transient() && printed > 0 => Vec::new(),
            Err(error) => return Err(error.into()),
        };
        for state_now in states.iter().skip(printed) {
            let message = state_now.message.as_deref().map(|text| format!(": {text}")).unwrap_or_default();
            print_line(&format!(
                "{}  {}{message}",
                state_now.timestamp,
                state(Some(state_now.kind), Some(&state_now.name))
            ));
        }
        printed = printed.max(states.len());
        match states.last() {
            Some(last) if last.kind == StateType::Completed => return Ok(()),
            Some(last) if last.is_terminal() => {
                let what = format!("The flow run ended as {}.", state(Some(last.kind), Some(&last.name)));
                return Err(Failure::new(what).then(format!("reeve flow-run logs {id}")));
            }
            _ => {}
        }
        if end.is_some_and(|end| Instant::now() + interval > end) {
            return Err(Failure::new("The time to wait is over and the flow run has not ended."));
        }
        tokio::time::sleep(interval).await;
    }
}
