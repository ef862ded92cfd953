//! Runs as Jobs of a Kubernetes cluster.

mod board;
mod cluster;
mod dry_run;
mod end;
mod facts;
mod follow;
mod heard;
mod jobs;
mod keeper;
mod logs;
mod make;
mod orphans;
mod pending;
mod permissions;
mod reasons;
mod supervise;
mod timeline;
mod told;
mod watch;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use domain::filter::OptionalIdOps;
use domain::flow_runs::FlowRun;
use domain::id::WorkPoolId;
use domain::logs::{LogFilter, LogPage, LogSort};
use domain::state::StateType;
use domain::{FlowRunId, Timestamp};
use tokio_util::sync::CancellationToken;

use crate::backoff::persist;
use crate::error::{Trouble, WorkerError};
use crate::left_behind::LeftBehind;
use crate::output::{FLOW_RUNS, INFO};
use crate::render::{Configuration, KubernetesJob};
use crate::run::Run;
use crate::settings::KubernetesSettings;
use crate::settle::Ending;
use crate::{Infrastructure, Worker, submit, telling};

use board::View;
use cluster::{Cluster, Clusters};
pub(crate) use cluster::{ClusterConfig, own_namespace};
pub(crate) use dry_run::dry_run;
use jobs::Place;
use make::make;
pub use permissions::{Permission, Permissions, permissions, role_yaml};
use reasons::Verdict;
use supervise::{Supervision, refused};
use timeline::Moment;

/// A run whose Job has been gone for so long has lost it.
const SURELY_GONE: Duration = Duration::from_secs(15);
/// Another worker that seems to live gets this long to report the end of its Job, or to begin with a cancellation.
/// It does so within a second; its heartbeats go on counting for minutes after it was killed.
const OWNER_FIRST: Duration = Duration::from_secs(4);
/// Notes about runs that have ended otherwise are dropped after this time.
const FORGET: Duration = Duration::from_secs(600);

/// Where runs of a kubernetes pool are carried out.
pub(crate) struct Kubernetes {
    clusters: Clusters,
    /// Since when runs of other workers have needed something done for them.
    overdue: Mutex<HashMap<FlowRunId, Instant>>,
    /// Since when Jobs have been there whose runs are not.
    missing: tokio::sync::Mutex<HashMap<String, Instant>>,
}

/// The cluster and the Job of a run, with its manifest as JSON, and what the server is told of that. Hundreds may wait
/// for their turn to be created.
struct Prepared {
    cluster: Arc<Cluster>,
    job: KubernetesJob,
    manifest: Vec<u8>,
    told: Vec<u8>,
}

impl Kubernetes {
    pub(crate) async fn connect(settings: &KubernetesSettings, pool: WorkPoolId) -> Result<Self, WorkerError> {
        let clusters = Clusters::connect(settings, pool).await?;
        Ok(Kubernetes { clusters, overdue: Mutex::default(), missing: tokio::sync::Mutex::default() })
    }

    /// Fires when a watcher has ended although nobody asked it to.
    pub(crate) fn died(&self) -> CancellationToken {
        self.clusters.died()
    }

    /// Carries the run out once, in a Job of its own.
    pub(crate) async fn execute(&self, run: &Run, attempt: i64) -> Ending {
        let Prepared { cluster, job, manifest, told } = match Box::pin(self.prepare(run, attempt)).await {
            Ok(prepared) => prepared,
            Err(why) => return Box::pin(refused(run, why)).await,
        };
        let place = Place { cluster: &cluster, namespace: &job.namespace, name: &job.name };
        let board = cluster.board(&job.namespace);
        // Followed before it exists, so that nothing is missed.
        let view = board.follow(&job.name);
        let mut supervision = Supervision::new(run, &job, place, board, view);
        let begin = Box::pin(async {
            make(run, place, &supervision.board, manifest).await?;
            begun(run, place, told).await;
            Ok(())
        });
        let made = tokio::select! {
            made = begin => made,
            // The request may have arrived all the same.
            () = run.cancelled.cancelled() => return Box::pin(supervision.cancel()).await,
        };
        match made {
            Ok(()) => {}
            Err(Trouble::Retry(_)) => return Ending::Detached,
            Err(trouble) => return Box::pin(refused(run, trouble)).await,
        }
        supervision.run().await
    }

    /// The cluster and the Job that the run is to have.
    async fn prepare(&self, run: &Run, attempt: i64) -> Result<Prepared, String> {
        let configuration = Configuration::of(run, attempt).await?;
        let cluster = self.clusters.of(configuration.cluster_config().as_ref()).await?;
        let (job, manifest, shown) = configuration.kubernetes_job(&cluster.namespace)?;
        let manifest = telling::written(&manifest).map_err(|error| error.to_string())?;
        Ok(Prepared { cluster, job, manifest, told: told::of_manifest(shown)? })
    }

    /// True when the Job of a run that was left behind carries this pool's label, so that the watchers see
    /// it and its pods, or when it is surely gone. Prefect 2's workers do not label: their Jobs are theirs.
    pub(crate) async fn may_adopt(&self, namespace: &str, name: &str, left: &LeftBehind) -> bool {
        match jobs::read(Place { cluster: self.clusters.own(), namespace, name }).await {
            Ok(Some(job)) => self.clusters.selects(&job.metadata),
            Ok(None) => left.known_for >= SURELY_GONE,
            Err(trouble) => {
                tracing::warn!("cannot read job {namespace}:{name}: {trouble}");
                false
            }
        }
    }

    /// Goes on with a Job that another worker has made.
    pub(crate) async fn adopt(&self, run: &Run, namespace: &str, name: &str) -> Ending {
        let (cluster, job) = match self.prepare(run, run.flow_run.run_count).await {
            Ok(Prepared { cluster, job, .. }) => (cluster, job),
            // The template has been broken since; what runs is looked after all the same.
            Err(why) => {
                tracing::warn!("flow run {}: {why}", run.flow_run.name);
                (self.clusters.own().clone(), KubernetesJob::unknown(namespace, name))
            }
        };
        let place = Place { cluster: &cluster, namespace, name };
        let board = cluster.board(namespace);
        let view = board.follow(name);
        run.worker.active.has_started(run.id());
        match persist("read the Job", &run.worker.stop, || jobs::read(place)).await {
            Ok(Some(found)) => board.enter(&found),
            Ok(None) => {
                let text = "Kubernetes job was deleted.";
                let moment = Moment::new("job.missing", run.worker.clock.now(), text);
                timeline::tell(run, place, &View::default(), vec![moment]).await;
                return Ending::Over(text.to_owned());
            }
            Err(Trouble::Retry(_)) => return Ending::Detached,
            Err(trouble) => return Ending::Over(trouble.to_string()),
        }
        run.say(INFO, format!("Worker '{}' goes on with Job {}.", run.worker.name, place.pid())).await;
        let mut supervision = Supervision::new(run, &job, place, board, view);
        if run.flow_run.state_type == Some(StateType::Cancelling) {
            return Box::pin(supervision.cancel()).await;
        }
        supervision.goes_on(run.flow_run.state_type == Some(StateType::Running), last_line(run).await).run().await
    }
}

/// Says on the server what has been begun, in its turn.
async fn begun(run: &Run, place: Place<'_>, told: Vec<u8>) {
    told::manifest(run, told).await;
    // An error means that the worker has ended.
    let turn = run.worker.beginning.acquire().await;
    run.set_infrastructure_pid(&place.pid()).await;
    drop(turn);
    run.worker.active.has_started(run.id());
}

/// The time of the last line of a plain command that is stored; what comes after it is still to be read.
async fn last_line(run: &Run) -> Option<Timestamp> {
    let of_run = OptionalIdOps { any_: Some(vec![run.id()]), ..OptionalIdOps::default() };
    let page = LogPage {
        logs: Some(LogFilter { flow_run_id: Some(of_run), ..LogFilter::default() }),
        sort: Some(LogSort::TimestampDesc),
        ..LogPage::default()
    };
    let lines = client::logs::filter(&run.worker.client, &page).await.ok()?;
    lines.into_iter().find(|line| line.name == FLOW_RUNS).map(|line| line.timestamp)
}

/// Takes over the Job of a worker that is gone, and the Job of one that seems to live but does not do what is to be
/// done.
pub(crate) fn look_after(worker: &Arc<Worker>, left: LeftBehind) {
    let Infrastructure::Kubernetes(kubernetes) = &worker.infrastructure else { return };
    let Some((namespace, name)) = place_of(&left.pid) else { return };
    let board = kubernetes.clusters.own().board(&namespace);
    let view = board.look(&name);
    if !left.owner_lives || kubernetes.is_overdue(&left.flow_run, view.as_ref()) {
        submit::adopt(worker, left, namespace, name);
    }
}

impl Kubernetes {
    /// Watches the namespace where Jobs go by the pool's template, so that those of earlier workers are seen
    /// before there is a run.
    pub(crate) async fn watch_default_namespace(&self, worker: &Worker) {
        let pool = worker.pool.fresh(&worker.client).await;
        let default = pool.base_job_template.get("variables").and_then(|variables| {
            variables.pointer("/properties/namespace/default")?.as_str().filter(|text| !text.is_empty())
        });
        let own = self.clusters.own();
        let namespace = default.unwrap_or(&own.namespace);
        match jobs::may_list(own, namespace).await {
            true => drop(own.board(namespace)),
            false => tracing::info!("Jobs of namespace {namespace} are not looked for: this worker may not list them"),
        }
    }

    /// Ends Jobs without a live run; `live` are the pool's.
    pub(crate) async fn clear_orphans(&self, worker: &Arc<Worker>, live: &HashSet<FlowRunId>) -> Result<(), Trouble> {
        orphans::clear(worker, self, live).await
    }

    /// True when something has been to be done for the run for longer than a worker that lives would take: its end
    /// is to be reported, or it is to be cancelled and nobody has begun.
    fn is_overdue(&self, run: &FlowRun, view: Option<&View>) -> bool {
        let has_ended = matches!(
            view.map(View::verdict),
            Some(Verdict::Succeeded | Verdict::Failed { .. } | Verdict::Deleted | Verdict::PodLost(_))
        );
        let deleting = view.is_some_and(|view| view.job.as_ref().is_some_and(|job| job.deleting));
        let to_do = has_ended || (run.state_type == Some(StateType::Cancelling) && !deleting);
        let mut overdue = self.overdue.lock().unwrap_or_else(PoisonError::into_inner);
        // What was noted and never came back: a run that ended between two looks.
        overdue.retain(|_, since| since.elapsed() < FORGET);
        if !to_do {
            overdue.remove(&run.id);
            return false;
        }
        overdue.entry(run.id).or_insert_with(Instant::now).elapsed() >= OWNER_FIRST
    }
}

/// Namespace and name out of `namespace:name`, or out of Prefect 2's `cluster:namespace:name`.
fn place_of(pid: &str) -> Option<(String, String)> {
    let parts: Vec<&str> = pid.split(':').collect();
    match parts.as_slice() {
        [namespace, name] | [_, namespace, name] if !namespace.is_empty() && !name.is_empty() => {
            Some(((*namespace).to_owned(), (*name).to_owned()))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read_from_both_majors_pids() {
        let dev = Some(("dev".to_owned(), "job-1".to_owned()));
        assert_eq!(place_of("dev:job-1"), dev);
        assert_eq!(place_of("9be7-uid:dev:job-1"), dev);
        for other in ["", "job-1", ":job", "a:b:c:d"] {
            assert_eq!(place_of(other), None, "{other:?}");
        }
    }
}
