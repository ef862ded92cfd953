//! A pod that has not started: why, and for how long that is borne.

use std::time::Duration;

use domain::state::{StateCreate, StateType};
use tokio::time::Instant;

use super::board::View;
use super::end::Until;
use super::jobs;
use super::reasons::{Problem, warning_problem};
use super::supervise::{Step, Supervision};
use crate::output::{ERROR, WARNING};
use crate::settle::Ending;

/// A pod that starts quickly is not called pending.
const QUICK: Duration = Duration::from_secs(3);
/// A pod with a node and without a problem may take so many times as long to start: pulling a large
/// image is no failure.
const PULL_FACTOR: u32 = 10;
/// When the cluster's events are asked for the first time why nothing happens: a pod that starts as it should does so
/// by then …
const FIRST_EVENTS: Duration = Duration::from_secs(5);
/// … and when there is no pod: a Job has its pod by then, if it can have one.
const NO_POD: Duration = Duration::from_millis(1500);
/// How long after the Job's creation an image may be unobtainable: Kubernetes has tried twice by then.
const PULL: Duration = Duration::from_secs(14);
/// How long something that is missing may be on its way.
const MISSING: Duration = Duration::from_secs(5);
/// Not sooner than this is the same looked at once more.
const AGAIN: Duration = Duration::from_secs(1);
/// How long the end of a run that never started waits for its pod to be gone.
const TIDY: Duration = Duration::from_secs(3);

/// What has been said about a pod that has not started.
pub(super) struct Pending {
    proposed: bool,
    told: String,
    next_events: Instant,
    looked: bool,
    warning: Option<String>,
}

impl Pending {
    /// Nothing has been said yet; the Job is that old.
    pub(super) fn since(since: Instant) -> Self {
        let next_events = since + FIRST_EVENTS;
        Pending { proposed: false, told: String::new(), next_events, looked: false, warning: None }
    }
}

/// How long whoever asked `passed` seconds after the beginning waits before asking again: the longer it takes, the
/// less is to be expected of the next moment.
fn pause(passed: Duration) -> Duration {
    (passed / 2).clamp(Duration::from_secs(10), Duration::from_secs(60))
}

/// When there may be something to do for a pod that has not started, at `now`: its Job is from `since` and is borne
/// for `patience`; the events are to be asked at `events`, if at all.
fn look_again(now: Instant, since: Instant, patience: Duration, events: Option<Instant>) -> Instant {
    let moments = [Some(since + patience), events, Some(since + QUICK)];
    moments.into_iter().flatten().filter(|at| *at > now).min().unwrap_or(now + AGAIN)
}

impl Supervision<'_> {
    /// Says why the pod has not started, and gives it up when that will not or does not change.
    pub(super) async fn pending(&mut self, view: &View, text: String, problem: Problem) -> Step {
        let now = Instant::now();
        if view.pods.is_empty() && !self.pending.looked {
            self.pending.next_events = self.since + NO_POD;
        }
        // Of a problem that the pod itself tells, the events say nothing more.
        let asks = problem == Problem::None;
        if asks && now >= self.pending.next_events {
            let object = view.pods.last().map_or(self.place.name, |pod| pod.name.as_str());
            self.pending.warning = jobs::warning(self.place, object).await;
            self.pending.looked = true;
            self.pending.next_events = Instant::now() + pause(self.since.elapsed());
        }
        let (reason, problem) = match &self.pending.warning {
            Some(warning) if problem == Problem::None => (format!("{text} {warning}"), warning_problem(warning)),
            _ => (text, problem),
        };
        let patience = self.patience(view, problem);
        let passes = matches!(problem, Problem::None | Problem::MayPass);
        if problem == Problem::Final || (!passes && now >= self.since + patience) {
            return Step::End(Box::pin(self.give_up(reason)).await);
        }
        if now >= self.since + patience {
            let seconds = patience.as_secs();
            let reason = format!("The pod did not start within {seconds} s. {reason}");
            return Step::End(Box::pin(self.give_up(reason)).await);
        }
        if problem != Problem::None || now >= self.since + QUICK {
            self.tell_once(reason).await;
        }
        let events = asks.then_some(self.pending.next_events);
        Step::Until(look_again(now, self.since, patience, events))
    }

    /// How long after the Job's creation a pod in that state is given up.
    fn patience(&self, view: &View, problem: Problem) -> Duration {
        let healthy = problem == Problem::None && view.pods.last().is_some_and(|pod| pod.node.is_some());
        match problem {
            Problem::Missing => MISSING.min(self.job.pod_watch_timeout),
            Problem::Unobtainable => PULL.min(self.job.pod_watch_timeout),
            _ if healthy => self.job.pod_watch_timeout * PULL_FACTOR,
            _ => self.job.pod_watch_timeout,
        }
    }

    /// Says what has not been said yet, in its turn: thousands may wait for the same node.
    async fn tell_once(&mut self, reason: String) {
        if reason != self.pending.told {
            let worker = self.run.worker.clone();
            // An error means that the worker has ended.
            let _turn = worker.beginning.acquire().await;
            Box::pin(self.tell(reason)).await;
        }
    }

    /// The reason becomes the state's message the first time, and a line in the log whenever it changes:
    /// a second `InfrastructurePending` would be refused.
    async fn tell(&mut self, reason: String) {
        self.run.say(WARNING, reason.clone()).await;
        self.event("pod.pending", &reason).await;
        if !self.pending.proposed && !self.begun {
            let state = StateCreate::new(StateType::Pending).named("InfrastructurePending").because(&reason);
            if let Err(trouble) = self.run.propose(state, false).await {
                tracing::debug!("flow run {}: {trouble}", self.run.flow_run.name);
            }
            self.pending.proposed = true;
        }
        self.pending.told = reason;
    }

    /// The pod has not started: its Job is deleted, so that kubelet does not go on trying, and the pod at
    /// once: nothing runs whose end would have to be waited for.
    async fn give_up(&mut self, reason: String) -> Ending {
        self.run.say(ERROR, format!("{reason} The Job is deleted.")).await;
        self.event("pod.failed", &reason).await;
        if let Err(why) = self.delete().await {
            tracing::warn!("{why}");
        }
        // Err means that the cluster takes its time; the reason is told without waiting for it.
        let _ = tokio::time::timeout(TIDY, self.wait(Until::Gone)).await;
        Ending::Over(reason)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_looks_without_a_pause() {
        let since = Instant::now();
        let after = |seconds: f64| since + Duration::from_secs_f64(seconds);
        let patience = Duration::from_secs(60);
        let look = |now: f64, events: Option<f64>| look_again(after(now), since, patience, events.map(after));
        assert_eq!(look(0.5, Some(5.0)), after(3.0));
        assert_eq!(look(3.0, Some(5.0)), after(5.0));
        assert_eq!(look(8.0, None), after(60.0), "a pod that says itself why it waits");
        assert_eq!(look(61.0, Some(5.0)), after(62.0), "whatever is past is not waited for");
    }
}
