//! Questions to the clusters of workers, and the way of their answers back.
//!
//! They lie in the database: where several servers share one, the worker may wait at another server than the one
//! that is asked, and may answer at a third. Within a process everybody is told at once; between processes they look.
//! A question lives no longer than the one who asks.

use std::time::Duration;

use domain::dry_run::{DryRun, DryRunQuestion};
use domain::{Timestamp, Uuid, WorkPoolId};
use store::{Backend, Result, Store, dry_runs};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::clock::Clock;

/// A worker that is there takes a question within a second or two: it asks for changes of its pool all the time.
const TAKEN_WITHIN: Duration = Duration::from_secs(4);
/// How long a worker may take to answer: it reads what the template refers to, and asks its cluster.
const ANSWERED_WITHIN: Duration = Duration::from_secs(30);
/// Questions that may be under way at once.
const MOST: i64 = 32;
/// How often a server looks for what happened at others.
const LOOK: Duration = Duration::from_secs(1);

/// What a server process tells itself; cheap to clone.
#[derive(Clone)]
pub struct DryRuns {
    store: Store,
    /// Changes with each question and each answer.
    news: watch::Sender<()>,
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Silence {
    /// Too many questions are under way.
    Busy,
    /// No worker took it.
    NotTaken,
    /// A worker took it and has not answered.
    NotAnswered,
}

impl DryRuns {
    /// Questions in this database.
    pub fn new(store: Store) -> Self {
        DryRuns { store, news: watch::Sender::new(()) }
    }

    /// Puts the question to the next worker of the pool that comes for one, and waits for its answer.
    pub async fn ask(
        &self,
        pool: WorkPoolId,
        question: &DryRunQuestion,
        clock: &Clock,
    ) -> Result<std::result::Result<DryRun, Silence>> {
        let mut news = self.news.subscribe();
        let now = clock.now();
        let mut tx = self.store.write().await?;
        let put =
            dry_runs::ask(&mut tx, pool, question, MOST, earlier(now, TAKEN_WITHIN + ANSWERED_WITHIN), now).await?;
        tx.commit().await?;
        if !put {
            return Ok(Err(Silence::Busy));
        }
        self.news.send_replace(());
        let answer = self.answer_of(question.id, &mut news).await?;
        let mut tx = self.store.write().await?;
        dry_runs::remove(&mut tx, question.id).await?;
        tx.commit().await?;
        Ok(answer)
    }

    async fn answer_of(
        &self,
        id: Uuid,
        news: &mut watch::Receiver<()>,
    ) -> Result<std::result::Result<DryRun, Silence>> {
        let mut end = Instant::now() + TAKEN_WITHIN;
        let mut is_taken = false;
        loop {
            let asked = dry_runs::by_id(&mut self.store.read().await?, id).await?;
            if let Some(answer) = asked.as_ref().and_then(|asked| asked.answer.clone()) {
                return Ok(Ok(answer));
            }
            if !is_taken && asked.is_some_and(|asked| asked.is_taken) {
                (is_taken, end) = (true, Instant::now() + ANSWERED_WITHIN);
            }
            if Instant::now() >= end {
                return Ok(Err(if is_taken { Silence::NotAnswered } else { Silence::NotTaken }));
            }
            let _ = tokio::time::timeout_at(end, self.news(news)).await;
        }
    }

    /// Something may have changed: here, or at another server.
    pub async fn news(&self, news: &mut watch::Receiver<()>) {
        let look = match self.store.backend() {
            // One process has the file to itself.
            Backend::Sqlite => ANSWERED_WITHIN,
            Backend::Postgres => LOOK,
        };
        // The sender lives in `self`, so the channel does not close.
        let _ = tokio::time::timeout(look, news.changed()).await;
    }

    /// For [`DryRuns::news`], from now on.
    pub fn subscribe(&self) -> watch::Receiver<()> {
        self.news.subscribe()
    }

    /// Takes a question to the pool's workers, if there is one. It must be handed over.
    pub async fn take(&self, pool: WorkPoolId, clock: &Clock) -> Result<Option<DryRunQuestion>> {
        let now = clock.now();
        let since = earlier(now, TAKEN_WITHIN);
        // Most of the time there is none, and looking stands in nobody's way.
        if !dry_runs::is_open(&mut self.store.read().await?, pool, since).await? {
            return Ok(None);
        }
        let mut tx = self.store.write().await?;
        let question = dry_runs::take(&mut tx, pool, since, now).await?;
        tx.commit().await?;
        self.news.send_replace(());
        Ok(question)
    }

    /// Brings an answer back. False when nobody waits for it.
    pub async fn answer(&self, question: Uuid, answer: &DryRun) -> Result<bool> {
        let mut tx = self.store.write().await?;
        let waited_for = dry_runs::answer(&mut tx, question, answer).await?;
        tx.commit().await?;
        self.news.send_replace(());
        Ok(waited_for)
    }
}

fn earlier(now: Timestamp, by: Duration) -> Timestamp {
    now.plus_seconds(-by.as_secs_f64())
}
