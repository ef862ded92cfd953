//! The settings in the form that the rules and the loops go by.

use crate::app_state::{ForemanPolicy, LoopsPolicy, Policy, SchedulerPolicy};
use crate::config::Config;

/// Takes them out of the configuration.
pub fn policy(config: &Config) -> Policy {
    Policy {
        auth_string: config.server_auth_string.as_ref().map(|secret| secret.0.clone()),
        scheduler: SchedulerPolicy {
            loop_interval: config.scheduler_loop.0,
            recent_interval: config.scheduler_recent_loop.0,
            max_runs: config.scheduler_max_runs.get() as usize,
            min_runs: config.scheduler_min_runs.get() as usize,
            max_scheduled_time: config.scheduler_max_scheduled_time.0,
            min_scheduled_time: config.scheduler_min_scheduled_time.0,
        },
        foreman: ForemanPolicy {
            inactivity_heartbeat_multiple: config.foreman_inactivity_heartbeat_multiple.get(),
            fallback_heartbeat_interval: config.foreman_fallback_heartbeat_interval.0,
            deployment_polled_within: config.foreman_deployment_last_polled_timeout.0,
            queue_polled_within: config.foreman_work_queue_last_polled_timeout.0,
        },
        loops: LoopsPolicy {
            plans_runs: config.scheduler_enabled,
            late_runs: config.late_runs_enabled.then_some(config.late_runs_loop.0),
            pause_expirations: config.pause_expirations_enabled.then_some(config.pause_expirations_loop.0),
            cancellation_cleanup: config.cancellation_cleanup_enabled.then_some(config.cancellation_cleanup_loop.0),
            foreman: config.foreman_enabled.then_some(config.foreman_loop.0),
        },
        late_after: config.late_runs_after.0,
        cancelling_timeout: config.runs_cancelling_timeout.0,
        dashboard_url: config.dashboard_url(config.server_port),
        claim_lease: config.runs_claim_lease.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Inputs, load_from};

    #[test]
    fn defaults_here_are_the_defaults_there() {
        let config = load_from(&Inputs::default()).expect("the defaults are right").config;
        assert_eq!(format!("{:?}", policy(&config)), format!("{:?}", Policy::default()));
    }
}
