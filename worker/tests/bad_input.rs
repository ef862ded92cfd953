//! What people get wrong: a kubeconfig that is none, a cluster that is not there, variables that fit no Job.

mod support;

use std::path::Path;
use std::time::Duration;

use domain::state::StateType;
use serde_json::{Value, json};
use support::cluster::Cluster;
use support::server::{Server, kubernetes_template, nothing};
use support::{Running, environment, eventually};
use worker::{KubernetesSettings, Settings};

const WORKER_LOG: &str = "prefect.flow_runs.worker";

fn settings(kubernetes: KubernetesSettings) -> Settings {
    let mut settings = Settings::new("pool", "http://reeve:4200/api", environment());
    settings.name = Some("tester".to_owned());
    settings.kubernetes = kubernetes;
    settings
}

fn on(cluster: &Cluster) -> Settings {
    settings(KubernetesSettings { client: Some(cluster.client()), ..KubernetesSettings::default() })
}

/// Why a worker with this kubeconfig does not start.
async fn refusal(kubeconfig: &Path, context: Option<&str>) -> String {
    let server = Server::new("kubernetes", kubernetes_template());
    let kubernetes = KubernetesSettings {
        kubeconfig: Some(kubeconfig.to_owned()),
        context: context.map(str::to_owned),
        ..KubernetesSettings::default()
    };
    Running::start(settings(kubernetes), &server).end().await.expect_err("it cannot work").to_string()
}

#[tokio::test]
async fn a_kubeconfig_that_is_none_ends_the_worker_with_one_sentence() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("written");
        path
    };
    let whole = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "here",
        "clusters": [{ "name": "c", "cluster": { "server": "https://127.0.0.1:1" } }],
        "users": [{ "name": "u", "user": {} }],
        "contexts": [{ "name": "here", "context": { "cluster": "c", "user": "u" } }],
    });
    let whole = whole.to_string();
    let cases = [
        (folder.path().join("missing"), None, "No such file"),
        (file("text", "this is no kubeconfig"), None, "text: "),
        (file("empty", ""), None, "context"),
        (
            file("no-context", &whole.replace("\"here\"", "\"nowhere\"").replacen("\"nowhere\"", "\"gone\"", 1)),
            None,
            "gone",
        ),
        (file("whole", &whole), Some("elsewhere"), "elsewhere"),
    ];
    for (path, context, expected) in cases {
        let said = refusal(&path, context).await;
        println!("{said}");
        assert!(said.starts_with("no Kubernetes cluster to use: "), "{said}");
        assert!(said.contains(expected), "{said}");
        assert!(!said.contains('\n'), "{said}");
    }
}

#[tokio::test]
async fn a_cluster_that_comes_later_is_waited_for_and_the_run_says_so() {
    let server = Server::new("kubernetes", kubernetes_template());
    let cluster = Cluster::default();
    cluster.down(true);
    let variables = json!({ "image": "busybox:1", "command": "true", "namespace": "dev" });
    let run = server.schedule(server.deploy(None, variables), 0.0, nothing());
    let worker = Running::start(on(&cluster), &server);
    eventually("the reason is in the state", async || server.message(run).contains("cannot be reached")).await;
    assert_eq!(server.run(run).state_name.as_deref(), Some("InfrastructurePending"));
    let told = || {
        let lines = server.lines(run, WORKER_LOG);
        lines.iter().filter(|line| line.contains("The Job cannot be created yet")).count()
    };
    eventually("the reason is in the log", async || told() == 1).await;
    let calls = cluster.calls();
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert!(cluster.calls() - calls < 20, "no busy loop: {} calls in 2 s", cluster.calls() - calls);
    assert_eq!(told(), 1, "it is said once");
    cluster.down(false);
    let job = cluster.job().await;
    cluster.start(&job);
    cluster.exit(&job, 0, "Completed");
    assert_eq!(server.ended(run).await, StateType::Completed, "{}", server.message(run));
    worker.stop().await.expect("a quiet end");
}

#[tokio::test]
async fn variables_that_fit_no_job_crash_their_run_alone() {
    let server = Server::new("kubernetes", kubernetes_template());
    let cluster = Cluster::default();
    let run = |variables: Value| {
        let mut all = json!({ "image": "busybox:1", "command": "true", "namespace": "dev" });
        all.as_object_mut().expect("an object").extend(variables.as_object().expect("an object").clone());
        server.schedule(server.deploy(None, all), 0.0, nothing())
    };
    let cases = [
        (run(json!({ "command": "sh -c 'never closed" })), "The command cannot be split into words"),
        (run(json!({ "env": "A=1" })), "`env` must be an object or a list"),
        (run(json!({ "labels": "team=data" })), "labels"),
        (run(json!({ "cluster_config": { "config": "no kubeconfig" } })), "cluster_config cannot be used"),
        (run(json!({ "cluster_config": "{{ prefect.blocks.kubernetes-cluster-config.none }}" })), "Block not found"),
    ];
    let fine = run(json!({}));
    let worker = Running::start(on(&cluster), &server);
    for (run, expected) in cases {
        assert_eq!(server.ended(run).await, StateType::Crashed);
        let message = server.message(run);
        assert!(message.starts_with("Flow run could not be submitted to infrastructure: "), "{message}");
        assert!(message.contains(expected) && !message.contains('\n'), "{message}");
        assert!(server.lines(run, WORKER_LOG).contains(&message), "it is in the run's log as well");
    }
    let job = cluster.job().await;
    cluster.exit(&job, 0, "Completed");
    assert_eq!(server.ended(fine).await, StateType::Completed);
    worker.stop().await.expect("a quiet end");
}
