//! A failed run is tried again as often as its flow allows.

use domain::Major;
use domain::flow_runs::RetryType;

use super::*;

/// Turns a failure into a wait for the next try. The process that failed goes on to wait and run again, so
/// workers must pass the run over meanwhile: that is what `in_process` says.
pub fn retry_failed(t: &mut FlowTransition) -> Ruling {
    let Some(initial) = t.between(&[StateType::Running], &[StateType::Failed]) else { return Ruling::Pass };
    // The run count includes the attempt that just failed.
    if t.policy.allowed_retries().is_none_or(|retries| t.run.run_count > retries) {
        if t.asked.major == Major::V3 {
            t.policy.retry_type = None;
        }
        return Ruling::Pass;
    }
    super::terminal::forget_pauses(t);
    t.policy.retry_type = Some(RetryType::InProcess);
    let due = t.asked.at.plus_seconds(t.policy.delay_seconds());
    let mut retry = StateCreate::new(StateType::Scheduled).named("AwaitingRetry").at(due);
    retry.message = t.proposed.message.take();
    retry.data = t.proposed.data.take();
    retry.state_details.deployment_concurrency_lease_id = initial.state_details.deployment_concurrency_lease_id;
    Ruling::replace(retry, "Retrying")
}
