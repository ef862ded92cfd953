//! What the tests share: a server in memory, and a cluster in memory.
#![allow(dead_code, reason = "each test binary uses its part")]

pub mod cluster;
pub mod server;

use std::future::Future;
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use worker::{Settings, WorkerError};

/// Waits until `what` is true, and fails the test when that takes more than 20 s.
pub async fn eventually<F: Future<Output = bool>>(message: &str, mut what: impl FnMut() -> F) {
    let started = Instant::now();
    while !what().await {
        assert!(started.elapsed() < Duration::from_secs(20), "still not so after 20 s: {message}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// A worker under test; dropping it leaves it running, [`Running::stop`] ends it.
pub struct Running {
    pub stop: CancellationToken,
    pub abort: CancellationToken,
    ended: tokio::task::JoinHandle<Result<(), WorkerError>>,
}

impl Running {
    /// Starts a worker with `settings` against `server`.
    pub fn start(mut settings: Settings, server: &server::Server) -> Self {
        let (stop, abort) = (CancellationToken::new(), CancellationToken::new());
        settings.abort = abort.clone();
        let client = client::Client::new(server.clone());
        let tracker = TaskTracker::new();
        let ended = tracker.spawn(worker::start(settings, client, stop.clone()));
        Running { stop, abort, ended }
    }

    /// Tells the worker to stop and waits until it has.
    pub async fn stop(self) -> Result<(), WorkerError> {
        self.stop.cancel();
        self.end().await
    }

    /// Waits for the worker's own end.
    pub async fn end(self) -> Result<(), WorkerError> {
        let ended = tokio::time::timeout(Duration::from_secs(30), self.ended).await;
        ended.expect("the worker ends in 30 s").expect("the worker does not panic")
    }
}

/// The environment a shell needs.
pub fn environment() -> Vec<(String, String)> {
    vec![("PATH".to_owned(), "/usr/local/bin:/usr/bin:/bin".to_owned()), ("HOME".to_owned(), "/tmp".to_owned())]
}
