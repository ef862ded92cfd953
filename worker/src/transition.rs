//! Proposing states, so that a lost answer does no harm.

use std::time::Duration;

use client::Client;
use domain::FlowRunId;
use domain::state::{OrchestrationResult, SetStateDetails, SetStateStatus, State, StateCreate};
use tokio_util::sync::CancellationToken;

use crate::backoff::persist;
use crate::error::Trouble;

/// What the server made of a proposal.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Answer {
    /// The run is in the proposed state.
    Accepted,
    /// The run is in this state instead: another one chosen by the server, or the one it was in.
    Rejected(Option<Box<State>>),
    /// Nothing changed, and the caller has no business with the run. With the server's reason.
    Aborted(String),
    /// Ask again after this time.
    Wait(Duration),
}

/// Proposes `state`, again and again while the server cannot be reached and `quit` has not fired. Every
/// try carries the same transition id, so the server takes a repetition for what it is; the state may bring it.
pub(crate) async fn propose(
    client: &Client,
    run: FlowRunId,
    mut state: StateCreate,
    force: bool,
    quit: &CancellationToken,
) -> Result<Answer, Trouble> {
    let transition = *state.state_details.transition_id.get_or_insert_with(uuid::Uuid::new_v4);
    let what = format!("propose {} for flow run {run}", state.kind.as_str());
    let result = persist(&what, quit, || async {
        client::flow_runs::set_state(client, run, state.clone(), force).await.map_err(Trouble::from)
    });
    Ok(answer(result.await?, transition))
}

/// What the result of the proposal with that transition id means.
pub(crate) fn answer(result: OrchestrationResult, transition: uuid::Uuid) -> Answer {
    let reason = |reason: Option<String>| reason.unwrap_or_else(|| "the server gave no reason".to_owned());
    match (result.status, result.details) {
        (SetStateStatus::Accept, _) => Answer::Accepted,
        // Our own proposal came twice because its first answer was lost.
        (SetStateStatus::Reject, _) if made(&result.state, transition) => Answer::Accepted,
        (SetStateStatus::Reject, _) => Answer::Rejected(result.state.map(Box::new)),
        (SetStateStatus::Wait, SetStateDetails::WaitDetails { delay_seconds, .. }) => {
            Answer::Wait(Duration::from_secs(delay_seconds.clamp(1, 3600).unsigned_abs()))
        }
        (SetStateStatus::Wait, _) => Answer::Wait(Duration::from_secs(1)),
        (SetStateStatus::Abort, SetStateDetails::AbortDetails { reason: why }) => Answer::Aborted(reason(why)),
        (SetStateStatus::Abort, _) => Answer::Aborted(reason(None)),
    }
}

fn made(state: &Option<State>, transition: uuid::Uuid) -> bool {
    state.as_ref().is_some_and(|state| state.state_details.transition_id == Some(transition))
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Timestamp;
    use domain::id::StateId;
    use domain::state::StateType;

    fn result(status: SetStateStatus, details: SetStateDetails, transition: Option<u128>) -> OrchestrationResult {
        let mut proposed = StateCreate::new(StateType::Pending);
        proposed.state_details.transition_id = transition.map(uuid::Uuid::from_u128);
        let state = proposed.minted(StateId(uuid::Uuid::nil()), Timestamp::from_micros(0));
        OrchestrationResult { state: Some(state), status, details }
    }

    #[test]
    fn answers_are_told_apart() {
        let ours = uuid::Uuid::from_u128(1);
        let rejected = || SetStateDetails::RejectDetails { reason: None };
        let abort = SetStateDetails::AbortDetails { reason: Some("taken".into()) };
        let wait = SetStateDetails::WaitDetails { delay_seconds: 0, reason: None };
        let accept = result(SetStateStatus::Accept, SetStateDetails::AcceptDetails, None);
        assert_eq!(answer(accept, ours), Answer::Accepted);
        assert_eq!(answer(result(SetStateStatus::Reject, rejected(), Some(1)), ours), Answer::Accepted);
        assert!(matches!(answer(result(SetStateStatus::Reject, rejected(), Some(2)), ours), Answer::Rejected(Some(_))));
        assert_eq!(answer(result(SetStateStatus::Abort, abort, None), ours), Answer::Aborted("taken".into()));
        assert_eq!(answer(result(SetStateStatus::Wait, wait, None), ours), Answer::Wait(Duration::from_secs(1)));
    }
}
