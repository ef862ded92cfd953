//! What a handler may reach: the store, the clock, the live channels, and the settings that change answers.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use store::Store;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::clock::Clock;
use crate::dry_runs::DryRuns;
use crate::journal::Journal;
use crate::live::Live;
use crate::log_index::Indexes;
use crate::loops::Loops;
use crate::paces::Paces;
use crate::polls::Polls;
use crate::task_workers::TaskWorkers;

/// Shared by all handlers and loops; cheap to clone.
#[derive(Clone)]
pub struct AppState {
    pub store: Store,
    pub clock: Clock,
    pub live: Live,
    /// Where in the logs that people look at which line is.
    pub log_indexes: Indexes,
    pub policy: Arc<Policy>,
    /// Polls for work that are not written down yet.
    pub polls: Polls,
    /// Why runs are not taken, not written down yet.
    pub journal: Journal,
    /// How the loops of this process fare.
    pub loops: Loops,
    /// How long requests to this process took.
    pub paces: Paces,
    /// The settings that this process was started with.
    pub settings: Arc<Vec<SettingFact>>,
    /// Questions to the clusters of workers.
    pub dry_runs: DryRuns,
    /// Task workers that wait for background tasks.
    pub task_workers: TaskWorkers,
    /// Whether the directory that the server applies was applied; true when there is none.
    pub applied: Arc<AtomicBool>,
    /// Ends when the server is asked to stop; sockets say goodbye on it.
    pub stopping: CancellationToken,
    /// Counts the open sockets, so that the server can wait for their last writes.
    pub sockets: TaskTracker,
}

/// A setting as people may see it.
#[derive(Debug, Clone)]
pub struct SettingFact {
    pub key: String,
    /// Secrets are hidden.
    pub shown: String,
    /// Who set it; empty where nobody did.
    pub from: String,
    pub help: String,
}

/// Settings that change what the API answers and what the loops do; the defaults are Prefect's.
#[derive(Debug, Clone)]
pub struct Policy {
    /// `user:password` that every request but health checks must carry.
    pub auth_string: Option<String>,
    pub scheduler: SchedulerPolicy,
    pub foreman: ForemanPolicy,
    pub loops: LoopsPolicy,
    /// A Scheduled run this much past due is marked Late.
    pub late_after: Duration,
    /// A run that has been CANCELLING for this long is forced to Cancelled.
    pub cancelling_timeout: Duration,
    /// The address of the dashboard, without a slash at the end: links in messages begin with it.
    pub dashboard_url: String,
    /// A run that was claimed (PENDING) and not started within this time goes back to Scheduled.
    pub claim_lease: Duration,
}

/// How far ahead the scheduler plans.
#[derive(Debug, Clone)]
pub struct SchedulerPolicy {
    /// Pause between two full rounds.
    pub loop_interval: Duration,
    /// Pause between two looks at deployments that have just changed.
    pub recent_interval: Duration,
    /// At most so many runs of a schedule are planned.
    pub max_runs: usize,
    /// At least so many runs of a schedule are planned.
    pub min_runs: usize,
    /// Nothing later than this is planned.
    pub max_scheduled_time: Duration,
    /// Planning goes on until this far ahead.
    pub min_scheduled_time: Duration,
}

/// Which loops run here, and the pauses between their rounds; without a pause a loop does not run.
#[derive(Debug, Clone)]
pub struct LoopsPolicy {
    /// Whether runs are planned; how often is the scheduler's own policy.
    pub plans_runs: bool,
    pub late_runs: Option<Duration>,
    pub pause_expirations: Option<Duration>,
    pub cancellation_cleanup: Option<Duration>,
    pub foreman: Option<Duration>,
}

impl Default for LoopsPolicy {
    fn default() -> Self {
        LoopsPolicy {
            plans_runs: true,
            late_runs: Some(Duration::from_secs(5)),
            pause_expirations: Some(Duration::from_secs(5)),
            cancellation_cleanup: Some(Duration::from_secs(20)),
            foreman: Some(Duration::from_secs(15)),
        }
    }
}

/// When who is silent counts as gone.
#[derive(Debug, Clone)]
pub struct ForemanPolicy {
    /// A worker is offline after so many of its heartbeats have failed to come.
    pub inactivity_heartbeat_multiple: u32,
    /// The time between heartbeats of a worker that does not tell its own.
    pub fallback_heartbeat_interval: Duration,
    /// A deployment that nobody polled for this long is not ready.
    pub deployment_polled_within: Duration,
    /// A queue that nobody polled for this long is not ready.
    pub queue_polled_within: Duration,
}

impl ForemanPolicy {
    /// [`ForemanPolicy::inactivity_heartbeat_multiple`] as SQL takes it.
    pub fn beats(&self) -> i64 {
        i64::from(self.inactivity_heartbeat_multiple)
    }

    /// [`ForemanPolicy::fallback_heartbeat_interval`] in whole seconds, at least one.
    pub fn interval_seconds(&self) -> i64 {
        (self.fallback_heartbeat_interval.as_secs().max(1)) as i64
    }
}

impl Default for ForemanPolicy {
    fn default() -> Self {
        ForemanPolicy {
            inactivity_heartbeat_multiple: 3,
            fallback_heartbeat_interval: Duration::from_secs(30),
            deployment_polled_within: Duration::from_secs(60),
            queue_polled_within: Duration::from_secs(60),
        }
    }
}

impl Default for Policy {
    fn default() -> Self {
        Policy {
            auth_string: None,
            scheduler: SchedulerPolicy::default(),
            foreman: ForemanPolicy::default(),
            loops: LoopsPolicy::default(),
            late_after: Duration::from_secs(15),
            cancelling_timeout: Duration::from_secs(300),
            dashboard_url: "http://127.0.0.1:4200".to_owned(),
            claim_lease: Duration::from_secs(300),
        }
    }
}

impl Default for SchedulerPolicy {
    fn default() -> Self {
        SchedulerPolicy {
            loop_interval: Duration::from_secs(60),
            recent_interval: Duration::from_secs(1),
            max_runs: 100,
            min_runs: 3,
            max_scheduled_time: Duration::from_secs(100 * 24 * 3600),
            min_scheduled_time: Duration::from_secs(3600),
        }
    }
}

/// A call to somebody else may go on for this long once the server is asked to stop.
const LAST_CALL: Duration = Duration::from_secs(7);

impl AppState {
    /// What a call to somebody else gives; nothing when it takes too long for a server that is to stop.
    pub async fn unless_stopping<T>(&self, call: impl Future<Output = T>) -> Option<T> {
        let end = async {
            self.stopping.cancelled().await;
            tokio::time::sleep(LAST_CALL).await;
        };
        tokio::select! {
            answer = call => Some(answer),
            () = end => None,
        }
    }

    /// State over an open store, with the machine's clock.
    pub fn new(store: Store, policy: Policy) -> Self {
        AppState {
            dry_runs: DryRuns::new(store.clone()),
            store,
            clock: Clock::system(),
            live: Live::new(),
            log_indexes: Indexes::default(),
            policy: Arc::new(policy),
            polls: Polls::default(),
            journal: Journal::default(),
            loops: Loops::default(),
            paces: Paces::default(),
            settings: Arc::default(),
            task_workers: TaskWorkers::default(),
            stopping: CancellationToken::new(),
            sockets: TaskTracker::new(),
            applied: Arc::new(AtomicBool::new(true)),
        }
    }
}
