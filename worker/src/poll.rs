//! Asking the pool for runs, and claiming each of them when it is due.
//!
//! Two clocks tick here. Slowly: the pool is asked every few seconds, and at once when it says that
//! something has changed, for what is due soon. Exactly: what it announced is remembered and claimed at
//! its time, so that neither a slow answer nor the interval delays a run. Prefect's workers claim up to
//! the prefetch early instead, which makes runs start before their time.

use std::sync::Arc;
use std::time::Duration;

use domain::flow_runs::{FlowRun, GetScheduled};
use futures::FutureExt;
use futures::future::{BoxFuture, OptionFuture};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::Worker;
use crate::backoff::Backoff;
use crate::due::Due;
use crate::error::{Trouble, WorkerError};
use crate::submit::{self, Claimed, ClaimsFirst};

/// Between two questions to the pool, however often it changes.
const BETWEEN: Duration = Duration::from_millis(150);
/// The longest answer of a pool, by Prefect's rule; one so long was cut, and there may be more.
const PAGE: usize = 200;
/// Questions wait for claims under way, whose runs would be in the answer again, but not longer than this.
const CLAIMS: Duration = Duration::from_secs(1);

type Answer = Result<Vec<FlowRun>, Trouble>;

/// Takes runs until `stop` fires or, when told to run once, until all that the pool announced is taken.
pub(crate) async fn run(worker: Arc<Worker>, stop: CancellationToken) -> Result<(), WorkerError> {
    let (tell, mut claimed) = mpsc::unbounded_channel();
    let mut poll = Poll {
        due: Due::default(),
        question: None,
        next: Instant::now(),
        asked: Instant::now() - CLAIMS,
        claiming: 0,
        answers: 0,
        under_way: 0,
        more: None,
        backoff: Backoff::new(),
        tell,
        worker,
    };
    let mut wake = poll.worker.wake.follow();
    let mut active = poll.worker.active.follow();
    while !poll.is_through() {
        poll.act();
        let next = poll.next_run().min(if poll.question.is_none() { poll.next_question() } else { far_future() });
        tokio::select! {
            () = stop.cancelled() => break,
            Some(answer) = OptionFuture::from(poll.question.as_mut()) => poll.learn(answer),
            Some(claimed) = claimed.recv() => poll.settle(claimed),
            () = sleep_until(next) => {}
            Ok(()) = wake.changed() => poll.ask_soon(),
            Ok(()) = active.changed() => poll.count(*active.borrow_and_update()),
        }
    }
    Ok(())
}

struct Poll {
    worker: Arc<Worker>,
    due: Due,
    /// The question under way.
    question: Option<BoxFuture<'static, Answer>>,
    /// When to ask next, and when it was asked last.
    next: Instant,
    asked: Instant,
    /// Claims under way, and the way they report back.
    claiming: usize,
    tell: mpsc::UnboundedSender<Claimed>,
    /// Answers of the pool so far.
    answers: u64,
    /// Runs in this worker's hands.
    under_way: usize,
    /// Held from the claims of an answer that was cut until the next answer's claims have begun.
    more: Option<ClaimsFirst>,
    backoff: Backoff,
}

impl Poll {
    /// Starts what is due: claims, and the next question.
    fn act(&mut self) {
        let taken = self.due.take(self.worker.clock.now(), self.room());
        let cut = taken.len() >= PAGE && self.may_ask();
        for run in taken {
            self.claiming += usize::from(submit::claim(&self.worker, run, self.tell.clone()));
        }
        if cut {
            self.more = Some(ClaimsFirst::new(&self.worker));
        }
        if self.question.is_none() && self.may_ask() && Instant::now() >= self.next_question() {
            self.asked = Instant::now();
            self.next = self.asked + self.worker.settings.query();
            self.question = Some(ask(self.worker.clone()).boxed());
        }
    }

    fn room(&self) -> usize {
        self.worker.active.room(self.worker.settings.limit)
    }

    fn may_ask(&self) -> bool {
        !self.worker.settings.run_once || self.answers == 0
    }

    /// True once a worker that runs once has nothing left to take.
    fn is_through(&self) -> bool {
        !self.may_ask() && self.question.is_none() && self.due.is_empty() && self.claiming == 0
    }

    fn next_question(&self) -> Instant {
        match self.may_ask() {
            true if self.claiming > 0 => self.next.max(self.asked + CLAIMS),
            true => self.next,
            false => far_future(),
        }
    }

    /// When the next announced run is to be claimed.
    fn next_run(&self) -> Instant {
        match self.due.next() {
            Some(at) if self.room() > 0 => instant_of(at.seconds_since(self.worker.clock.now())),
            _ => far_future(),
        }
    }

    /// Something has changed: the pool may have more to give than it said.
    fn ask_soon(&mut self) {
        self.next = self.next.min((self.asked + BETWEEN).max(Instant::now()));
    }

    /// A run that has ended makes room here, in its queue and in the pool.
    fn count(&mut self, under_way: usize) {
        if under_way < self.under_way {
            self.ask_soon();
        }
        self.under_way = under_way;
    }

    fn learn(&mut self, answer: Answer) {
        self.question = None;
        let before = self.more.take();
        match answer {
            Ok(runs) => {
                let active = &self.worker.active;
                let now = self.worker.clock.now();
                self.due.replace(runs.into_iter().filter(|run| !active.holds(run.id)), now);
                self.answers += 1;
                self.backoff = Backoff::new();
            }
            Err(trouble) => {
                let pause = self.backoff.pause();
                tracing::warn!("cannot ask for runs, next try in {:.1} s: {trouble}", pause.as_secs_f64());
                self.next = Instant::now() + pause;
            }
        }
        // What the answer brought is claimed before those go on that were claimed before it.
        self.act();
        drop(before);
    }

    fn settle(&mut self, claimed: Claimed) {
        self.claiming = self.claiming.saturating_sub(1);
        if let Some(until) = claimed.not_before {
            self.due.hold_back(claimed.run, until);
        }
        // The answer that announced these runs was cut to a page, or to a limit: there may be more.
        if self.claiming == 0 {
            self.ask_soon();
        }
    }
}

/// Runs that are due within the horizon, in the pool's order.
async fn ask(worker: Arc<Worker>) -> Answer {
    let settings = &worker.settings;
    let ask = GetScheduled {
        work_queue_names: (!settings.work_queues.is_empty()).then(|| settings.work_queues.clone()),
        scheduled_before: Some(worker.clock.now().plus_seconds(settings.horizon_seconds())),
        ..GetScheduled::default()
    };
    match client::work_pools::get_scheduled_flow_runs(&worker.client, &settings.pool, &ask).await {
        Ok(runs) => Ok(runs.into_iter().map(|found| found.flow_run).collect()),
        // The pool or a queue of it is gone; the heartbeat sees to pools, and queues may come back.
        Err(error) if error.status() == Some(404) => Err(Trouble::Retry(format!("{error} (is a work queue missing?)"))),
        Err(error) => Err(error.into()),
    }
}

/// The moment so many seconds from now; a day at most.
fn instant_of(seconds: f64) -> Instant {
    Instant::now() + Duration::from_secs_f64(seconds.clamp(0.0, 86_400.0))
}

fn far_future() -> Instant {
    Instant::now() + Duration::from_secs(86_400)
}
