//! What becomes of a state that is proposed.

use super::*;

impl Book {
    /// One state for many runs, by servers that know the route.
    pub(super) fn set_states(&mut self, body: Value) -> Reply {
        let ids: Vec<FlowRunId> = from(body["flow_runs"]["id"]["any_"].clone());
        self.claimed_at_once.push(ids.len());
        if !self.takes_batches {
            return reply(404, &json!({ "detail": "Not Found" }));
        }
        let one = |id: &FlowRunId| {
            let result = self.set_state(*id, from(json!({ "state": body["state"], "force": false })));
            let mut answer = serde_json::to_value(result).expect("JSON");
            answer["flow_run_id"] = json!(id);
            answer
        };
        reply(200, &json!({ "results": ids.iter().map(one).collect::<Vec<_>>() }))
    }

    /// The rules of the real server that a worker can meet.
    pub(super) fn set_state(&mut self, id: FlowRunId, proposal: SetState) -> OrchestrationResult {
        let run = self.runs.get_mut(&id).expect("a run");
        let (from, to) = (run.state_type.expect("a state"), proposal.state.kind);
        let abort = |reason: &str| SetStateDetails::AbortDetails { reason: Some(reason.to_owned()) };
        let reject = || SetStateDetails::RejectDetails { reason: None };
        let unchanged =
            |status, details, run: &FlowRun| OrchestrationResult { state: run.state.clone(), status, details };
        let name = proposal.state.name.clone().unwrap_or_else(|| to.default_name().to_owned());
        let mut state = proposal.state;
        let mut status = SetStateStatus::Accept;
        if !proposal.force {
            if from.is_terminal() {
                return unchanged(SetStateStatus::Abort, abort("already ended"), run);
            }
            if from == StateType::Cancelling && to != StateType::Cancelled {
                return unchanged(SetStateStatus::Reject, reject(), run);
            }
            let renamed = from == StateType::Pending && run.state_name.as_deref() != Some(&name) && name != "Pending";
            if to == StateType::Pending && from != StateType::Scheduled && !renamed {
                return unchanged(SetStateStatus::Abort, abort("taken"), run);
            }
            let due = run.state.as_ref().and_then(|state| state.scheduled_time());
            if to == StateType::Running && due.is_some_and(|due| due > now()) {
                let details = SetStateDetails::WaitDetails { delay_seconds: 1, reason: None };
                return unchanged(SetStateStatus::Wait, details, run);
            }
            if to == StateType::Failed && run.empirical_policy.retries.is_some_and(|retries| run.run_count <= retries) {
                let delay = run.empirical_policy.retry_delay.unwrap_or(0);
                run.empirical_policy.retry_type = Some(RetryType::InProcess);
                state =
                    StateCreate::new(StateType::Scheduled).named("AwaitingRetry").at(now().plus_seconds(delay as f64));
                status = SetStateStatus::Reject;
            }
        }
        let details = if status == SetStateStatus::Accept { SetStateDetails::AcceptDetails } else { reject() };
        run.run_count += i64::from(state.kind == StateType::Running);
        state.state_details = StateDetails { flow_run_id: Some(id), ..state.state_details };
        let state = state.minted(StateId(Uuid::new_v4()), now());
        (run.state_type, run.state_name, run.state) = (Some(state.kind), Some(state.name.clone()), Some(state.clone()));
        run.next_scheduled_start_time = state.scheduled_time();
        self.history.push((id, state.clone()));
        OrchestrationResult { state: Some(state), status, details }
    }
}
