//! Runs that a worker began and left behind: killed, restarted, or lost with its machine.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::FlowRunId;
use domain::filter::{AnyOps, Filters, Page, StateOps, StateTypeOps};
use domain::flow_runs::{FlowRun, FlowRunFilter, FlowRunSort};
use domain::state::StateType;
use domain::work_pools::{WorkPoolFilter, WorkerStatus};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::error::{Trouble, WorkerError};
use crate::{Infrastructure, Worker, kubernetes, process};

/// How often to look …
const EVERY: Duration = Duration::from_secs(4);
/// … unless a look takes longer than this part of the time.
const SHARE: u32 = 10;
/// The server's page size.
pub(crate) const PAGE: usize = 200;

/// A live run of the pool that is not in this worker's hands.
pub(crate) struct LeftBehind {
    pub(crate) flow_run: FlowRun,
    /// Where it is carried out, in the words of the worker that began it.
    pub(crate) pid: String,
    /// True while the worker that began it sends heartbeats.
    pub(crate) owner_lives: bool,
    /// How long this worker has known of it.
    pub(crate) known_for: Duration,
}

/// Looks after such runs until `done` fires; first thing at the start, for a worker that comes back.
pub(crate) async fn look_after(worker: Arc<Worker>, done: CancellationToken) -> Result<(), WorkerError> {
    if worker.settings.run_once {
        return Ok(());
    }
    let mut known = HashMap::new();
    if let Infrastructure::Kubernetes(kubernetes) = &worker.infrastructure {
        kubernetes.watch_default_namespace(&worker).await;
    }
    loop {
        let began = Instant::now();
        match find(&worker, &mut known).await {
            Ok(found) => {
                for left in found {
                    match &worker.infrastructure {
                        Infrastructure::Process(_) => process::look_after(&worker, left),
                        Infrastructure::Kubernetes(_) => kubernetes::look_after(&worker, left),
                    }
                }
            }
            Err(trouble) => tracing::debug!("cannot look for runs left behind: {trouble}"),
        }
        tokio::select! {
            () = tokio::time::sleep(EVERY.max(began.elapsed() * SHARE)) => {}
            () = done.cancelled() => return Ok(()),
            () = worker.stop.cancelled() => return Ok(()),
            () = worker.infrastructure.died() => {
                let reason = "a watcher of the cluster ended".to_owned();
                return Err(WorkerError::LoopDied { name: "left-behind", reason });
            }
        }
    }
}

/// All of them, with the time since when each is known.
async fn find(worker: &Arc<Worker>, known: &mut HashMap<FlowRunId, Instant>) -> Result<Vec<LeftBehind>, Trouble> {
    let Live { all, mut runs } = live_runs(worker).await?;
    if let Infrastructure::Kubernetes(kubernetes) = &worker.infrastructure
        && let Err(trouble) = kubernetes.clear_orphans(worker, &all).await
    {
        tracing::debug!("cannot look for Jobs without a run: {trouble}");
    }
    runs.retain(|run| !worker.active.holds(run.id));
    known.retain(|id, _| runs.iter().any(|run| run.id == *id));
    if runs.is_empty() {
        return Ok(Vec::new());
    }
    let online = online(worker).await?;
    let left = runs.into_iter().filter_map(|flow_run| {
        let pid = flow_run.infrastructure_pid.clone()?;
        let owner = flow_run.labels.get("prefect.worker.name").and_then(Value::as_str);
        let known_for = known.entry(flow_run.id).or_insert_with(Instant::now).elapsed();
        let owner_lives = owner.is_some_and(|owner| owner != worker.name && online.contains(owner));
        Some(LeftBehind { flow_run, pid, owner_lives, known_for })
    });
    Ok(left.collect())
}

/// Runs of the pool that have been taken and have not ended.
struct Live {
    all: HashSet<FlowRunId>,
    /// Those that are carried out somewhere, but not by this worker: thousands of others are not kept whole.
    runs: Vec<FlowRun>,
}

async fn live_runs(worker: &Worker) -> Result<Live, Trouble> {
    let mut found = Live { all: HashSet::new(), runs: Vec::new() };
    let mut offset = 0;
    loop {
        let page = client::flow_runs::filter(&worker.client, &live(&worker.pool.name, offset)).await?;
        let last = page.len() < PAGE;
        offset += page.len();
        found.all.extend(page.iter().map(|run| run.id));
        let left = |run: &FlowRun| run.infrastructure_pid.is_some() && !worker.active.holds(run.id);
        found.runs.extend(page.into_iter().filter(left));
        if last {
            return Ok(found);
        }
    }
}

fn live(pool: &str, offset: usize) -> Page<FlowRunSort> {
    let kinds = vec![StateType::Pending, StateType::Running, StateType::Cancelling];
    let state = StateOps { kind: Some(StateTypeOps { any_: Some(kinds), not_any_: None }), ..StateOps::default() };
    let pools =
        WorkPoolFilter { name: Some(AnyOps { any_: Some(vec![pool.to_owned()]) }), ..WorkPoolFilter::default() };
    Page {
        filters: Filters {
            flow_runs: Some(FlowRunFilter { state: Some(state), ..FlowRunFilter::default() }),
            work_pools: Some(pools),
            ..Filters::default()
        },
        // A stable order; runs that end between two pages may hide others until the next look.
        sort: Some(FlowRunSort::IdDesc),
        limit: Some(i64::try_from(PAGE).unwrap_or(200)),
        offset: Some(i64::try_from(offset).unwrap_or(i64::MAX)),
        ..Page::default()
    }
}

/// Names of the pool's workers that send heartbeats.
async fn online(worker: &Worker) -> Result<HashSet<String>, Trouble> {
    let workers = client::work_pools::workers(&worker.client, &worker.pool.name, None).await?;
    let online = workers.into_iter().filter(|worker| worker.status == WorkerStatus::Online);
    Ok(online.map(|worker| worker.name).collect())
}
