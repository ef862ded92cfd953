//! Carries log lines of one run to the server: in order, in batches, in bounded memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use client::Client;
use domain::logs::LogCreate;
use domain::{FlowRunId, Timestamp};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use crate::Worker;
use crate::backoff::persist;
use crate::clock::Clock;
use crate::error::Trouble;

/// Python's numbers of the levels.
pub(crate) const INFO: i64 = 20;
pub(crate) const WARNING: i64 = 30;
pub(crate) const ERROR: i64 = 40;

/// A batch is sent when it holds this many lines …
const BATCH_LINES: usize = 200;
/// … or this many bytes …
const BATCH_BYTES: usize = 1_000_000;
/// … or when its first line has waited this long.
const BATCH_WAIT: Duration = Duration::from_millis(100);
/// Bytes of one run that may wait to be sent, batch on its way included.
const BUDGET: usize = 4 << 20;
/// What a line costs beside its text.
const LINE_COST: usize = 128;
/// How long a full buffer holds up the run's output before lines are dropped instead.
const PATIENCE: Duration = Duration::from_secs(30);

/// Where lines go in. Clones write to the same log.
#[derive(Clone)]
pub(crate) struct LogSink {
    run: FlowRunId,
    clock: Clock,
    to: mpsc::UnboundedSender<Message>,
    /// Bounds what the channel holds, in bytes: lines differ too much in length to be counted.
    budget: Arc<Semaphore>,
    dropped: Arc<AtomicU64>,
}

enum Message {
    /// The line, and whether its time came with it.
    Line(Box<LogCreate>, bool, OwnedSemaphorePermit),
    Flush(oneshot::Sender<()>),
}

impl LogSink {
    /// A log for `run`, sent by a task of the worker until the last clone is dropped, or the worker is aborted
    /// while the server is gone.
    pub(crate) fn open(worker: &Worker, run: FlowRunId) -> Self {
        let (client, quit) = (worker.client.clone(), worker.abort.clone());
        let (to, from) = mpsc::unbounded_channel();
        let dropped = Arc::new(AtomicU64::new(0));
        worker.tracker.spawn(
            Carrier {
                client,
                turns: worker.logging.clone(),
                run,
                from,
                quit,
                dropped: dropped.clone(),
                last: [Timestamp::from_micros(0); 2],
            }
            .carry(),
        );
        LogSink { run, clock: worker.clock.clone(), to, budget: Arc::new(Semaphore::new(BUDGET)), dropped }
    }

    /// Writes one line, at `at` or now. Waits while the server is behind; a server that stays behind
    /// costs lines, and a line that says how many.
    pub(crate) async fn write(&self, logger: &str, level: i64, message: String, at: Option<Timestamp>) {
        let cost = u32::try_from((message.len() + LINE_COST).min(BUDGET)).unwrap_or(u32::MAX);
        let patience = if self.dropped.load(Ordering::Relaxed) > 0 { Duration::ZERO } else { PATIENCE };
        let permit = tokio::time::timeout(patience, self.budget.clone().acquire_many_owned(cost)).await;
        let Ok(Ok(permit)) = permit else {
            self.dropped.fetch_add(1, Ordering::Relaxed);
            return;
        };
        let line = Box::new(LogCreate {
            name: logger.to_owned(),
            level,
            message,
            timestamp: at.unwrap_or_else(|| self.clock.now()),
            flow_run_id: Some(self.run),
            task_run_id: None,
            id: None,
        });
        // Fails only when the carrier is gone, which it is after the worker was told to abort.
        let _ = self.to.send(Message::Line(line, at.is_some(), permit));
    }

    /// Waits until all that was written is on the server.
    pub(crate) async fn flush(&self) {
        let (done, sent) = oneshot::channel();
        if self.to.send(Message::Flush(done)).is_ok() {
            // An error means that the carrier has ended: then there is nothing left to wait for.
            let _ = sent.await;
        }
    }
}

struct Carrier {
    client: Client,
    /// Of all runs: each call takes a connection, and thousands of runs may speak in the same second.
    turns: Arc<Semaphore>,
    run: FlowRunId,
    from: mpsc::UnboundedReceiver<Message>,
    quit: CancellationToken,
    dropped: Arc<AtomicU64>,
    /// The newest times, by the worker's clock and by the clock of whoever gave a line its time.
    last: [Timestamp; 2],
}

/// Lines on their way, with the permits they give back once they have arrived.
#[derive(Default)]
struct Batch {
    lines: Vec<LogCreate>,
    bytes: usize,
    permits: Vec<OwnedSemaphorePermit>,
    flushed: Vec<oneshot::Sender<()>>,
}

impl Carrier {
    async fn carry(mut self) {
        while let Some(message) = self.from.recv().await {
            // In a box: most of the time nothing is said, in thousands of runs.
            Box::pin(self.pass_on(message)).await;
        }
    }

    /// Gathers what comes within a moment after `message`, and sends all of it.
    async fn pass_on(&mut self, message: Message) {
        let mut batch = Batch::default();
        self.add(&mut batch, message);
        let full = tokio::time::sleep(BATCH_WAIT);
        tokio::pin!(full);
        while batch.flushed.is_empty() && batch.lines.len() < BATCH_LINES && batch.bytes < BATCH_BYTES {
            tokio::select! {
                biased;
                message = self.from.recv() => match message {
                    Some(message) => self.add(&mut batch, message),
                    None => break,
                },
                () = &mut full => break,
            }
        }
        self.send(batch).await;
    }

    /// Readers sort by time: of two lines of one clock's same microsecond the later one is moved by one.
    fn add(&mut self, batch: &mut Batch, message: Message) {
        match message {
            Message::Line(mut line, timed, permit) => {
                let last = &mut self.last[usize::from(timed)];
                line.timestamp = line.timestamp.max(Timestamp::from_micros(last.micros() + 1));
                *last = line.timestamp;
                batch.bytes += line.message.len() + LINE_COST;
                batch.lines.push(*line);
                batch.permits.push(permit);
            }
            Message::Flush(done) => batch.flushed.push(done),
        }
    }

    async fn send(&mut self, mut batch: Batch) {
        let missing = self.dropped.swap(0, Ordering::Relaxed);
        if missing > 0 {
            batch.lines.push(self.gap(missing));
        }
        if !batch.lines.is_empty() {
            let (client, lines) = (&self.client, &batch.lines);
            // An error means that the worker has ended.
            let _turn = self.turns.acquire().await;
            let sent = persist("store log lines", &self.quit, || async {
                client::logs::create(client, lines).await.map_err(Trouble::from)
            });
            if let Err(trouble) = sent.await {
                tracing::error!("{} log lines of flow run {} are lost: {trouble}", lines.len(), self.run);
            }
        }
        for done in batch.flushed {
            // Whoever asked may have stopped waiting.
            let _ = done.send(());
        }
    }

    fn gap(&self, missing: u64) -> LogCreate {
        LogCreate {
            name: super::WORKER.to_owned(),
            level: WARNING,
            message: format!("{missing} lines are missing: they were printed while the server could not take them."),
            timestamp: self.last[0].max(self.last[1]),
            flow_run_id: Some(self.run),
            task_run_id: None,
            id: None,
        }
    }
}
