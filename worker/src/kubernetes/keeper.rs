//! Keeps on the server what a pod prints: in order, in batches, in bounded memory. The node has the text in a file: while
//! the server does not take it, it is not read.

use std::time::Duration;

use domain::output::{Output, OutputEnd, OutputLine};
use domain::{FlowRunId, Timestamp};
use tokio::sync::mpsc;

use crate::Worker;
use crate::backoff::persist;
use crate::error::Trouble;
use crate::run::Run;

/// Lines of one request at most.
const LINES: usize = 200;
/// How long lines are gathered before they are sent.
const GATHER: Duration = Duration::from_millis(200);

/// Lines on their way from the reader to the keeper.
pub(super) fn channel() -> (Lines, mpsc::Receiver<OutputLine>) {
    let (to, from) = mpsc::channel(LINES);
    (Lines(to), from)
}

/// Where lines go in; waits while the keeper is behind.
pub(super) struct Lines(mpsc::Sender<OutputLine>);

impl Lines {
    pub(super) async fn put(&self, at: Timestamp, nth: usize, text: String) {
        let nth = i64::try_from(nth).unwrap_or(i64::MAX);
        // Fails only when the keeper is gone, which lives as long as the reader.
        let _ = self.0.send(OutputLine { at, nth, text }).await;
    }
}

/// Sends the lines of one pod.
pub(super) struct Keeper<'a> {
    worker: &'a Worker,
    run: FlowRunId,
    pod: String,
}

impl<'a> Keeper<'a> {
    pub(super) fn new(run: &'a Run, pod: &str) -> Self {
        Keeper { worker: &run.worker, run: run.id(), pod: pod.to_owned() }
    }

    /// The last line that is kept already, by this worker or one before it.
    pub(super) async fn end(&self) -> Option<OutputEnd> {
        let path = format!("/reeve/flow_runs/{}/output/end?pod={}", self.run, client::segment(&self.pod));
        let read = || async { self.worker.client.get::<Option<OutputEnd>>(&path).await.map_err(Trouble::from) };
        persist("ask what is kept of a pod's output", &self.worker.abort, read).await.ok().flatten().flatten()
    }

    /// Sends what comes until there is no more. A server that does not keep output, or a run that is gone, is left
    /// alone.
    pub(super) async fn keep(&self, mut from: mpsc::Receiver<OutputLine>) {
        let mut lines = Vec::new();
        let mut is_wanted = true;
        loop {
            lines.clear();
            if from.recv_many(&mut lines, LINES).await == 0 {
                return;
            }
            if lines.len() < LINES && !from.is_closed() {
                tokio::time::sleep(GATHER).await;
                while lines.len() < LINES
                    && let Ok(line) = from.try_recv()
                {
                    lines.push(line);
                }
            }
            if is_wanted && let Err(trouble) = self.send(std::mem::take(&mut lines)).await {
                tracing::warn!("the server does not keep what pod {} prints: {trouble}", self.pod);
                is_wanted = false;
            }
        }
    }

    async fn send(&self, lines: Vec<OutputLine>) -> Result<(), Trouble> {
        let path = format!("/reeve/flow_runs/{}/output", self.run);
        let output = Output { pod: self.pod.clone(), lines };
        persist("keep what a pod prints", &self.worker.abort, || async {
            self.worker.client.send(http::Method::POST, &path, Some(&output)).await.map_err(Trouble::from)
        })
        .await
        .map(drop)
    }
}
