//! Two watchers a namespace, however many runs there are: one for Jobs, one for pods.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::StreamExt;
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::Pod;
use kube::runtime::WatchStreamExt;
use kube::runtime::utils::Backoff as KubeBackoff;
use kube::runtime::watcher::{Config, Event, watcher};
use kube::{Api, Client, Resource};
use serde::de::DeserializeOwned;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::board::Board;
use crate::backoff::Backoff;

/// How often an API server that is gone is looked for at last: kube's half a minute is long for runs that
/// have ended meanwhile, and the worker asks but two questions for each namespace.
const LONGEST_PAUSE: Duration = Duration::from_secs(3);

/// How seldom the same trouble is said; one that is so long ago is over.
const TOLD: Duration = Duration::from_secs(60);

/// Starts both for the objects that `selector` fits, and gives the board they keep. They go on until
/// `stop`; `died` fires should one of them end before.
pub(crate) fn start(
    client: &Client,
    namespace: &str,
    selector: &str,
    tasks: &TaskTracker,
    stop: &CancellationToken,
    died: &CancellationToken,
) -> Arc<Board> {
    let board = Arc::new(Board::default());
    let jobs: Api<Job> = Api::namespaced(client.clone(), namespace);
    let pods: Api<Pod> = Api::namespaced(client.clone(), namespace);
    let place = format!("in namespace {namespace}");
    let (for_jobs, for_pods) = (board.clone(), board.clone());
    let end = End { stop: stop.clone(), died: died.clone() };
    tasks.spawn(follow(jobs, selector.to_owned(), format!("Jobs {place}"), end, move |event| for_jobs.take_job(event)));
    let end = End { stop: stop.clone(), died: died.clone() };
    tasks.spawn(follow(pods, selector.to_owned(), format!("pods {place}"), end, move |event| for_pods.take_pod(event)));
    board
}

/// Fires `died` when it is dropped by a watcher that nobody stopped: a panic must not leave a worker
/// behind that is blind.
struct End {
    stop: CancellationToken,
    died: CancellationToken,
}

impl Drop for End {
    fn drop(&mut self) {
        if !self.stop.is_cancelled() {
            self.died.cancel();
        }
    }
}

/// Lists, watches, lists again when the watch has expired, for ever. What cannot be reached is tried
/// again, later and later.
async fn follow<K>(api: Api<K>, selector: String, what: String, end: End, take: impl Fn(Event<K>))
where
    K: Resource + Clone + DeserializeOwned + Debug + Send + 'static,
{
    let config = Config { label_selector: Some(selector), ..Config::default() };
    let events = watcher(api, config).backoff(Pauses::new());
    tokio::pin!(events);
    let mut trouble = Trouble::default();
    loop {
        tokio::select! {
            event = events.next() => match event {
                Some(Ok(event)) => take(event),
                Some(Err(error)) => trouble.tell(format!("cannot watch {what}: {}", crate::error::chain(&error))),
                None => return,
            },
            () = end.stop.cancelled() => return,
        }
    }
}

/// What a watcher could not do last: said again every minute, however often it is tried.
#[derive(Default)]
struct Trouble {
    told: Option<(String, Instant)>,
}

impl Trouble {
    fn tell(&mut self, words: String) {
        let is_known = |(told, at): &(String, Instant)| *told == words && at.elapsed() < TOLD;
        if !self.told.as_ref().is_some_and(is_known) {
            tracing::warn!("{words}");
            self.told = Some((words, Instant::now()));
        }
    }
}

/// The pauses of a watcher that fails again and again; one that has worked for a while begins anew.
struct Pauses {
    backoff: Backoff,
    last: Instant,
}

impl Pauses {
    fn new() -> Self {
        Pauses { backoff: Backoff::up_to(LONGEST_PAUSE), last: Instant::now() }
    }
}

impl Iterator for Pauses {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        if self.last.elapsed() > TOLD {
            *self = Pauses::new();
        }
        self.last = Instant::now();
        Some(self.backoff.pause())
    }
}

impl KubeBackoff for Pauses {
    /// Nothing: the watcher says that it begins each time before it fails.
    fn reset(&mut self) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_watcher_that_fails_is_tried_less_and_less_often() {
        let mut pauses = Pauses::new();
        let mut longest = Duration::ZERO;
        for _ in 0..8 {
            longest = pauses.next().expect("a pause");
            pauses.reset();
        }
        assert!(longest > LONGEST_PAUSE / 2 && longest < LONGEST_PAUSE * 2, "{longest:?}");
    }
}
