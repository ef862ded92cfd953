//! What the server keeps of a run's Job and pods: the manifest as it was created and the pods as they were seen last.

use std::sync::Arc;
use std::time::Duration;

use domain::infrastructure::{Condition, Container, Infrastructure, Pod};
use domain::{FlowRunId, Timestamp};
use http::Method;
use k8s_openapi::api::core::v1::{self, ContainerStatus};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::Api;
use tokio::sync::Semaphore;

use super::board::View;
use super::jobs::Place;
use crate::Worker;
use crate::render::Shown;
use crate::run::Run;
use crate::telling;

/// Pods of one run that are told of.
const PODS: usize = 5;

/// A cluster that does not answer within this time is not waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// What [`manifest`] tells: the Job as it may be shown, and who set its leaves.
pub(super) fn of_manifest(shown: Shown) -> Result<Vec<u8>, String> {
    let told = Infrastructure { manifest: Some(shown.manifest), origins: Some(shown.origins), pods: None };
    telling::written(&told).map_err(|error| error.to_string())
}

/// Tells of the manifest that was created.
pub(super) async fn manifest(run: &Run, told: Vec<u8>) {
    telling::tell_written(&run.worker, Method::PUT, path(run.id()), told).await;
}

/// Tells of the pods as the cluster describes them now; those that are gone are told of as they were seen last.
pub(super) fn pods(run: &Run, place: Place<'_>, view: &View) {
    let all: Api<v1::Pod> = Api::namespaced(place.cluster.client.clone(), place.namespace);
    let (worker, id, questions) = (run.worker.clone(), run.id(), place.cluster.questions.clone());
    let (namespace, view) = (place.namespace.to_owned(), view.clone());
    run.worker.tracker.spawn(async move {
        let pods = seen(&all, &questions, &namespace, &view).await;
        tell(&worker, id, Infrastructure { pods: Some(pods), ..Infrastructure::default() }).await;
    });
}

async fn seen(all: &Api<v1::Pod>, questions: &Semaphore, namespace: &str, view: &View) -> Vec<Pod> {
    let mut pods = Vec::new();
    for known in view.pods.iter().rev().take(PODS).rev() {
        // An error means that the worker has ended.
        let turn = questions.acquire().await;
        let found = tokio::time::timeout(PATIENCE, all.get_opt(&known.name)).await;
        drop(turn);
        pods.push(match found.ok().and_then(Result::ok).flatten() {
            Some(pod) => described(&pod),
            None => Pod {
                name: known.name.clone(),
                namespace: namespace.to_owned(),
                node: known.node.clone(),
                phase: known.phase.clone(),
                reason: known.reason.clone(),
                message: known.message.clone(),
                created: Some(Timestamp::from_micros(known.created)),
                ..Pod::default()
            },
        });
    }
    pods
}

async fn tell(worker: &Arc<Worker>, id: FlowRunId, told: Infrastructure) {
    telling::tell(worker, Method::PUT, path(id), told).await;
}

fn path(id: FlowRunId) -> String {
    format!("/reeve/flow_runs/{id}/infrastructure")
}

fn at(time: Option<&Time>) -> Option<Timestamp> {
    time.map(|time| Timestamp::from_micros(time.0.as_microsecond()))
}

/// A pod in the words of the API.
fn described(pod: &v1::Pod) -> Pod {
    let status = pod.status.clone().unwrap_or_default();
    let spec = pod.spec.clone().unwrap_or_default();
    let conditions = status.conditions.iter().flatten().map(|of| Condition {
        kind: of.type_.clone(),
        status: of.status.clone(),
        since: at(of.last_transition_time.as_ref()),
        reason: of.reason.clone(),
        message: of.message.clone(),
    });
    let init = status.init_container_statuses.iter().flatten().map(|of| (true, of));
    let own = status.container_statuses.iter().flatten().map(|of| (false, of));
    let resources = |name: &str| {
        let all = spec.init_containers.iter().flatten().chain(&spec.containers);
        all.into_iter().find(|of| of.name == name).and_then(resources)
    };
    Pod {
        name: pod.metadata.name.clone().unwrap_or_default(),
        namespace: pod.metadata.namespace.clone().unwrap_or_default(),
        node: spec.node_name.clone(),
        phase: status.phase.clone().unwrap_or_default(),
        reason: status.reason.clone(),
        message: status.message.clone(),
        created: at(pod.metadata.creation_timestamp.as_ref()),
        conditions: conditions.collect(),
        containers: init.chain(own).map(|(init, of)| container(init, of, resources(&of.name))).collect(),
    }
}

fn container(init: bool, of: &ContainerStatus, resources: Option<String>) -> Container {
    let state = of.state.clone().unwrap_or_default();
    let mut told = Container {
        name: of.name.clone(),
        image: of.image.clone(),
        init,
        restarts: of.restart_count,
        resources,
        ..Container::default()
    };
    if let Some(ended) = state.terminated {
        told.state = "terminated".to_owned();
        told.exit_code = Some(ended.exit_code);
        (told.reason, told.message) = (ended.reason, ended.message);
        (told.started, told.finished) = (at(ended.started_at.as_ref()), at(ended.finished_at.as_ref()));
    } else if let Some(running) = state.running {
        told.state = "running".to_owned();
        told.started = at(running.started_at.as_ref());
    } else if let Some(waiting) = state.waiting {
        told.state = "waiting".to_owned();
        (told.reason, told.message) = (waiting.reason, waiting.message);
    }
    told
}

/// `cpu 100m / 1, memory 512Mi / 512Mi`: what is asked for, and the most.
fn resources(of: &v1::Container) -> Option<String> {
    let resources = of.resources.as_ref()?;
    let [requests, limits] = [&resources.requests, &resources.limits].map(|of| of.clone().unwrap_or_default());
    let text = |name: &str| {
        let [request, limit] = [requests.get(name), limits.get(name)];
        request.or(limit)?;
        let [request, limit] = [request, limit].map(|of| of.map_or("–", |quantity| quantity.0.as_str()));
        Some(format!("{name} {request} / {limit}"))
    };
    let all: Vec<String> = ["cpu", "memory"].into_iter().filter_map(text).collect();
    (!all.is_empty()).then(|| all.join(", "))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_pod_is_told_of_with_how_its_containers_ended() {
        let pod: v1::Pod = serde_json::from_value(json!({
            "metadata": { "name": "p", "namespace": "flows", "creationTimestamp": "2026-11-23T12:00:00Z" },
            "spec": { "nodeName": "node-3", "containers": [{
                "name": "prefect-job", "resources": { "requests": { "memory": "256Mi" }, "limits": { "memory": "512Mi" } },
            }] },
            "status": {
                "phase": "Failed",
                "conditions": [{ "type": "Ready", "status": "False", "reason": "ContainersNotReady" }],
                "containerStatuses": [{
                    "name": "prefect-job", "image": "etl:1", "imageID": "", "ready": false, "restartCount": 2,
                    "state": { "terminated": { "exitCode": 137, "reason": "OOMKilled" } },
                }],
            },
        }))
        .expect("a pod");
        let told = described(&pod);
        assert_eq!((told.node.as_deref(), told.phase.as_str()), (Some("node-3"), "Failed"));
        assert_eq!(told.conditions[0].reason.as_deref(), Some("ContainersNotReady"));
        let container = &told.containers[0];
        assert_eq!((container.exit_code, container.restarts), (Some(137), 2));
        assert_eq!(container.reason.as_deref(), Some("OOMKilled"));
        assert_eq!(container.resources.as_deref(), Some("memory 256Mi / 512Mi"));
    }
}
