//! Staying with a Job from its creation to its end.
//!
//! What is true is what the cluster lists; what is done follows from the verdict on it, over and over,
//! so that a message that comes twice or not at all changes nothing.

use std::sync::Arc;
use std::time::Duration;

use domain::Timestamp;
use futures::future::OptionFuture;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use super::board::{Board, View};
use super::end::Until;
use super::follow::{Reading, tail};
use super::jobs::{self, Place};
use super::pending::Pending;
use super::reasons::{ExitKind, Verdict};
use super::timeline::{self, Moment};
use super::told;
use crate::backoff::persist;
use crate::output::ERROR;
use crate::render::KubernetesJob;
use crate::run::{Begin, Run};
use crate::settle::{Ending, is_left_behind};
use crate::submit::not_submitted;

/// How long the pod of a Job that has ended may take to say how.
const LAST_WORDS: Duration = Duration::from_secs(2);
/// How long a Job that seems to be gone is looked for.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
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
    pub(super) begun: bool,
    pub(super) since: Instant,
    /// When the Job was seen to have ended.
    ended: Option<Instant>,
    /// The server has been told when the pod was scheduled and started.
    timeline_told: bool,
    pub(super) pending: Pending,
}

/// What follows from a verdict: look again at this time at the latest, or the end.
pub(super) enum Step {
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
        let pending = Pending::since(since);
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
    pub(crate) async fn run(&mut self) -> Ending {
        let run = self.run;
        loop {
            // In a box, like all that does not go on for long: thousands wait below.
            let look_again = match Box::pin(self.look()).await {
                Step::Until(at) => at,
                Step::End(ending) => return ending,
            };
            tokio::select! {
                // The board lives as long as the worker: this is never an error.
                _ = self.view.changed() => {}
                Some(()) = OptionFuture::from(self.reading.work()) => self.reading.is_done(),
                () = sleep_until(look_again) => {}
                () = run.cancelled.cancelled() => return Box::pin(self.cancel()).await,
                () = run.worker.stop.cancelled(), if !run.worker.settings.run_once => return Ending::Detached,
                () = run.worker.abort.cancelled() => return Ending::Detached,
            }
        }
    }

    async fn look(&mut self) -> Step {
        let view = self.view.borrow_and_update().clone();
        self.step(&view).await
    }

    async fn step(&mut self, view: &View) -> Step {
        match view.verdict() {
            // In boxes of their own: what is not done now takes no memory.
            Verdict::Pending { text, problem } => Box::pin(self.pending(view, text, problem)).await,
            Verdict::Running => Box::pin(self.running(view)).await,
            Verdict::Succeeded | Verdict::Failed { .. } if !self.pod_has_spoken(view) => {
                Step::Until(self.since_end() + LAST_WORDS)
            }
            Verdict::Succeeded => Step::End(Box::pin(self.succeeded(view)).await),
            Verdict::Failed { text, exit } => Step::End(Box::pin(self.failed(view, text, exit)).await),
            Verdict::Deleted => Box::pin(self.deleted()).await,
            // At once: an old Job controller has another pod running within a second.
            Verdict::PodLost(text) => Step::End(Box::pin(self.end(text, Until::Gone)).await),
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

    /// Tells the server of something that happened now.
    pub(super) async fn event(&mut self, what: &'static str, message: &str) {
        let view = self.view.borrow().clone();
        timeline::tell(self.run, self.place, &view, vec![Moment::new(what, self.run.worker.clock.now(), message)])
            .await;
    }

    /// Tells the server, once, how the pod came to start.
    async fn tell_timeline(&mut self, view: &View) {
        if !std::mem::replace(&mut self.timeline_told, true) {
            let moments = timeline::start(self.place, view).await;
            timeline::tell(self.run, self.place, view, moments).await;
            told::pods(self.run, self.place, view);
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
        told::pods(self.run, self.place, view);
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
        self.event("pod.failed", &text).await;
        told::pods(self.run, self.place, view);
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
        // Sooner than the cluster does so, and for a Job that was deleted without its pods nobody else would.
        self.end_pods().await;
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
