//! Reading what a child prints, line by line, while it runs and after it has ended.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufRead, AsyncWrite, AsyncWriteExt};
use tokio::sync::Mutex;

use super::child::Printed;
use crate::output::{FLOW_RUNS, Lines, level_of};
use crate::render::ProcessJob;
use crate::run::Run;

/// Lines of a crashed flow that go into the run's log.
pub(crate) const TAIL: usize = 50;
/// A pipe that is open after the child's end, and silent for so long, is held by something that the child
/// left in the background.
const SILENCE: Duration = Duration::from_secs(1);
/// One that does not fall silent is not listened to for longer than this.
const PATIENCE: Duration = Duration::from_secs(60);

/// The work of reading the child's output, which must go on whatever else is waited for: a child whose
/// pipe is full stands still.
pub(crate) struct Reading<'a> {
    done: bool,
    progress: &'a Progress,
    work: Pin<Box<dyn Future<Output = ()> + Send + 'a>>,
}

/// Lines that came out of the pipes, and those of them that have been handed on.
#[derive(Default)]
pub(crate) struct Progress {
    read: AtomicU64,
    handed_on: AtomicU64,
}

impl Progress {
    /// How many lines there were; `None` while one of them is on its way, which a slow server makes long.
    fn at_rest(&self) -> Option<u64> {
        let handed_on = self.handed_on.load(Ordering::SeqCst);
        (self.read.load(Ordering::SeqCst) == handed_on).then_some(handed_on)
    }
}

impl<'a> Reading<'a> {
    /// Reads both pipes to their ends. `tail` keeps the last lines of Prefect code.
    pub(crate) fn of(
        run: &'a Run,
        job: &'a ProcessJob,
        printed: Printed,
        tail: &'a Mutex<VecDeque<String>>,
        progress: &'a Progress,
    ) -> Self {
        Reading { done: false, progress, work: Box::pin(read(run, job, printed, tail, progress)) }
    }

    /// Goes on reading while something else is waited for.
    pub(crate) async fn along<T>(&mut self, other: impl Future<Output = T>) -> T {
        tokio::pin!(other);
        loop {
            tokio::select! {
                value = &mut other => return value,
                () = &mut self.work, if !self.done => self.done = true,
            }
        }
    }

    /// Reads what the child left in its pipes, however long handing it on takes.
    pub(crate) async fn finish(&mut self) {
        let since = Instant::now();
        while !self.done && since.elapsed() < PATIENCE {
            let before = self.progress.at_rest();
            if tokio::time::timeout(SILENCE, &mut self.work).await.is_ok() {
                self.done = true;
            } else if before.is_some() && before == self.progress.at_rest() {
                break;
            }
        }
        self.done = true;
    }
}

async fn read(run: &Run, job: &ProcessJob, printed: Printed, tail: &Mutex<VecDeque<String>>, progress: &Progress) {
    if run.is_plain() {
        tokio::join!(to_log(run, printed.stdout, progress), to_log(run, printed.stderr, progress));
    } else {
        let show = job.stream_output;
        tokio::join!(
            to_terminal(printed.stdout, tokio::io::stdout(), show, tail, progress),
            to_terminal(printed.stderr, tokio::io::stderr(), show, tail, progress)
        );
    }
}

/// A plain command's lines are the run's log.
async fn to_log<R: AsyncBufRead + Unpin>(run: &Run, mut lines: Lines<R>, progress: &Progress) {
    while let Ok(Some(line)) = lines.next().await {
        progress.read.fetch_add(1, Ordering::SeqCst);
        run.log.write(FLOW_RUNS, level_of(&line), line, None).await;
        progress.handed_on.fetch_add(1, Ordering::SeqCst);
    }
}

/// Prefect code sends its log itself; what it prints is shown, and the end of it remembered.
async fn to_terminal<R: AsyncBufRead + Unpin>(
    mut lines: Lines<R>,
    mut terminal: impl AsyncWrite + Unpin,
    show: bool,
    tail: &Mutex<VecDeque<String>>,
    progress: &Progress,
) {
    while let Ok(Some(line)) = lines.next().await {
        progress.read.fetch_add(1, Ordering::SeqCst);
        if show {
            // The worker's own output may be closed; the run goes on.
            let _ = terminal.write_all(format!("{line}\n").as_bytes()).await;
            let _ = terminal.flush().await;
        }
        let mut tail = tail.lock().await;
        if tail.len() == TAIL {
            tail.pop_front();
        }
        tail.push_back(line);
        progress.handed_on.fetch_add(1, Ordering::SeqCst);
    }
}
