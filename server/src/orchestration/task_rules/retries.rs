//! A failed task is tried again as often as it allows.

use domain::Major;

use super::*;

/// Turns a failure into a wait for the next try.
pub fn retry_failed(t: &mut TaskTransition) -> Ruling {
    let failed = t.between(&[StateType::Running], &[StateType::Failed]).is_some();
    if !failed || t.proposed.state_details.retriable == Some(false) {
        return Ruling::Pass;
    }
    let policy = &t.run.empirical_policy;
    // The run count includes the attempt that just failed.
    if policy.allowed_retries().is_none_or(|retries| t.run.run_count > retries) {
        return Ruling::Pass;
    }
    let base = policy.delay_seconds(t.run.run_count);
    let delay = match policy.retry_jitter_factor {
        Some(factor) if factor > 0.0 && base > 0.0 => jittered(base, factor, t.random),
        _ => base,
    };
    let mut retry = StateCreate::new(StateType::Scheduled).named("AwaitingRetry").at(t.asked.at.plus_seconds(delay));
    retry.message = t.proposed.message.take();
    retry.data = t.proposed.data.take();
    if t.asked.major == Major::V3 && t.proposed.state_details.deferred == Some(true) {
        retry.state_details.deferred = Some(true);
    }
    Ruling::replace(retry, "Retrying")
}

/// A waiting time that is exponentially distributed around `average` and at most `1 + factor` times as
/// long. The lower bound is such that the average stays about the same. `random` is from 0 to 1.
pub fn jittered(average: f64, factor: f64, random: f64) -> f64 {
    let most = 1.0 + factor;
    let least = (2_f64.powf(most) / (2_f64.powf(most) - 1.0)).log2();
    let part_below = |multiple: f64| 1.0 - (-multiple).exp();
    let (low, high) = (part_below(least), part_below(most));
    let drawn = low + (high - low) * random.clamp(0.0, 1.0);
    -(1.0 - drawn).max(1e-10).ln() * average
}
