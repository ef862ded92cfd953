//! Asking the cluster about a Job without making it.

mod support;

use domain::dry_run::{DryRun, DryRunOutcome};
use serde_json::{Value, json};
use support::cluster::Cluster;
use support::server::{Server, kubernetes_template};
use support::{Running, environment};
use worker::{KubernetesSettings, Settings};

struct Stage {
    server: Server,
    cluster: Cluster,
    worker: Running,
}

fn stage() -> Stage {
    let (server, cluster) = (Server::new("kubernetes", kubernetes_template()), Cluster::default());
    let own = [("NAMESPACE_OF_JOBS", "own-namespace"), ("DB_PASSWORD", "hunter2hunter2"), ("REGION", "antarctica")];
    let own = own.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let mut settings = Settings::new("pool", "http://reeve:4200/api", environment().into_iter().chain(own));
    settings.name = Some("tester".to_owned());
    settings.run_environment.insert("PREFECT_API_AUTH_STRING".to_owned(), "me:topsecret".to_owned());
    settings.kubernetes = KubernetesSettings { client: Some(cluster.client()), ..KubernetesSettings::default() };
    let worker = Running::start(settings, &server);
    Stage { server, cluster, worker }
}

/// The default template with other defaults.
fn template(defaults: Value) -> Value {
    let mut template = kubernetes_template();
    for (name, value) in defaults.as_object().expect("an object") {
        template["variables"]["properties"][name]["default"] = value.clone();
    }
    template
}

#[tokio::test]
async fn a_job_that_would_be_taken_is_not_made() {
    let stage = stage();
    stage.cluster.warn("would violate PodSecurity \"restricted:latest\"");
    let deployment = stage.server.deploy(None, json!({ "image": "of-the-deployment:1", "command": "echo hi" }));
    let answer = stage.server.dry_run(template(json!({ "namespace": "dev" })), Some(deployment)).await;
    let message = "The cluster would take the Job in namespace dev.".to_owned();
    let warnings = vec!["would violate PodSecurity \"restricted:latest\"".to_owned()];
    assert_eq!(answer, DryRun { outcome: DryRunOutcome::Accepted, message, warnings });
    let job = stage.cluster.rehearsed();
    let container = &job["spec"]["template"]["spec"]["containers"][0];
    assert_eq!((&container["image"], &container["args"]), (&json!("of-the-deployment:1"), &json!(["echo", "hi"])));
    assert!(stage.cluster.jobs().is_empty(), "nothing was made");
    stage.worker.stop().await.expect("a quiet end");
}

#[tokio::test]
async fn the_clusters_words_come_back() {
    let stage = stage();
    let words = "jobs.batch is forbidden: User \"w\" cannot create resource \"jobs\" in the namespace \"dev\"";
    stage.cluster.refuse("POST /apis/batch", 403, words);
    let answer = stage.server.dry_run(template(json!({})), None).await;
    assert_eq!(answer, DryRun::new(DryRunOutcome::Refused, words));
    stage.cluster.refuse("POST /apis/batch", 503, "etcdserver: no leader");
    let answer = stage.server.dry_run(template(json!({})), None).await;
    assert_eq!(answer, DryRun::new(DryRunOutcome::Unanswered, "etcdserver: no leader"));
    stage.cluster.down(true);
    let answer = stage.server.dry_run(template(json!({})), None).await;
    assert_eq!(answer.outcome, DryRunOutcome::Unanswered);
    assert!(answer.message.starts_with("The cluster cannot be asked: "), "{}", answer.message);
    stage.cluster.down(false);
    let answer = stage.server.dry_run(template(json!({ "command": "sh -c 'never closed" })), None).await;
    assert_eq!(answer.outcome, DryRunOutcome::Refused);
    assert!(answer.message.contains("cannot be split into words"), "{}", answer.message);
    let answer = stage.server.dry_run(template(json!({ "namespace": "no name" })), None).await;
    assert_eq!(answer, DryRun::new(DryRunOutcome::Refused, "\"no name\" is no name of a namespace."));
    stage.worker.stop().await.expect("a quiet end");
}

#[tokio::test]
async fn secrets_are_neither_sent_nor_shown() {
    let stage = stage();
    let block = (json!({ "value": "blocksecret" }), json!({ "value": "********" }));
    stage.server.book().blocks.insert("token".to_owned(), block);
    let env = json!({
        "TOKEN": "{{ prefect.blocks.secret.token }}", "DB": "postgresql://etl:{{ $DB_PASSWORD }}@db", "REGION": "{{ $REGION }}",
    });
    let mut asked = template(json!({}));
    asked["job_configuration"]["env"] = env;
    asked["job_configuration"]["job_manifest"]["metadata"]["namespace"] = json!("{{ $NAMESPACE_OF_JOBS }}");
    stage.cluster.refuse("POST /apis/batch", 400, "the Job of antarctica, error found in #10 byte of ...|hunter2");
    let answer = stage.server.dry_run(asked.clone(), None).await;
    assert_eq!(answer, DryRun::new(DryRunOutcome::Refused, "the Job of ********"));
    stage.server.dry_run(asked, None).await;
    let sent = stage.cluster.rehearsed().to_string();
    assert!(sent.contains("antarctica") && sent.contains("PREFECT_API_AUTH_STRING"), "{sent}");
    for secret in ["hunter2", "blocksecret", "topsecret"] {
        assert!(!sent.contains(secret), "{sent}");
    }
    stage.worker.stop().await.expect("a quiet end");
}
