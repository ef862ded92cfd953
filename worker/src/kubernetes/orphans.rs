//! Jobs without a live run: found by comparing the boards with the server's list, reported, deleted.
//!
//! The other way round, a live run without a Job, is found in [`crate::left_behind`], which asks for the
//! Job of each run that is in nobody's hands.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::FlowRunId;
use domain::filter::{Filters, IdOps, Page};
use domain::flow_runs::{FlowRun, FlowRunFilter, FlowRunSort};
use domain::state::StateType;

use super::Kubernetes;
use super::jobs::{self, Place};
use super::timeline::{self, Moment};
use crate::Worker;
use crate::error::Trouble;
use crate::left_behind::PAGE;

/// A run has to be missing for so long: its Job may have been seen before the run was.
const MISSING: Duration = Duration::from_secs(8);
/// Seconds that a pod gets to end by itself after its run has been cancelled or has crashed …
const CUT_OFF_SECONDS: f64 = 30.0;
/// … and after a run's own end, when hooks of the flow may still have something to do.
const ENDED_SECONDS: f64 = 300.0;

/// A Job that has not ended.
pub(super) struct Running {
    pub(super) namespace: String,
    pub(super) name: String,
    pub(super) uid: String,
    pub(super) run: FlowRunId,
}

/// Ends the Jobs of runs that have ended or are gone. `live` are the runs of the pool that have not.
pub(crate) async fn clear(
    worker: &Arc<Worker>,
    kubernetes: &Kubernetes,
    live: &HashSet<FlowRunId>,
) -> Result<(), Trouble> {
    let jobs: Vec<Running> =
        kubernetes.clusters.own().running().into_iter().filter(|job| !live.contains(&job.run)).collect();
    let mut missing = kubernetes.missing.lock().await;
    missing.retain(|name, _| jobs.iter().any(|job| job.name == *name));
    for jobs in jobs.chunks(PAGE) {
        let runs = runs_of(worker, jobs).await?;
        for job in jobs {
            if let Some(why) = why(worker, job, runs.get(&job.run), &mut missing) {
                end(worker, kubernetes, job, why).await;
            }
        }
    }
    Ok(())
}

async fn runs_of(worker: &Worker, jobs: &[Running]) -> Result<HashMap<FlowRunId, FlowRun>, Trouble> {
    let ids = jobs.iter().map(|job| job.run).collect();
    let runs = FlowRunFilter { id: Some(IdOps { any_: Some(ids), not_any_: None }), ..FlowRunFilter::default() };
    let page: Page<FlowRunSort> =
        Page { filters: Filters { flow_runs: Some(runs), ..Filters::default() }, ..Page::default() };
    let found = client::flow_runs::filter(&worker.client, &page).await?;
    Ok(found.into_iter().map(|run| (run.id, run)).collect())
}

/// Why the Job has to go; `None` when it does not, or not yet.
fn why(
    worker: &Worker,
    job: &Running,
    run: Option<&FlowRun>,
    missing: &mut HashMap<String, Instant>,
) -> Option<String> {
    let Some(run) = run else {
        let since = missing.entry(job.name.clone()).or_insert_with(Instant::now);
        return (since.elapsed() >= MISSING).then(|| "its flow run has been deleted".to_owned());
    };
    missing.remove(&job.name);
    let patience = match run.state_type? {
        StateType::Cancelled | StateType::Crashed => CUT_OFF_SECONDS,
        StateType::Completed | StateType::Failed => ENDED_SECONDS,
        // It will be taken anew, or waits inside of its pod.
        _ => return None,
    };
    let state = run.state.as_ref()?;
    let seconds = worker.clock.now().seconds_since(state.timestamp);
    (seconds >= patience).then(|| format!("its flow run {} has been {} for {seconds:.0} s", run.name, state.name))
}

async fn end(worker: &Arc<Worker>, kubernetes: &Kubernetes, job: &Running, why: String) {
    let cluster = kubernetes.clusters.own();
    let place = Place { cluster, namespace: &job.namespace, name: &job.name };
    let message = format!("Job {} is deleted: {why}.", place.pid());
    // Whoever has it in hand ends it with all that belongs to that.
    if !worker.active.cancel(job.run) {
        match jobs::delete(place, Some(&job.uid)).await {
            Ok(true) => {}
            Ok(false) => return,
            Err(trouble) => return tracing::warn!("job {} has no run and cannot be deleted: {trouble}", place.pid()),
        }
    }
    tracing::warn!("{message}");
    timeline::tell_of_job(worker, place, &job.uid, Moment::new("job.orphaned", worker.clock.now(), &message), job.run)
        .await;
}
