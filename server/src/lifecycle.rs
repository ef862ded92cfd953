//! Starting and stopping: the one place that spawns tasks.
//!
//! Every task has a name and is given a token. A loop that ends although nobody asked it to, by an
//! error or a panic, takes the process down with a failing code: a server that has quietly lost its
//! scheduler is worse than one that is restarted. The first SIGTERM or SIGINT asks everybody to
//! finish; a second one, or [`GRACE`], ends the process where it stands.

mod signals;

use std::collections::BTreeMap;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::FutureExt;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use signals::Signals;

/// How long tasks may take to finish after the first signal.
pub const GRACE: Duration = Duration::from_secs(10);

/// How long they may take to tidy up once they are cut off: end child processes, say what became of them.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// The process's tasks. Clones are handles to the same tasks.
#[derive(Clone, Default)]
pub struct Lifecycle {
    tracker: TaskTracker,
    stopping: CancellationToken,
    aborting: CancellationToken,
    book: Arc<Mutex<Book>>,
}

/// Who runs, and what went wrong first.
#[derive(Default)]
struct Book {
    running: BTreeMap<String, usize>,
    failure: Option<Ended>,
}

/// Why the process did not end well.
#[derive(Debug, thiserror::Error)]
pub enum Ended {
    /// A task that should have gone on ended, or one that should have succeeded failed.
    #[error("{name} ended: {cause}")]
    Failed {
        /// The task's name.
        name: String,
        /// Its error with its causes, or the panic's words.
        cause: String,
    },
    /// The time to finish ran out.
    #[error("still running after {} s, and now cut off: {still}", GRACE.as_secs())]
    Overdue {
        /// Names of the tasks.
        still: String,
    },
    /// A second signal came.
    #[error("told twice to stop; cut off: {still}")]
    Aborted {
        /// Names of the tasks.
        still: String,
    },
}

impl Lifecycle {
    /// Ends when the process is asked to stop. Hand clones to whoever waits for something.
    pub fn stopping(&self) -> CancellationToken {
        self.stopping.clone()
    }

    /// Ends when there is no more time to finish: after a second signal, or when [`GRACE`] is over.
    pub fn aborting(&self) -> CancellationToken {
        self.aborting.clone()
    }

    /// Counts the tasks that must end before the process does, for code that spawns its own
    /// (a worker's runs, an upgraded socket).
    pub fn tracker(&self) -> TaskTracker {
        self.tracker.clone()
    }

    /// Starts a task that goes on until [`Lifecycle::stopping`]. When it ends before, whether well or
    /// not, the process ends with a failing code.
    pub fn spawn_loop(&self, name: impl Into<String>, body: impl Future<Output = anyhow::Result<()>> + Send + 'static) {
        let name = name.into();
        self.start(name.clone(), body, move |lifecycle, end| match end {
            Ok(()) if lifecycle.stopping.is_cancelled() => {}
            Ok(()) => lifecycle.fail(name, "it returned although nobody asked it to".to_owned()),
            Err(cause) => lifecycle.fail(name, cause),
        });
    }

    /// Starts the task that the process is there for: once it has ended the process stops, with a
    /// failing code if it failed.
    pub fn spawn_main(&self, name: impl Into<String>, body: impl Future<Output = anyhow::Result<()>> + Send + 'static) {
        let name = name.into();
        self.start(name.clone(), body, move |lifecycle, end| match end {
            Ok(()) => lifecycle.stopping.cancel(),
            Err(cause) => lifecycle.fail(name, cause),
        });
    }

    /// Starts a task that ends by itself. Its failure is logged and harms nobody else.
    pub fn spawn_once(&self, name: impl Into<String>, body: impl Future<Output = anyhow::Result<()>> + Send + 'static) {
        let name = name.into();
        self.start(name.clone(), body, move |_, end| {
            if let Err(cause) = end {
                tracing::error!("{name} failed: {cause}");
            }
        });
    }

    /// Waits until the process is asked to stop or something failed, then for all tasks to finish. The
    /// signals are taken over earlier, before anybody is told that the process is up.
    pub async fn run(&self, mut signals: Signals) -> Result<(), Ended> {
        tokio::select! {
            signal = signals.next() => tracing::info!("{signal}: finishing what runs; a second signal ends it at once"),
            () = self.stopping.cancelled() => {}
        }
        self.stopping.cancel();
        self.tracker.close();
        let cut_off = tokio::select! {
            () = self.tracker.wait() => None,
            _ = signals.next() => Some(Ended::Aborted { still: self.still_running() }),
            () = tokio::time::sleep(GRACE) => Some(Ended::Overdue { still: self.still_running() }),
        };
        if cut_off.is_some() {
            self.aborting.cancel();
            // Who is not done then is dropped with the runtime.
            let _ = tokio::time::timeout(LAST_WORDS, self.tracker.wait()).await;
        }
        match self.book().failure.take().or(cut_off) {
            Some(ended) => Err(ended),
            None => Ok(()),
        }
    }

    /// Spawns `body` under `name` and tells `ended` how it ended; panics count as errors.
    fn start(
        &self,
        name: String,
        body: impl Future<Output = anyhow::Result<()>> + Send + 'static,
        ended: impl FnOnce(&Lifecycle, Result<(), String>) + Send + 'static,
    ) {
        let lifecycle = self.clone();
        *self.book().running.entry(name.clone()).or_default() += 1;
        self.tracker.spawn(async move {
            let end = match AssertUnwindSafe(body).catch_unwind().await {
                Ok(result) => result.map_err(|error| format!("{error:#}")),
                Err(panic) => Err(format!("it panicked: {}", words(panic.as_ref()))),
            };
            lifecycle.cross_out(&name);
            ended(&lifecycle, end);
        });
    }

    /// Notes the first failure and stops everybody.
    fn fail(&self, name: String, cause: String) {
        tracing::error!("{name} ended: {cause}");
        self.book().failure.get_or_insert(Ended::Failed { name, cause });
        self.stopping.cancel();
    }

    fn cross_out(&self, name: &str) {
        let running = &mut self.book().running;
        if let Some(count) = running.get_mut(name) {
            *count -= 1;
        }
        running.retain(|_, count| *count > 0);
    }

    /// The names of the tasks that have not ended.
    fn still_running(&self) -> String {
        let names: Vec<String> = self.book().running.keys().cloned().collect();
        if names.is_empty() { "runs or connections".to_owned() } else { names.join(", ") }
    }

    fn book(&self) -> std::sync::MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a panic said.
fn words(panic: &(dyn std::any::Any + Send)) -> &str {
    let literal = panic.downcast_ref::<&str>().copied();
    literal.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("(no message)")
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn forever(stopping: CancellationToken) -> anyhow::Result<()> {
        stopping.cancelled().await;
        Ok(())
    }

    fn signals() -> Signals {
        Signals::listen().expect("the system lets us")
    }

    #[tokio::test]
    async fn a_loop_that_panics_stops_everybody_and_is_named() {
        let lifecycle = Lifecycle::default();
        lifecycle.spawn_loop("steady", forever(lifecycle.stopping()));
        lifecycle.spawn_loop("shaky", async { panic!("lost its footing") });
        let ended = lifecycle.run(signals()).await.expect_err("a loop died").to_string();
        assert_eq!(ended, "shaky ended: it panicked: lost its footing");
        assert!(lifecycle.book().running.is_empty());
    }

    #[tokio::test]
    async fn a_loop_may_neither_fail_nor_return() {
        for (body, want) in [(Ok(()), "nobody asked"), (Err(anyhow::anyhow!("no").context("reading")), "reading: no")] {
            let lifecycle = Lifecycle::default();
            lifecycle.spawn_loop("shaky", async { body });
            let ended = lifecycle.run(signals()).await.expect_err("a loop ended").to_string();
            assert!(ended.contains(want), "{ended}");
        }
    }

    #[tokio::test]
    async fn the_main_task_ends_the_process_well_and_a_passing_one_does_not_matter() {
        let lifecycle = Lifecycle::default();
        lifecycle.spawn_loop("steady", forever(lifecycle.stopping()));
        lifecycle.spawn_once("passing", async { anyhow::bail!("never mind") });
        lifecycle.spawn_main("main", async { Ok(()) });
        lifecycle.run(signals()).await.expect("all ended as they should");
    }

    #[tokio::test(start_paused = true)]
    async fn who_does_not_finish_in_time_is_named() {
        let lifecycle = Lifecycle::default();
        lifecycle.spawn_once("deaf one", std::future::pending());
        lifecycle.stopping().cancel();
        let ended = lifecycle.run(signals()).await.expect_err("it never ends").to_string();
        assert_eq!(ended, "still running after 10 s, and now cut off: deaf one");
    }
}
