//! Jobs without runs, runs without Jobs, and what is told of the way from one to the other.

mod support;

use std::time::Duration;

use domain::FlowRunId;
use domain::state::{StateCreate, StateType};
use serde_json::{Value, json};
use support::cluster::Cluster;
use support::server::{Server, kubernetes_template, nothing, now};
use support::{Running, environment};
use worker::{KubernetesSettings, Settings};

/// A server, a cluster and a worker between them.
fn stage() -> (Server, Cluster) {
    let mut template = kubernetes_template();
    template["variables"]["properties"]["namespace"]["default"] = json!("dev");
    (Server::new("kubernetes", template), Cluster::default())
}

fn worker(server: &Server, cluster: &Cluster) -> Running {
    let mut settings = Settings::new("pool", "http://reeve:4200/api", environment());
    settings.name = Some("tester".to_owned());
    settings.kubernetes = KubernetesSettings { client: Some(cluster.client()), ..KubernetesSettings::default() };
    Running::start(settings, server)
}

/// A Job as some worker of the pool has made it for the run.
fn put_job(cluster: &Cluster, name: &str, run: FlowRunId) {
    let labels = json!({ "prefect.io/flow-run-id": run, "prefect.io/work-pool-id": uuid::Uuid::from_u128(1) });
    let pod = json!({ "metadata": { "labels": labels }, "spec": { "containers": [{ "name": "prefect-job" }] } });
    cluster.put_job(json!({
        "metadata": { "name": name, "namespace": "dev", "labels": labels },
        "spec": { "backoffLimit": 0, "template": pod },
    }));
    cluster.start(name);
}

/// A run that another worker has begun, in `state` for so many seconds.
fn begun(server: &Server, state: StateType, seconds: f64, pid: &str) -> FlowRunId {
    let run = server.schedule(server.deploy(Some("flow.py:flow"), json!({ "image": "flows:1" })), 3600.0, nothing());
    for kind in [StateType::Pending, StateType::Running, state] {
        server.set(run, StateCreate::new(kind));
    }
    let mut book = server.book();
    let found = book.runs.get_mut(&run).expect("the run");
    found.infrastructure_pid = Some(pid.to_owned());
    if let Some(state) = &mut found.state {
        state.timestamp = now().plus_seconds(-seconds);
    }
    run
}

/// Waits longer than other tests do: what is found here is no matter of milliseconds.
async fn at_last(what: &str, check: impl Fn() -> bool) {
    for _ in 0..250 {
        if check() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("never: {what}");
}

fn names(cluster: &Cluster) -> Vec<Value> {
    cluster.jobs().iter().map(|job| job["metadata"]["name"].clone()).collect()
}

#[tokio::test]
async fn jobs_without_a_live_run_are_deleted_and_told_of() {
    let (server, cluster) = stage();
    let gone = FlowRunId(uuid::Uuid::from_u128(99));
    let crashed = begun(&server, StateType::Crashed, 31.0, "dev:crashed");
    let completed = begun(&server, StateType::Completed, 31.0, "dev:completed");
    for (name, run) in [("gone", gone), ("crashed", crashed), ("completed", completed)] {
        put_job(&cluster, name, run);
    }
    let worker = worker(&server, &cluster);
    at_last("the crashed run's Job is deleted", || names(&cluster) == ["completed", "gone"]).await;
    at_last("the deleted run's Job is deleted", || names(&cluster) == ["completed"]).await;
    at_last("both are told", || [gone, crashed].iter().all(|run| server.told(*run) == ["job.orphaned"])).await;
    assert!(server.told(completed).is_empty(), "hooks may still be running");
    worker.stop().await.expect("a quiet end");
}

#[tokio::test]
async fn a_live_run_without_a_job_crashes_and_is_told_of() {
    let (server, cluster) = stage();
    let run = begun(&server, StateType::Running, 0.0, "dev:none");
    let worker = worker(&server, &cluster);
    at_last("it has crashed", || server.run(run).state_type == Some(StateType::Crashed)).await;
    assert_eq!(server.message(run), "Kubernetes job was deleted.");
    at_last("it is told", || server.told(run) == ["job.missing"]).await;
    worker.stop().await.expect("a quiet end");
}

#[tokio::test]
async fn the_way_to_the_start_is_told_with_the_clusters_times() {
    let (server, cluster) = stage();
    let variables = json!({ "image": "busybox:1", "command": "true" });
    let run = server.schedule(server.deploy(None, variables), 0.0, nothing());
    let worker = worker(&server, &cluster);
    let job = cluster.job().await;
    let scheduled = json!({ "type": "PodScheduled", "status": "True", "lastTransitionTime": "2026-11-23T18:00:01Z" });
    let container = json!({
        "name": "prefect-job", "image": "busybox:1", "imageID": "", "ready": true, "restartCount": 0,
        "state": { "running": { "startedAt": "2026-11-23T18:00:03Z" } },
    });
    cluster.pod(&job, json!({ "phase": "Running", "conditions": [scheduled], "containerStatuses": [container] }));
    at_last("it is told", || server.told(run) == ["job.created", "pod.scheduled", "pod.started"]).await;
    cluster.exit(&job, 137, "OOMKilled");
    at_last("its end is told", || server.told(run).last().is_some_and(|last| last == "pod.failed")).await;
    worker.stop().await.expect("a quiet end");
}
