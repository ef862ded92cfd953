//! Runs as Jobs of a real cluster: pods that start, print, run out of memory and are deleted.
//!
//! `REEVE_TEST_KUBECONFIG` names the kubeconfig of a cluster with a node that has the image
//! `docker.io/library/busybox:latest` (`end2end/kubernetes` starts one); without it nothing is tested here.

mod support;

use std::time::Duration;

use domain::FlowRunId;
use domain::dry_run::{DryRun, DryRunOutcome};
use domain::state::{StateCreate, StateType};
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{Namespace, Pod, ResourceQuota, ServiceAccount};
use kube::api::{DeleteParams, ListParams, PostParams};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Api, Client};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use support::server::{Server, kubernetes_template, nothing};
use support::{Running, environment, eventually};
use worker::{KubernetesSettings, Settings};

const LOGGER: &str = "prefect.flow_runs";

/// A namespace of its own in the cluster, and a server in memory.
struct Stage {
    server: Server,
    client: Client,
    namespace: String,
}

#[expect(clippy::disallowed_methods, reason = "where the cluster is, only the caller of the tests knows")]
fn kubeconfig() -> Option<String> {
    std::env::var("REEVE_TEST_KUBECONFIG").ok().filter(|path| !path.is_empty())
}

/// `None`, with a line that says why, when there is no cluster to test on.
async fn stage(name: &str) -> Option<Stage> {
    let Some(path) = kubeconfig() else {
        println!("skipped: REEVE_TEST_KUBECONFIG names no cluster");
        return None;
    };
    let kubeconfig = Kubeconfig::read_from(path).expect("a kubeconfig");
    let options = KubeConfigOptions::default();
    let config = kube::Config::from_custom_kubeconfig(kubeconfig, &options).await.expect("a configuration");
    let client = Client::try_from(config).expect("a client");
    let namespace = format!("{name}-{}", &uuid::Uuid::new_v4().simple().to_string()[..8]);
    let made = json!({ "metadata": { "name": namespace } });
    let namespaces: Api<Namespace> = Api::all(client.clone());
    namespaces.create(&PostParams::default(), &from(made)).await.expect("a namespace");
    let mut template = kubernetes_template();
    template["job_configuration"]["job_manifest"]["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] =
        json!(2);
    let stage = Stage { server: Server::new("kubernetes", template), client, namespace };
    // A pod needs the namespace's service account, which comes a moment later, and in old clusters a
    // moment after that its token.
    eventually("there is a service account", async || stage.service_account().await.is_some()).await;
    for _ in 0..30 {
        if stage.service_account().await == Some(true) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Some(stage)
}

fn from<T: DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).expect("an object of the API")
}

impl Stage {
    /// Whether the account has a token of its own, if it is there.
    async fn service_account(&self) -> Option<bool> {
        let accounts: Api<ServiceAccount> = Api::namespaced(self.client.clone(), &self.namespace);
        let account = accounts.get_opt("default").await.expect("an answer")?;
        Some(account.secrets.is_some_and(|secrets| !secrets.is_empty()))
    }

    fn worker(&self) -> Running {
        let mut settings = Settings::new("pool", "http://reeve:4200/api", environment());
        settings.name = Some("tester".to_owned());
        settings.kubernetes = KubernetesSettings { client: Some(self.client.clone()), ..KubernetesSettings::default() };
        Running::start(settings, &self.server)
    }

    /// A run that is due now: of a plain image, or of one that is taken for Prefect code.
    fn run(&self, plain: bool, script: &str, more: Value) -> FlowRunId {
        let mut variables = json!({
            "image": "docker.io/library/busybox:latest", "namespace": self.namespace,
            "command": format!("sh -c '{script}'"), "name": "demo",
        });
        variables.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        let entrypoint = (!plain).then_some("flow.py:flow");
        self.server.schedule(self.server.deploy(entrypoint, variables), 0.0, nothing())
    }

    fn jobs(&self) -> Api<Job> {
        Api::namespaced(self.client.clone(), &self.namespace)
    }

    fn pods(&self) -> Api<Pod> {
        Api::namespaced(self.client.clone(), &self.namespace)
    }

    /// Jobs that are not being deleted.
    async fn job_count(&self) -> usize {
        let jobs = self.jobs().list(&ListParams::default()).await.expect("a list").items;
        jobs.iter().filter(|job| job.metadata.deletion_timestamp.is_none()).count()
    }

    /// Pods that have not ended.
    async fn pod_names(&self) -> Vec<String> {
        let pods = self.pods().list(&ListParams::default()).await.expect("a list").items;
        let lives = |pod: &Pod| {
            let phase = pod.status.as_ref().and_then(|status| status.phase.as_deref());
            matches!(phase, Some("Pending" | "Running"))
        };
        pods.into_iter().filter(lives).filter_map(|pod| pod.metadata.name).collect()
    }

    async fn ended(&self, run: FlowRunId) -> StateType {
        let started = std::time::Instant::now();
        while !self.server.run(run).state_type.is_some_and(StateType::is_terminal) {
            assert!(started.elapsed() < Duration::from_secs(120), "the run has not ended: {:?}", self.server.run(run));
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        self.server.run(run).state_type.expect("a state")
    }

    async fn prints(&self, run: FlowRunId, line: &str) {
        let started = std::time::Instant::now();
        while !self.server.lines(run, LOGGER).iter().any(|found| found == line) {
            assert!(
                started.elapsed() < Duration::from_secs(60),
                "{line:?} is not there: {:?}",
                self.server.states(run)
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Ends the worker and takes the namespace away.
    async fn end(self, worker: Running) {
        worker.stop().await.expect("a quiet end");
        let namespaces: Api<Namespace> = Api::all(self.client.clone());
        namespaces.delete(&self.namespace, &DeleteParams::default()).await.expect("deleted");
    }
}

#[tokio::test]
async fn a_plain_image_runs_and_its_lines_become_the_log() {
    let Some(stage) = stage("plain").await else { return };
    let worker = stage.worker();
    let run = stage.run(true, "echo $PREFECT__FLOW_RUN_ID; seq 1 3000; echo \"ERROR: last\" >&2", nothing());
    assert_eq!(stage.ended(run).await, StateType::Completed, "{}", stage.server.message(run));
    let mut expected = vec![run.to_string()];
    expected.extend((1..=3000).map(|n| n.to_string()));
    // The container runtime reads both pipes at once: how their lines lie between each other is open.
    let (errors, lines): (Vec<_>, Vec<_>) =
        stage.server.lines(run, LOGGER).into_iter().partition(|line| line.starts_with("ERROR"));
    assert_eq!((lines, errors), (expected, vec!["ERROR: last".to_owned()]));
    assert_eq!(stage.server.states(run).last().map(String::as_str), Some("Completed"));
    assert!(stage.server.states(run).contains(&"Running".to_owned()));
    stage.end(worker).await;
}

#[tokio::test]
async fn statuses_and_programs_that_are_not_there_are_told_apart() {
    let Some(stage) = stage("exits").await else { return };
    let worker = stage.worker();
    let fails = stage.run(true, "echo no; exit 3", nothing());
    assert_eq!(stage.ended(fails).await, StateType::Failed);
    assert_eq!(stage.server.message(fails), "Command exited with status 3.");
    let missing = stage.run(true, "", json!({ "command": "no-such-program" }));
    assert_eq!(stage.ended(missing).await, StateType::Crashed);
    let message = stage.server.message(missing);
    assert!(
        message.starts_with("The container could not be started") && message.contains("no-such-program"),
        "{message}"
    );
    let silent = stage.run(false, "echo about to die; exit 9", nothing());
    assert_eq!(stage.ended(silent).await, StateType::Crashed);
    assert!(stage.server.message(silent).starts_with("The flow's container exited with status 9."));
    assert_eq!(stage.server.lines(silent, "prefect.flow_runs.worker").last().map(String::as_str), Some("about to die"));
    stage.end(worker).await;
}

#[tokio::test]
async fn running_out_of_memory_is_named() {
    let Some(stage) = stage("memory").await else { return };
    let worker = stage.worker();
    let script = "x=aaaaaaaaaaaaaaaa; while :; do x=$x$x; done";
    let run = stage.run(true, script, json!({ "memory_limit": "24Mi", "memory_request": "8Mi" }));
    assert_eq!(stage.ended(run).await, StateType::Crashed, "{}", stage.server.message(run));
    let message = stage.server.message(run);
    assert!(message.contains("OOMKilled") && message.contains("24Mi"), "{message}");
    stage.end(worker).await;
}

#[tokio::test]
async fn an_image_that_is_not_there_is_said_and_given_up() {
    let Some(stage) = stage("image").await else { return };
    let worker = stage.worker();
    let run = stage.run(false, "true", json!({ "image": "no/such:image", "image_pull_policy": "Never" }));
    assert_eq!(stage.ended(run).await, StateType::Crashed);
    let message = stage.server.message(run);
    assert!(message.contains("\"no/such:image\" is not on the node"), "{message}");
    assert_eq!(stage.job_count().await, 0, "kubelet must not go on trying");
    stage.end(worker).await;
}

#[tokio::test]
async fn refusals_of_the_cluster_reach_the_run() {
    let Some(stage) = stage("refusal").await else { return };
    let worker = stage.worker();
    let nowhere = stage.run(true, "true", json!({ "namespace": "no-such-namespace" }));
    assert_eq!(stage.ended(nowhere).await, StateType::Crashed);
    let expected = "Flow run could not be submitted to infrastructure: namespaces \"no-such-namespace\" not found";
    assert_eq!(stage.server.message(nowhere), expected);

    let quotas: Api<ResourceQuota> = Api::namespaced(stage.client.clone(), &stage.namespace);
    let quota = json!({ "metadata": { "name": "none" }, "spec": { "hard": { "pods": "0" } } });
    quotas.create(&PostParams::default(), &from(quota)).await.expect("a quota");
    eventually("the quota counts", async || {
        let quota = quotas.get("none").await.expect("the quota");
        quota.status.is_some_and(|status| status.hard.is_some_and(|hard| !hard.is_empty()))
    })
    .await;
    let no_pod = stage.run(true, "true", json!({ "pod_watch_timeout_seconds": 7 }));
    assert_eq!(stage.ended(no_pod).await, StateType::Crashed);
    let message = stage.server.message(no_pod);
    assert!(message.contains("did not start within 7 s") && message.contains("exceeded quota: none"), "{message}");
    stage.end(worker).await;
}

#[tokio::test]
async fn a_dry_run_is_answered_by_the_cluster_and_makes_nothing() {
    let Some(stage) = stage("dry-run").await else { return };
    let worker = stage.worker();
    let ask = async |defaults: Value, more: Value| {
        let mut template = kubernetes_template();
        template["variables"]["properties"]["namespace"]["default"] = json!(stage.namespace);
        for (name, value) in defaults.as_object().expect("an object") {
            template["variables"]["properties"][name]["default"] = value.clone();
        }
        let spec = template["job_configuration"]["job_manifest"]["spec"].as_object_mut().expect("an object");
        spec.extend(more.as_object().expect("an object").clone());
        stage.server.dry_run(template, None).await
    };
    let fine = ask(json!({}), json!({})).await;
    let message = format!("The cluster would take the Job in namespace {}.", stage.namespace);
    assert_eq!(fine, DryRun::new(DryRunOutcome::Accepted, message));
    let refused = [
        (
            ask(json!({ "namespace": "no-such-namespace" }), json!({})).await,
            "namespaces \"no-such-namespace\" not found",
        ),
        (ask(json!({ "image_pull_policy": "Sometimes" }), json!({})).await, "Unsupported value: \"Sometimes\""),
        (ask(json!({}), json!({ "backoffLimit": -1 })).await, "spec.backoffLimit: Invalid value: -1"),
        (ask(json!({}), json!({ "selector": { "matchLabels": { "a": "not a label!" } } })).await, "is invalid"),
    ];
    for (answer, expected) in refused {
        assert_eq!(answer.outcome, DryRunOutcome::Refused, "{}", answer.message);
        assert!(answer.message.contains(expected), "{}", answer.message);
    }
    assert_eq!(stage.job_count().await, 0, "nothing was made");
    stage.end(worker).await;
}

#[tokio::test]
async fn cancelling_ends_the_pod_even_if_it_does_not_want_to() {
    let Some(stage) = stage("cancel").await else { return };
    let worker = stage.worker();
    let run = stage.run(true, "trap : TERM; echo up; while :; do sleep 1; done", nothing());
    stage.prints(run, "up").await;
    stage.server.set(run, StateCreate::new(StateType::Cancelling));
    assert_eq!(stage.ended(run).await, StateType::Cancelled);
    let message = stage.server.message(run);
    assert!(message.contains("its pod had ended after"), "{message}");
    assert_eq!((stage.job_count().await, stage.pod_names().await), (0, Vec::new()));
    stage.end(worker).await;
}

#[tokio::test]
async fn a_deleted_pod_is_not_replaced_and_a_deleted_job_is_noticed() {
    let Some(stage) = stage("deleted").await else { return };
    let worker = stage.worker();
    let lost = stage.run(true, "echo up; sleep 300", nothing());
    stage.prints(lost, "up").await;
    let pod = stage.pod_names().await.pop().expect("a pod");
    stage.pods().delete(&pod, &DeleteParams::default()).await.expect("deleted");
    assert_eq!(stage.ended(lost).await, StateType::Crashed);
    let message = stage.server.message(lost);
    assert!(message.contains(&pod) && message.contains("was deleted while the run was under way"), "{message}");
    assert_eq!((stage.job_count().await, stage.pod_names().await), (0, Vec::new()));

    let run = stage.run(true, "echo up; sleep 300", nothing());
    stage.prints(run, "up").await;
    let job = stage.server.run(run).infrastructure_pid.expect("a pid");
    let name = job.rsplit(':').next().expect("a name");
    stage.jobs().delete(name, &DeleteParams::background()).await.expect("deleted");
    assert_eq!(stage.ended(run).await, StateType::Crashed);
    assert_eq!(stage.server.message(run), "Kubernetes job was deleted.");
    stage.end(worker).await;
}

#[tokio::test]
async fn a_job_outlives_its_worker_and_the_next_one_misses_nothing() {
    let Some(stage) = stage("restart").await else { return };
    let worker = stage.worker();
    let run = stage.run(true, "for i in 1 2 3 4 5 6; do echo $i; sleep 1; done", nothing());
    stage.prints(run, "2").await;
    worker.stop().await.expect("a quiet end");
    tokio::time::sleep(Duration::from_secs(2)).await;
    let worker = stage.worker();
    assert_eq!(stage.ended(run).await, StateType::Completed, "{}", stage.server.message(run));
    assert_eq!(stage.server.lines(run, LOGGER), ["1", "2", "3", "4", "5", "6"]);
    stage.end(worker).await;
}
