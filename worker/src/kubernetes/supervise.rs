//! Staying with a Job from its creation to its end.
//!
//! What is true is what the cluster lists; what is done follows from the verdict on it, over and over,
//! so that a message that comes twice or not at all changes nothing.

use std::sync::Arc;
use std::time::Duration;

use domain::Timestamp;
use domain::state::{StateCreate, StateType};
use futures::future::OptionFuture;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use super::board::{Board, View};
use super::end::Until;
use super::follow::{Reading, tail};
use super::jobs::{self, Place};
use super::reasons::{ExitKind, Problem, Verdict, warning_problem};
use super::timeline::{self, Moment};
use crate::backoff::persist;
use crate::output::{ERROR, WARNING};
use crate::render::KubernetesJob;
use crate::run::{Begin, Run};
use crate::settle::{Ending, is_left_behind};
use crate::submit::not_submitted;

/// A pod that starts quickly is not called pending.
const QUICK: Duration = Duration::from_secs(3);
/// A pod with a node and without a problem may take so many times as long to start: pulling a large
/// image is no failure.
const PULL_FACTOR: u32 = 10;
/// How often the cluster's events are asked why nothing happens …
const EVENTS: Duration = Duration::from_secs(10);
/// … when for the first time: a pod that starts as it should does so by then …
const FIRST_EVENTS: Duration = Duration::from_secs(5);
/// … and when there is no pod: a Job has its pod by then, if it can have one.
const NO_POD: Duration = Duration::from_millis(1500);
/// How long after the Job's creation an image may be unobtainable: Kubernetes has tried twice by then.
const PULL: Duration = Duration::from_secs(14);
/// How long something that is missing may be on its way.
const MISSING: Duration = Duration::from_secs(5);
/// How long the pod of a Job that has ended may take to say how.
const LAST_WORDS: Duration = Duration::from_secs(2);
/// How long a Job that seems to be gone is looked for.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// How long the end of a run that never started waits for its pod to be gone.
const TIDY: Duration = Duration::from_secs(3);
/// When nothing is due.
const NEVER: Duration = Duration::from_secs(86_400);

/// A Job in this worker's hands.
pub(crate) struct Supervision<'a> {
    pub(super) run: &'a Run,
    pub(super) job: &'a KubernetesJob,
    pub(super) place: Place<'a>,
    pub(super) board: Arc<Board>,
    pub(super) view: watch::Receiver<View>,
    pub(super) reading: Reading<'a>,
    /// The server has been told that a plain command runs.
    begun: bool,
    since: Instant,
    /// When the Job was seen to have ended.
    ended: Option<Instant>,
    /// The server has been told when the pod was scheduled and started.
    timeline_told: bool,
    pending: Pending,
}

/// What has been said about a pod that has not started.
struct Pending {
    proposed: bool,
    told: String,
    next_events: Instant,
    looked: bool,
    warning: Option<String>,
}

/// What follows from a verdict: look again at this time at the latest, or the end.
enum Step {
    Until(Instant),
    End(Ending),
}

impl<'a> Supervision<'a> {
    /// Supervision of a new Job; `view` is the board's of that name.
    pub(crate) fn new(
        run: &'a Run,
        job: &'a KubernetesJob,
        place: Place<'a>,
        board: Arc<Board>,
        view: watch::Receiver<View>,
    ) -> Self {
        let since = Instant::now();
        let pending = Pending {
            proposed: false,
            told: String::new(),
            next_events: since + FIRST_EVENTS,
            looked: false,
            warning: None,
        };
        let reading = Reading::new(None);
        let (begun, ended, timeline_told) = (false, None, false);
        Supervision { run, job, place, board, view, reading, begun, since, ended, timeline_told, pending }
    }

    /// The same for one that has been under way: whether RUNNING was reported, and up to where a plain
    /// command's log is stored.
    pub(crate) fn goes_on(mut self, begun: bool, logged: Option<Timestamp>) -> Self {
        self.begun = begun;
        self.timeline_told = begun;
        self.reading = Reading::new(logged);
        self
    }

    /// Until the Job has ended, the run is cancelled or the worker stops.
    pub(crate) async fn run(mut self) -> Ending {
        let run = self.run;
        loop {
            let view = self.view.borrow_and_update().clone();
            let look_again = match self.step(&view).await {
                Step::Until(at) => at,
                Step::End(ending) => return ending,
            };
            tokio::select! {
                // The board lives as long as the worker: this is never an error.
                _ = self.view.changed() => {}
                Some(()) = OptionFuture::from(self.reading.work()) => self.reading.is_done(),
                () = sleep_until(look_again) => {}
                () = run.cancelled.cancelled() => return self.cancel().await,
                () = run.worker.stop.cancelled(), if !run.worker.settings.run_once => return Ending::Detached,
                () = run.worker.abort.cancelled() => return Ending::Detached,
            }
        }
    }

    async fn step(&mut self, view: &View) -> Step {
        match view.verdict() {
            Verdict::Pending { text, problem } => self.pending(view, text, problem).await,
            Verdict::Running => self.running(view).await,
            Verdict::Succeeded | Verdict::Failed { .. } if !self.pod_has_spoken(view) => {
                Step::Until(self.since_end() + LAST_WORDS)
            }
            Verdict::Succeeded => Step::End(self.succeeded(view).await),
            Verdict::Failed { text, exit } => Step::End(self.failed(view, text, exit).await),
            Verdict::Deleted => self.deleted().await,
            // At once: an old Job controller has another pod running within a second.
            Verdict::PodLost(text) => Step::End(self.end(text, Until::Gone).await),
        }
    }

    /// False while what the Job's pod has to say about its end may be on its way: of two watches one is first.
    fn pod_has_spoken(&mut self, view: &View) -> bool {
        let pod = view.pods.last();
        pod.is_some_and(|pod| pod.exit.is_some() || pod.reason.is_some() || pod.gone)
            || self.since_end().elapsed() >= LAST_WORDS
    }

    fn since_end(&mut self) -> Instant {
        *self.ended.get_or_insert_with(Instant::now)
    }

    /// Says why the pod has not started, and gives it up when that will not or does not change.
    async fn pending(&mut self, view: &View, text: String, problem: Problem) -> Step {
        let now = Instant::now();
        if view.pods.is_empty() && !self.pending.looked {
            self.pending.next_events = self.since + NO_POD;
        }
        if problem == Problem::None && now >= self.pending.next_events {
            self.pending.looked = true;
            self.pending.next_events = now + EVENTS;
            let object = view.pods.last().map_or(self.place.name, |pod| pod.name.as_str());
            self.pending.warning = jobs::warning(self.place, object).await;
        }
        let (reason, problem) = match &self.pending.warning {
            Some(warning) if problem == Problem::None => (format!("{text} {warning}"), warning_problem(warning)),
            _ => (text, problem),
        };
        let patience = self.patience(view, problem);
        let passes = matches!(problem, Problem::None | Problem::MayPass);
        if problem == Problem::Final || (!passes && now >= self.since + patience) {
            return Step::End(self.give_up(reason).await);
        }
        if now >= self.since + patience {
            let seconds = patience.as_secs();
            return Step::End(self.give_up(format!("The pod did not start within {seconds} s. {reason}")).await);
        }
        if problem != Problem::None || now >= self.since + QUICK {
            self.tell(reason).await;
        }
        let quick = if now < self.since + QUICK { self.since + QUICK } else { now + NEVER };
        Step::Until((self.since + patience).min(self.pending.next_events).min(quick))
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

    /// The reason becomes the state's message the first time, and a line in the log whenever it changes:
    /// a second `InfrastructurePending` would be refused.
    async fn tell(&mut self, reason: String) {
        if reason == self.pending.told {
            return;
        }
        self.run.say(WARNING, reason.clone()).await;
        self.event("pod.pending", &reason);
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
        self.event("pod.failed", &reason);
        if let Err(why) = self.delete().await {
            tracing::warn!("{why}");
        }
        // Err means that the cluster takes its time; the reason is told without waiting for it.
        let _ = tokio::time::timeout(TIDY, self.wait(Until::Gone)).await;
        Ending::Over(reason)
    }

    /// Tells the server of something that happened now.
    pub(super) fn event(&mut self, what: &'static str, message: &str) {
        let view = self.view.borrow().clone();
        timeline::tell(self.run, self.place, &view, vec![Moment::new(what, self.run.worker.clock.now(), message)]);
    }

    /// Tells the server, once, how the pod came to start.
    async fn tell_timeline(&mut self, view: &View) {
        if !std::mem::replace(&mut self.timeline_told, true) {
            let moments = timeline::start(self.place, view).await;
            timeline::tell(self.run, self.place, view, moments);
        }
    }

    async fn running(&mut self, view: &View) -> Step {
        if !self.begin().await {
            self.end(String::new(), Until::Over).await;
            return Step::End(Ending::Superseded);
        }
        self.reading.start(self.run, self.job, self.place, view, &self.view);
        self.tell_timeline(view).await;
        match self.job.job_watch_timeout {
            Some(limit) if Instant::now() >= self.since + limit => {
                let seconds = limit.as_secs();
                let text = format!("The Job was still running after {seconds} s (job_watch_timeout_seconds).");
                self.run.say(ERROR, format!("{text} It is deleted.")).await;
                Step::End(self.end(text, Until::Over).await)
            }
            Some(limit) => Step::Until(self.since + limit),
            None => Step::Until(Instant::now() + NEVER),
        }
    }

    /// Reports RUNNING for a plain command, once. False when the server does not want it to run.
    async fn begin(&mut self) -> bool {
        if self.run.is_plain() && !self.begun {
            match self.run.begin().await {
                Ok(Begin::Yes) => self.begun = true,
                Ok(Begin::No) => return false,
                Err(trouble) => tracing::warn!("flow run {}: {trouble}", self.run.flow_run.name),
            }
        }
        true
    }

    async fn succeeded(&mut self, view: &View) -> Ending {
        if !self.begin().await {
            return Ending::Superseded;
        }
        self.reading.finish(self.run, self.job, self.place, view, &self.view).await;
        self.tell_timeline(view).await;
        if self.run.is_plain() {
            return Ending::Completed;
        }
        Ending::Over("The Kubernetes Job is complete, but the run never reported its end.".to_owned())
    }

    async fn failed(&mut self, view: &View, text: String, exit: ExitKind) -> Ending {
        let plain = self.run.is_plain();
        if plain && matches!(exit, ExitKind::Own(_)) && !self.begin().await {
            return Ending::Superseded;
        }
        self.reading.finish(self.run, self.job, self.place, view, &self.view).await;
        self.tell_timeline(view).await;
        self.event("pod.failed", &text);
        match exit {
            ExitKind::Own(_) if plain => Ending::Failed(text),
            ExitKind::Own(_) => {
                tail(self.run, self.place, view).await;
                let text = text.replacen("Command", "The flow's container", 1);
                Ending::Over(format!("{text} The run had not reported its end."))
            }
            ExitKind::Infrastructure => Ending::Over(text),
        }
    }

    /// The Job seems to be deleted: asks the cluster, which alone knows, and lets the pods have their
    /// last words, since Prefect code may still put the run back to be taken again.
    async fn deleted(&mut self) -> Step {
        let place = self.place;
        let asked = persist("read the Job", &self.run.worker.abort, || jobs::read(place)).await;
        match asked {
            Ok(Some(job)) => self.board.enter(&job),
            Ok(None) => self.board.strike(place.name),
            Err(trouble) => tracing::warn!("cannot read job {}: {trouble}", place.pid()),
        }
        let view = self.view.borrow_and_update().clone();
        if view.verdict() != Verdict::Deleted {
            return Step::Until(Instant::now() + LOOK_AGAIN);
        }
        self.wait(Until::Over).await;
        Step::End(Ending::Over("Kubernetes job was deleted.".to_owned()))
    }
}

/// The ending of a run whose Job could not be made.
pub(crate) async fn refused(run: &Run, why: impl std::fmt::Display) -> Ending {
    let text = not_submitted(why);
    run.say(ERROR, text.clone()).await;
    Ending::Over(text)
}

/// True when the last lines of the pod are worth keeping: the run has not said itself what happened.
pub(crate) async fn needs_last_words(run: &Run) -> bool {
    matches!(run.read().await, Ok(Some(found)) if is_left_behind(&found))
}
