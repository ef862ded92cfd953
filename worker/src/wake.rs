//! Hearing at once when something changes in the pool.
//!
//! Reeve's server answers a long poll as soon as a run of the pool becomes due, changes or is to be
//! cancelled, and says what time it is. What is to be asked of the worker's cluster comes with the same answer. A
//! server that does not know that route (Prefect's own) is asked at intervals instead.

use std::sync::Arc;
use std::time::Duration;

use client::segment;
use domain::Timestamp;
use domain::dry_run::DryRunQuestion;
use serde::Deserialize;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::backoff::Backoff;
use crate::error::WorkerError;
use crate::{Infrastructure, Worker, kubernetes};

/// A bell that whoever follows it hears, however often it was rung in between.
pub(crate) struct Wake(watch::Sender<u64>);

impl Wake {
    pub(crate) fn new() -> Self {
        Wake(watch::Sender::new(0))
    }

    pub(crate) fn ring(&self) {
        self.0.send_modify(|rings| *rings = rings.wrapping_add(1));
    }

    pub(crate) fn follow(&self) -> watch::Receiver<u64> {
        self.0.subscribe()
    }
}

/// Answer of the long poll: a number that grows with every change, the server's time, and a question to the cluster.
#[derive(Deserialize)]
struct Seen {
    seen: i64,
    now: Option<Timestamp>,
    dry_run: Option<DryRunQuestion>,
}

/// How long the server may hold the answer back; below every common proxy's patience.
const HELD_SECONDS: u64 = 25;
/// Between two questions, so that a burst of changes becomes one.
const BETWEEN: Duration = Duration::from_millis(100);
/// How often a server without the route is asked whether it has been replaced by one that knows it.
const WITHOUT: Duration = Duration::from_secs(60);

/// Rings the bell whenever the server says that the pool has changed, until `done` fires.
pub(crate) async fn listen(worker: Arc<Worker>, done: CancellationToken) -> Result<(), WorkerError> {
    let mut seen = 0;
    let mut held_seconds = 0;
    let mut backoff = Backoff::new();
    let pool = segment(&worker.settings.pool);
    let has_cluster = matches!(worker.infrastructure, Infrastructure::Kubernetes(_));
    loop {
        let path = format!("/reeve/work_pools/{pool}/wait?seen={seen}&timeout={held_seconds}&dry_runs={has_cluster}");
        let answer = tokio::select! {
            answer = worker.client.get::<Seen>(&path) => answer,
            () = done.cancelled() => return Ok(()),
        };
        let pause = match answer {
            Ok(Some(answer)) => {
                backoff = Backoff::new();
                // The first question is answered at once: what time is it?
                held_seconds = HELD_SECONDS;
                answer.now.inspect(|now| worker.clock.compare(*now));
                if answer.seen != seen {
                    seen = answer.seen;
                    worker.wake.ring();
                }
                if let Some(question) = answer.dry_run {
                    worker.tracker.spawn(kubernetes::dry_run(worker.clone(), question));
                }
                BETWEEN
            }
            Ok(None) => WITHOUT,
            Err(error) if error.status().is_some_and(|status| status < 500 && status != 429) => WITHOUT,
            Err(_) => backoff.pause(),
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = done.cancelled() => return Ok(()),
        }
    }
}
