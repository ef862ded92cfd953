//! The events of a run's Job and pod: when what happened on the way from the Job to the start, and what
//! went wrong. Named as Prefect 3's observer names them, `prefect.kubernetes.pod.…`; the run is related.

use std::sync::Arc;

use domain::events::{Event, NAME, ROLE, Resource};
use domain::{EventId, FlowRunId, Timestamp};
use http::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::board::View;
use super::facts::{JobFacts, PodFacts};
use super::jobs::{self, Place};
use crate::Worker;
use crate::run::Run;
use crate::telling;

/// One thing that happened.
pub(super) struct Moment {
    /// `job.created`, `pod.started`, …
    what: &'static str,
    at: Timestamp,
    said: Value,
}

impl Moment {
    /// Something with the cluster's or the worker's words about it.
    pub(super) fn new(what: &'static str, at: Timestamp, message: &str) -> Self {
        Moment { what, at, said: json!({ "message": message }) }
    }
}

/// From the Job's creation to the start of its container, as far as the cluster tells; empty without a pod.
pub(super) async fn start(place: Place<'_>, view: &View) -> Vec<Moment> {
    let (Some(job), Some(pod)) = (&view.job, view.pods.last()) else { return Vec::new() };
    let node = pod.node.as_deref().unwrap_or("a node");
    let micros = Timestamp::from_micros;
    let mut moments =
        vec![Moment::new("job.created", micros(job.created), &format!("Job {} was created.", place.pid()))];
    moments.extend(pod.scheduled.map(|at| Moment::new("pod.scheduled", micros(at), &format!("{node} takes the pod."))));
    if let Some((at, message)) = jobs::pulled(place, &pod.name).await {
        moments.push(Moment::new("pod.pulled", micros(at), &message));
    }
    moments.extend(pod.started_at.map(|at| Moment::new("pod.started", micros(at), "The container has started.")));
    moments
}

/// Tells the server of `moments`, beside whatever else is being done.
pub(super) async fn tell(run: &Run, place: Place<'_>, view: &View, moments: Vec<Moment>) {
    let about = |moment: &Moment| match (moment.what.split_once('.'), view.pods.last(), &view.job) {
        (Some(("pod", _)), Some(pod), _) => of_pod(pod),
        (_, _, Some(job)) => of_job(job, place.name),
        _ => Resource::of("kubernetes.job", place.name).with(NAME, place.name),
    };
    let events = moments.into_iter().map(|moment| {
        let about = about(&moment).with("kubernetes.namespace", place.namespace);
        event(&run.worker, moment, about, run.id(), Some(run))
    });
    send(&run.worker, events.collect()).await;
}

fn of_pod(pod: &PodFacts) -> Resource {
    Resource::of("kubernetes.pod", &pod.uid).with(NAME, &pod.name)
}

fn of_job(job: &JobFacts, name: &str) -> Resource {
    Resource::of("kubernetes.job", &job.uid).with(NAME, name)
}

/// Tells the server about a Job whose run is not in anybody's hands.
pub(super) async fn tell_of_job(worker: &Arc<Worker>, place: Place<'_>, uid: &str, moment: Moment, run: FlowRunId) {
    let about = Resource::of("kubernetes.job", uid).with(NAME, place.name);
    send(worker, vec![event(worker, moment, about.with("kubernetes.namespace", place.namespace), run, None)]).await;
}

fn event(worker: &Worker, moment: Moment, about: Resource, id: FlowRunId, run: Option<&Run>) -> Event {
    let named = |kind: &str, id: Uuid, name: &str| Resource::of(kind, id).with(ROLE, kind).with(NAME, name);
    let flow_run = match run {
        Some(run) => named("flow-run", id.0, &run.flow_run.name),
        None => Resource::of("flow-run", id).with(ROLE, "flow-run"),
    };
    let mut related = vec![flow_run];
    if let Some(run) = run {
        related.push(named("flow", run.flow.id.0, &run.flow.name));
        related.extend(run.deployment.as_ref().map(|of| named("deployment", of.id.0, &of.name)));
    }
    related.push(named("work-pool", worker.pool.id.0, &worker.pool.name));
    let worker_name = worker.name.to_lowercase().replace(' ', "-");
    related.push(Resource::of("worker.kubernetes", worker_name).with(ROLE, "worker").with(NAME, &worker.name));
    let name = format!("prefect.kubernetes.{}", moment.what);
    Event::new(EventId(Uuid::new_v4()), moment.at, name, about).involving(related).saying(moment.said)
}

async fn send(worker: &Arc<Worker>, events: Vec<Event>) {
    if !events.is_empty() {
        telling::tell(worker, Method::POST, "/events".to_owned(), events).await;
    }
}
