//! Workers: they take due flow runs out of one work pool and see them through.
//!
//! A worker is a client of the public API like any other: it polls its pool, claims a run by proposing
//! PENDING, renders the pool's template for it, starts a process or a Kubernetes Job, and reports what
//! the run cannot report itself: that its infrastructure is pending, that it ended without a final
//! state, and all there is to say about a command or an image without Prefect code in it. It never
//! reaches the database. `reeve worker start` runs one alone, `reeve server start` can host one.

mod active;
mod backoff;
mod cancel;
mod claims;
mod clock;
mod due;
mod error;
mod known;
mod kubernetes;
mod left_behind;
mod output;
mod poll;
mod pool;
mod process;
mod render;
mod run;
mod settings;
mod settle;
mod submit;
mod telling;
mod transition;
mod wake;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use client::Client;
use domain::deployments::Deployment;
use domain::flows::Flow;
use domain::{DeploymentId, FlowId};
use futures::StreamExt;
use futures::stream::FuturesUnordered;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::{Semaphore, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use error::WorkerError;
pub use kubernetes::{Permission, Permissions, permissions, role_yaml};
pub use settings::{KubernetesSettings, SecretVariable, Settings};

use active::Active;
use pool::Pool;
use run::Run;
use settle::Ending;
use wake::Wake;

/// Claims on their way at once.
const CLAIMS: usize = 16;

/// Claimed runs that are on their way to their infrastructure at once: more requests to the server would only wait
/// there, each on a connection of its own.
const BEGINNING: usize = 32;

/// Calls at once that send lines of logs.
const LOGGING: usize = 16;

/// Everything a run of this worker may reach.
pub(crate) struct Worker {
    settings: Settings,
    name: String,
    clock: clock::Clock,
    client: Client,
    pool: Pool,
    /// Those of the runs that are being taken.
    deployments: known::Known<DeploymentId, Deployment>,
    flows: known::Known<FlowId, Flow>,
    infrastructure: Infrastructure,
    active: Active,
    wake: Wake,
    /// The claims that are under way; whatever can wait lets them pass.
    claiming: watch::Sender<submit::Claims>,
    /// Where claims are gathered.
    claims: claims::Desk,
    /// Turns at claiming alone.
    turns: Semaphore,
    /// Turns at the way from the claim to what is started, and at telling why it has not.
    beginning: Semaphore,
    /// Turns at sending lines of logs.
    logging: Semaphore,
    /// What the server is told beside.
    telling: telling::Telling,
    /// The tasks of runs: each sees one run through.
    tracker: TaskTracker,
    /// No new runs.
    stop: CancellationToken,
    /// End what runs.
    abort: CancellationToken,
}

/// Where runs are carried out: the pool's type decides.
pub(crate) enum Infrastructure {
    Process(process::Processes),
    Kubernetes(kubernetes::Kubernetes),
}

impl Infrastructure {
    async fn of(settings: &Settings, pool: &Pool) -> Result<Self, WorkerError> {
        match pool.kind.as_str() {
            "kubernetes" => kubernetes::Kubernetes::connect(&settings.kubernetes, pool.id).await.map(Self::Kubernetes),
            _ => Ok(Self::Process(process::Processes::default())),
        }
    }

    /// Carries the run out once; `attempt` counts how often it has begun before.
    async fn execute(&self, run: &Run, attempt: i64) -> Ending {
        match self {
            Infrastructure::Process(processes) => Box::pin(processes.execute(run, attempt)).await,
            Infrastructure::Kubernetes(kubernetes) => Box::pin(kubernetes.execute(run, attempt)).await,
        }
    }

    /// Waits for something to die that no worker can do without.
    async fn died(&self) {
        match self {
            Infrastructure::Process(_) => std::future::pending().await,
            Infrastructure::Kubernetes(kubernetes) => kubernetes.died().cancelled().await,
        }
    }
}

/// Works for one pool until `cancel` fires. Then no run is taken any more; processes finish (see
/// [`Settings::drain_seconds`] and [`Settings::abort`]), Jobs are left to the next worker. A server that
/// cannot be reached is waited for; an error means that going on makes no sense.
pub async fn start(settings: Settings, client: Client, cancel: CancellationToken) -> Result<(), WorkerError> {
    let Some(pool) = Pool::open(&settings, &client, &cancel).await? else { return Ok(()) };
    let infrastructure = Infrastructure::of(&settings, &pool).await?;
    let name = settings.name.clone().unwrap_or_else(|| default_name(&pool.kind));
    tracing::info!("worker {name:?} works for {} pool {:?}", pool.kind, pool.name);
    let (claims, put_in) = tokio::sync::mpsc::unbounded_channel();
    let worker = Arc::new(Worker {
        abort: settings.abort.child_token(),
        stop: cancel.child_token(),
        name,
        clock: clock::Clock::default(),
        settings,
        client,
        pool,
        deployments: known::Known::default(),
        flows: known::Known::default(),
        infrastructure,
        active: Active::new(),
        wake: Wake::new(),
        claiming: watch::Sender::new(submit::Claims::default()),
        claims,
        turns: Semaphore::new(CLAIMS),
        beginning: Semaphore::new(BEGINNING),
        logging: Semaphore::new(LOGGING),
        telling: telling::Telling::default(),
        tracker: TaskTracker::new(),
    });
    work(worker, put_in).await
}

/// `ProcessWorker 5ca39a0c-…`: the names that Prefect's workers give themselves.
fn default_name(kind: &str) -> String {
    let kind = if kind == "kubernetes" { "Kubernetes" } else { "Process" };
    format!("{kind}Worker {}", uuid::Uuid::new_v4())
}

/// Runs the loops; one that fails, or ends unasked, ends the worker.
async fn work(worker: Arc<Worker>, put_in: UnboundedReceiver<claims::Claim>) -> Result<(), WorkerError> {
    let done = CancellationToken::new();
    let loops = TaskTracker::new();
    let mut running = FuturesUnordered::new();
    running.push(named("heartbeat", loops.spawn(pool::heartbeat(worker.clone(), done.clone()))));
    running.push(named("wake-up", loops.spawn(wake::listen(worker.clone(), done.clone()))));
    running.push(named("cancellation", loops.spawn(cancel::watch(worker.clone(), done.clone()))));
    running.push(named("left-behind", loops.spawn(left_behind::look_after(worker.clone(), done.clone()))));
    running.push(named("claims", loops.spawn(claims::run(worker.clone(), put_in, done.clone()))));
    running.push(named("poll", loops.spawn(take_and_finish(worker.clone(), done.clone()))));
    let mut outcome = Ok(());
    while let Some(ended) = running.next().await {
        if let Err(error) = ended
            && outcome.is_ok()
        {
            tracing::error!("{error}");
            worker.stop.cancel();
            done.cancel();
            outcome = Err(error);
        }
    }
    outcome
}

/// Takes runs until told to stop, then waits for those under way. The other loops go on meanwhile: the
/// worker is alive, and what still runs can be cancelled.
async fn take_and_finish(worker: Arc<Worker>, done: CancellationToken) -> Result<(), WorkerError> {
    poll::run(worker.clone(), worker.stop.clone()).await?;
    worker.tracker.close();
    let drained = async {
        match worker.settings.drain_seconds {
            Some(seconds) => tokio::time::sleep(Duration::from_secs_f64(seconds.clamp(0.0, 1e9))).await,
            None => std::future::pending().await,
        }
        worker.stop.cancelled().await;
    };
    tokio::select! {
        () = worker.tracker.wait() => {}
        () = drained => {
            worker.abort.cancel();
            worker.tracker.wait().await;
        }
    }
    done.cancel();
    Ok(())
}

/// A loop's end, with its name if that was a death.
async fn named(
    name: &'static str,
    task: impl Future<Output = Result<Result<(), WorkerError>, tokio::task::JoinError>>,
) -> Result<(), WorkerError> {
    match task.await {
        Ok(outcome) => outcome,
        Err(died) => Err(WorkerError::LoopDied { name, reason: died.to_string() }),
    }
}
