//! Ending a Job, and making sure that it has ended.

use std::collections::HashSet;
use std::time::Duration;

use tokio::time::Instant;

use super::board::View;
use super::jobs::{self, GRACE_SECONDS};
use super::supervise::Supervision;
use crate::backoff::persist;
use crate::output::WARNING;
use crate::settle::Ending;

/// How long pods may take to end beyond their grace period.
const BEYOND: Duration = Duration::from_secs(30);

/// When a Job counts as ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Until {
    /// It is being deleted and no container of it runs any more.
    Over,
    /// Nothing is left of it: no pod can come to light that nobody knew of.
    Gone,
}

impl Until {
    fn holds(self, view: &View) -> bool {
        match self {
            Until::Over => view.is_over(),
            Until::Gone => view.is_empty(),
        }
    }
}

impl Supervision<'_> {
    /// Deletes the Job because of `text`, so that nothing runs on behind the run's back.
    pub(super) async fn end(&mut self, text: String, until: Until) -> Ending {
        if !text.is_empty() {
            self.event("pod.failed", &text).await;
        }
        if let Err(why) = self.delete().await {
            tracing::warn!("{why}");
        }
        self.wait(until).await;
        Ending::Over(text)
    }

    /// Deletes the Job because the server wants the run to end, and sees its pods end.
    pub(crate) async fn cancel(&mut self) -> Ending {
        let pid = self.place.pid();
        self.run.say(WARNING, format!("Job {pid} is being deleted: the run was cancelled.")).await;
        let started = Instant::now();
        if let Err(why) = self.delete().await {
            return Ending::Cancelled(why);
        }
        let over = self.wait(Until::Over).await;
        let seconds = started.elapsed().as_secs_f64();
        Ending::Cancelled(if over {
            format!("Job {pid} was deleted, and its pod had ended after {seconds:.1} s.")
        } else {
            format!("Job {pid} was deleted, but after {seconds:.0} s the cluster says that its pod still runs.")
        })
    }

    /// Asks the cluster to delete the Job. An error is a sentence for people.
    pub(super) async fn delete(&mut self) -> Result<(), String> {
        let place = self.place;
        match persist("delete the Job", &self.run.worker.abort, || jobs::delete(place, None)).await {
            Ok(true) => {
                self.end_pods().await;
                Ok(())
            }
            Ok(false) => {
                self.board.strike(place.name);
                Ok(())
            }
            Err(trouble) => {
                Err(format!("Job {} could not be deleted and may still be running: {trouble}", place.pid()))
            }
        }
    }

    /// Asks the pods to end: the cluster does so by itself, a second or two later.
    pub(super) async fn end_pods(&mut self) {
        let view = self.view.borrow().clone();
        for pod in view.pods.iter().filter(|pod| pod.started && !pod.gone && !pod.deleting && pod.exit.is_none()) {
            if let Err(trouble) = jobs::end_pod(self.place, &pod.name).await {
                tracing::debug!("pod {} is left to the cluster: {trouble}", pod.name);
            }
        }
    }

    /// True once the Job has ended; false when that takes too long. Pods that have not started get no
    /// time to: an old Job controller replaces a deleted pod even when its Job is on its way out, and
    /// kubelet would start the run a second time. Pods without a running container are cleared away, which
    /// old kubelets take up to a minute for.
    pub(super) async fn wait(&mut self, until: Until) -> bool {
        let grace = self.job.grace_seconds.unwrap_or(0).max(u64::from(GRACE_SECONDS));
        let deadline = Instant::now() + Duration::from_secs(grace) + BEYOND;
        let mut spared = self.view.borrow().spared();
        let mut cleared = HashSet::new();
        loop {
            let view = self.view.borrow_and_update().clone();
            if until.holds(&view) {
                return true;
            }
            for pod in view.pods.iter().filter(|pod| !pod.gone && (pod.exit.is_none() || pod.dead)) {
                let first = if pod.dead { cleared.insert(pod.name.clone()) } else { spared.insert(pod.name.clone()) };
                if first && let Err(trouble) = jobs::remove_pod(self.place, &pod.name).await {
                    tracing::debug!("pod {} takes its time: {trouble}", pod.name);
                }
            }
            let changed = tokio::time::timeout_at(deadline, self.view.changed());
            if !matches!(self.reading.along(changed).await, Ok(Ok(()))) {
                return false;
            }
        }
    }
}
