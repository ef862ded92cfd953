//! The loops: one file each; `tick` is a plain function that a test can call.
//!
//! State over memory: every tick may be repeated, and after a kill at any line the next one puts things
//! right. On PostgreSQL, where several servers may share a database, one of them leads and runs the loops.

pub mod automation_actions;
pub mod cancellation_cleanup;
pub mod due_runs;
pub mod event_vacuum;
pub mod foreman;
pub mod journal;
pub mod late_runs;
pub mod leader;
pub mod notifications;
pub mod pause_expirations;
pub mod polls;
pub mod pulse;
pub mod repossessor;
pub mod sizes;
mod step;
pub mod stuck_claims;
pub mod triggers;

use std::future::Future;
use std::time::Duration;

use tokio::sync::watch;

use crate::api::error::causes;
use crate::app_state::AppState;
use crate::lifecycle::Lifecycle;
use leader::Leader;

/// Most runs that one round of a loop looks at; the next round goes on.
pub const ROUND: i64 = 200;

/// Pause between two looks for claims that led to nothing.
const STUCK_CLAIMS: Duration = Duration::from_secs(15);

/// Pause between two looks for leases of concurrency slots that nobody has renewed.
const REPOSSESSOR: Duration = Duration::from_secs(15);

/// Pause between two looks for events that are too old to keep.
const EVENT_VACUUM: Duration = Duration::from_secs(600);

/// Pause between two samples of the database's size.
const SIZES: Duration = Duration::from_secs(3600);

/// Pause between two looks for events that other servers have stored, and for absences.
const TRIGGERS: Duration = Duration::from_secs(1);

/// Pause between two looks for actions that are due again.
const ACTIONS: Duration = Duration::from_secs(1);

/// Pause between two looks for what triggers need no longer know.
const BUCKETS: Duration = Duration::from_secs(60);

/// Pause between two looks for notifications to send; Prefect's.
const NOTIFICATIONS: Duration = Duration::from_secs(4);

/// A loop that is woken waits so long for what else may happen: under load a round is for many events.
const GATHER: Duration = Duration::from_millis(25);

/// Polls are written down after so long.
const POLLS: Duration = Duration::from_secs(1);

/// Why runs are not taken is written down after so long.
const JOURNAL: Duration = Duration::from_secs(2);

/// Pause between two beats of the database's pulse.
const PULSE: Duration = Duration::from_secs(10);

/// Pause between two looks for runs that nobody asks for.
const UNASKED: Duration = Duration::from_secs(15);

/// Starts all loops that the policy wants.
pub fn spawn(app: &AppState, lifecycle: &Lifecycle) {
    let leader = Leader::new(app.store.backend());
    let candidate = (leader.clone(), app.clone());
    lifecycle.spawn_loop("scheduler leadership", async move { candidate.0.campaign(&candidate.1).await });
    let start = Starter { app, lifecycle, leader: &leader };
    let loops = &app.policy.loops;
    if loops.plans_runs {
        let wakes = app.live.scheduler_wakes();
        start.woken("due runs", app.policy.scheduler.recent_interval, Some(wakes), Who::Leader, due_runs::tick);
    }
    start.every("late runs", loops.late_runs, late_runs::tick);
    start.every("pause expirations", loops.pause_expirations, pause_expirations::tick);
    start.every("cancellation cleanup", loops.cancellation_cleanup, cancellation_cleanup::tick);
    start.every("foreman", loops.foreman, foreman::tick);
    start.every("stuck claims", Some(STUCK_CLAIMS), stuck_claims::tick);
    start.every("repossessor", Some(REPOSSESSOR), repossessor::tick);
    start.every("event vacuum", Some(EVENT_VACUUM), event_vacuum::tick);
    start.every("size samples", Some(SIZES), sizes::tick);
    let wakes = || Some(app.live.action_wakes());
    start.woken("triggers", TRIGGERS, Some(app.live.trigger_wakes()), Who::Leader, triggers::tick);
    start.every("absences", Some(TRIGGERS), triggers::look);
    start.every("trigger buckets", Some(BUCKETS), triggers::sweep);
    start.woken("automation actions", ACTIONS, wakes(), Who::Leader, automation_actions::tick);
    start.woken("automation calls", ACTIONS, wakes(), Who::Leader, automation_actions::call_out);
    start.every("notifications", Some(NOTIFICATIONS), notifications::tick);
    start.woken("polls", POLLS, None, Who::Everybody, polls::tick);
    start.woken("pulse", PULSE, None, Who::Everybody, pulse::tick);
    start.woken("journal", JOURNAL, None, Who::Everybody, journal::tick);
    start.every("runs that nobody asks for", Some(UNASKED), journal::look);
}

/// Who runs a loop: one of the servers on a database, or each for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    Leader,
    Everybody,
}

/// What every loop needs.
struct Starter<'s> {
    app: &'s AppState,
    lifecycle: &'s Lifecycle,
    leader: &'s Leader,
}

impl Starter<'_> {
    /// A loop of the leader that ticks after each pause; none without a pause.
    fn every<T, F>(&self, name: &'static str, pause: Option<Duration>, tick: T)
    where
        T: Fn(AppState) -> F + Send + 'static,
        F: Future<Output = store::Result<usize>> + Send,
    {
        if let Some(pause) = pause {
            self.woken(name, pause, None, Who::Leader, tick);
        }
    }

    /// A loop that ticks after each `pause`, and at once when `wake` counts up.
    fn woken<T, F>(
        &self,
        name: &'static str,
        pause: Duration,
        mut wake: Option<watch::Receiver<u64>>,
        who: Who,
        tick: T,
    ) where
        T: Fn(AppState) -> F + Send + 'static,
        F: Future<Output = store::Result<usize>> + Send,
    {
        let (app, leader) = (self.app.clone(), self.leader.clone());
        self.lifecycle.spawn_loop(name, async move {
            loop {
                if who == Who::Everybody || leader.leads() {
                    let began = tokio::time::Instant::now();
                    let outcome = tick(app.clone()).await;
                    let told = outcome.as_ref().copied().map_err(|error| causes(error));
                    app.loops.round(name, app.clock.now(), began.elapsed(), told);
                    round(name, outcome);
                }
                tokio::select! {
                    () = tokio::time::sleep(pause) => {}
                    () = called(&mut wake) => tokio::time::sleep(GATHER).await,
                    () = app.stopping.cancelled() => return Ok(()),
                }
            }
        });
    }
}

/// Waits for the next wake-up; for ever when there is none to wait for.
async fn called(wake: &mut Option<watch::Receiver<u64>>) {
    let heard = match wake {
        Some(wake) => wake.changed().await.is_ok(),
        None => false,
    };
    if !heard {
        std::future::pending().await
    }
}

/// A round that fails is told and tried again: the database may be away for a while.
fn round(name: &str, outcome: store::Result<usize>) {
    match outcome {
        Ok(0) => {}
        Ok(done) => tracing::debug!(done, "{name}"),
        Err(error) => tracing::warn!(error = %causes(&error), "{name}: this round failed, the next one tries again"),
    }
}
