//! Carries log lines of one run to the server: in order, in batches, in bounded memory.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::logs::LogCreate;
use domain::{FlowRunId, Timestamp};
use tokio::sync::{Notify, Semaphore, oneshot};

use crate::Worker;
use crate::backoff::persist;
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

/// Where lines go in. Clones write to the same log. What is written is sent by a task of the worker that lives while
/// there is something to send: most of the time nothing is said, in thousands of runs.
#[derive(Clone)]
pub(crate) struct LogSink(Arc<Log>);

struct Log {
    worker: Arc<Worker>,
    run: FlowRunId,
    /// Bytes that may still be written: lines differ too much in length to be counted.
    budget: Semaphore,
    waiting: Mutex<Waiting>,
    /// There is enough for a batch, or somebody waits for one.
    full: Notify,
}

/// What has been written and is not on its way yet.
#[derive(Default)]
struct Waiting {
    messages: VecDeque<Message>,
    bytes: usize,
    /// A task sends what is written.
    carried: bool,
    /// Lines that had no room since the last batch.
    dropped: u64,
    /// The newest times in microseconds, by the worker's clock and by the clock of whoever gave a line its time.
    last: [i64; 2],
}

enum Message {
    Line(Box<LogCreate>),
    Flush(oneshot::Sender<()>),
}

/// Lines on their way, the bytes that they give back once they have arrived, and who waits for them.
struct Batch {
    lines: Vec<LogCreate>,
    cost: usize,
    flushed: Option<oneshot::Sender<()>>,
}

impl LogSink {
    /// A log for `run`. What is in it when the worker is aborted while the server is gone is lost.
    pub(crate) fn open(worker: &Arc<Worker>, run: FlowRunId) -> Self {
        let (budget, waiting) = (Semaphore::new(BUDGET), Mutex::default());
        LogSink(Arc::new(Log { worker: worker.clone(), run, budget, waiting, full: Notify::new() }))
    }

    /// Writes one line, at `at` or now. Waits while the server is behind; a server that stays behind
    /// costs lines, and a line that says how many.
    pub(crate) async fn write(&self, logger: &str, level: i64, message: String, at: Option<Timestamp>) {
        let log = &self.0;
        let patience = if log.waiting().dropped > 0 { Duration::ZERO } else { PATIENCE };
        let cost = u32::try_from(cost(&message)).unwrap_or(u32::MAX);
        match tokio::time::timeout(patience, log.budget.acquire_many(cost)).await {
            Ok(Ok(permit)) => permit.forget(),
            _ => return log.waiting().dropped += 1,
        }
        let timestamp = at.unwrap_or_else(|| log.worker.clock.now());
        let line = log.line(logger, level, message, timestamp);
        self.put(|waiting| waiting.add(line, at.is_some()));
    }

    /// Waits until all that was written is on the server.
    pub(crate) async fn flush(&self) {
        let (done, sent) = oneshot::channel();
        self.put(|waiting| waiting.messages.push_back(Message::Flush(done)));
        self.0.full.notify_one();
        // An error means that the worker has ended: then there is nothing left to wait for.
        let _ = sent.await;
    }

    fn put(&self, add: impl FnOnce(&mut Waiting)) {
        let mut waiting = self.0.waiting();
        add(&mut waiting);
        if waiting.is_full() {
            self.0.full.notify_one();
        }
        if !std::mem::replace(&mut waiting.carried, true) {
            self.0.worker.tracker.spawn(self.0.clone().carry());
        }
    }
}

/// What a line takes of the budget.
fn cost(message: &str) -> usize {
    (message.len() + LINE_COST).min(BUDGET)
}

impl Waiting {
    /// Readers sort by time: of two lines of one clock's same microsecond the later one is moved by one.
    fn add(&mut self, mut line: LogCreate, timed: bool) {
        let last = &mut self.last[usize::from(timed)];
        *last = line.timestamp.micros().max(*last + 1);
        line.timestamp = Timestamp::from_micros(*last);
        self.bytes += cost(&line.message);
        self.messages.push_back(Message::Line(Box::new(line)));
    }

    fn is_full(&self) -> bool {
        self.messages.len() >= BATCH_LINES || self.bytes >= BATCH_BYTES
    }

    /// The next batch; `None` when there is nothing to send.
    fn take(&mut self) -> Option<Batch> {
        let mut batch = Batch { lines: Vec::new(), cost: 0, flushed: None };
        while batch.flushed.is_none() && batch.lines.len() < BATCH_LINES && batch.cost < BATCH_BYTES {
            match self.messages.pop_front() {
                Some(Message::Line(line)) => {
                    batch.cost += cost(&line.message);
                    batch.lines.push(*line);
                }
                Some(Message::Flush(done)) => batch.flushed = Some(done),
                None => break,
            }
        }
        self.bytes -= batch.cost;
        (!batch.lines.is_empty() || batch.flushed.is_some()).then_some(batch)
    }
}

impl Log {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends batch after batch, each with what comes within a moment, until there is nothing more.
    async fn carry(self: Arc<Self>) {
        loop {
            let gathers = {
                let waiting = self.waiting();
                !waiting.is_full() && !waiting.messages.iter().any(|message| matches!(message, Message::Flush(_)))
            };
            if gathers {
                // An error means that time is up.
                let _ = tokio::time::timeout(BATCH_WAIT, self.full.notified()).await;
            }
            let batch = self.waiting().take();
            if let Some(batch) = batch {
                self.send(batch).await;
            }
            let mut waiting = self.waiting();
            if waiting.messages.is_empty() {
                waiting.carried = false;
                return;
            }
        }
    }

    async fn send(&self, mut batch: Batch) {
        let missing = std::mem::take(&mut self.waiting().dropped);
        if missing > 0 {
            batch.lines.push(self.gap(missing));
        }
        if !batch.lines.is_empty() {
            let (worker, lines) = (&self.worker, &batch.lines);
            // Each call takes a connection, and thousands of runs may speak in the same second. An error means that
            // the worker has ended.
            let _turn = worker.logging.acquire().await;
            let sent = persist("store log lines", &worker.abort, || async {
                client::logs::create(&worker.client, lines).await.map_err(Trouble::from)
            });
            if let Err(trouble) = sent.await {
                tracing::error!("{} log lines of flow run {} are lost: {trouble}", lines.len(), self.run);
            }
        }
        self.budget.add_permits(batch.cost);
        if let Some(done) = batch.flushed {
            // Whoever asked may have stopped waiting.
            let _ = done.send(());
        }
    }

    fn gap(&self, missing: u64) -> LogCreate {
        let text = format!("{missing} lines are missing: they were printed while the server could not take them.");
        let [own, given] = self.waiting().last;
        self.line(super::WORKER, WARNING, text, Timestamp::from_micros(own.max(given)))
    }

    fn line(&self, logger: &str, level: i64, message: String, timestamp: Timestamp) -> LogCreate {
        let (flow_run_id, name) = (Some(self.run), logger.to_owned());
        LogCreate { name, level, message, timestamp, flow_run_id, task_run_id: None, id: None }
    }
}
