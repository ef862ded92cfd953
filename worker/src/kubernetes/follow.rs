//! What the pods print: shown by the worker, or stored as the run's log.

use std::collections::HashSet;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use domain::Timestamp;
use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::api::LogParams;
use tokio::io::AsyncWriteExt;
use tokio::sync::watch;

use super::board::View;
use super::facts::PodFacts;
use super::jobs::Place;
use super::keeper::{self, Keeper};
use super::logs::PodLog;
use super::supervise::needs_last_words;
use crate::output::{ERROR, FLOW_RUNS, WARNING, WORKER, level_of};
use crate::render::KubernetesJob;
use crate::run::Run;

/// How long the log of a container that has ended may take to be read.
const LOG_END: Duration = Duration::from_secs(60);
/// Lines of a crashed flow that go into the run's log.
const TAIL: i64 = 50;

/// Pods whose log has been read, and the work of reading the present one.
pub(crate) struct Reading<'a> {
    read: HashSet<String>,
    work: Option<Pin<Box<dyn Future<Output = ()> + Send + 'a>>>,
    /// Lines up to this time are in the run's log already: another worker put them there.
    logged: Option<Timestamp>,
}

impl<'a> Reading<'a> {
    pub(crate) fn new(logged: Option<Timestamp>) -> Self {
        Reading { read: HashSet::new(), work: None, logged }
    }

    /// The reading that goes on, to be waited for beside other things.
    pub(crate) fn work(&mut self) -> Option<&mut Pin<Box<dyn Future<Output = ()> + Send + 'a>>> {
        self.work.as_mut()
    }

    /// To be called when [`Reading::work`] has ended.
    pub(crate) fn is_done(&mut self) {
        self.work = None;
    }

    /// Begins with the next pod that has started, unless one is being read.
    pub(crate) fn start(
        &mut self,
        run: &'a Run,
        job: &KubernetesJob,
        place: Place<'_>,
        view: &View,
        follow: &watch::Receiver<View>,
    ) {
        if self.work.is_some() || !(run.is_plain() || job.stream_output) {
            return;
        }
        let next = view.pods.iter().find(|pod| pod.started && !pod.gone && !self.read.contains(&pod.name));
        if let Some(pod) = next {
            self.read.insert(pod.name.clone());
            self.work = Some(Box::pin(read(run, pod_log(place, pod, self.logged, follow.clone()))));
        }
    }

    /// Reads to the end what the pods have printed, within reason.
    pub(crate) async fn finish(
        &mut self,
        run: &'a Run,
        job: &KubernetesJob,
        place: Place<'_>,
        view: &View,
        follow: &watch::Receiver<View>,
    ) {
        let all = async {
            loop {
                self.start(run, job, place, view, follow);
                match self.work.as_mut() {
                    Some(work) => work.await,
                    None => return,
                }
                self.work = None;
            }
        };
        if tokio::time::timeout(LOG_END, all).await.is_err() {
            run.say(WARNING, "The end of the container's output could not be read.").await;
            self.work = None;
        }
    }

    /// Waits for something else and goes on reading meanwhile.
    pub(crate) async fn along<T>(&mut self, other: impl Future<Output = T>) -> T {
        tokio::pin!(other);
        loop {
            match self.work.as_mut() {
                None => return other.await,
                Some(work) => tokio::select! {
                    value = &mut other => return value,
                    () = work => self.work = None,
                },
            }
        }
    }
}

/// Puts the last lines of a flow that died without a word into the run's log.
pub(crate) async fn tail(run: &Run, place: Place<'_>, view: &View) {
    let Some(pod) = view.pods.last().filter(|pod| !pod.gone) else { return };
    if !needs_last_words(run).await {
        return;
    }
    let last = LogParams {
        container: Some(pod.container.clone()),
        tail_lines: Some(TAIL),
        limit_bytes: Some(1 << 20),
        ..LogParams::default()
    };
    match pods(place).logs(&pod.name, &last).await {
        Ok(text) => {
            for line in text.lines() {
                run.log.write(WORKER, ERROR, line.replace('\0', "\u{FFFD}"), None).await;
            }
        }
        Err(error) => tracing::debug!("cannot read the last lines of pod {}: {error}", pod.name),
    }
}

fn pods(place: Place<'_>) -> Api<Pod> {
    Api::namespaced(place.cluster.client.clone(), place.namespace)
}

fn pod_log(place: Place<'_>, pod: &PodFacts, logged: Option<Timestamp>, view: watch::Receiver<View>) -> PodLog {
    PodLog {
        pods: pods(place),
        pod: pod.name.clone(),
        container: pod.container.clone(),
        after: logged,
        same: usize::MAX,
        view,
    }
}

/// A plain command's lines are the run's log. Prefect code sends its own log: what its container prints is kept beside
/// that, for a client that dies has said on its last lines what it could not send any more.
async fn read(run: &Run, mut log: PodLog) {
    let ended = if run.is_plain() {
        log.follow(async |at, _, line: String| run.log.write(FLOW_RUNS, level_of(&line), line, Some(at)).await).await
    } else {
        let keeper = Keeper::new(run, &log.pod);
        if let Some(end) = keeper.end().await {
            (log.after, log.same) = (Some(end.at), usize::try_from(end.nth).map_or(usize::MAX, |nth| nth + 1));
        }
        let (to, lines) = keeper::channel();
        let read = async move {
            let take = async |at, nth: usize, line: String| {
                let mut terminal = tokio::io::stdout();
                // The worker's own output may be closed; the run goes on.
                let _ = terminal.write_all(format!("{line}\n").as_bytes()).await;
                let _ = terminal.flush().await;
                to.put(at, nth, line).await;
            };
            log.follow(take).await
        };
        tokio::join!(read, keeper.keep(lines)).0
    };
    if let Err(trouble) = ended {
        let message = format!("Lines of the container's output may be missing: {trouble}");
        if run.is_plain() { run.say(WARNING, message).await } else { tracing::warn!("{message}") }
    }
}
