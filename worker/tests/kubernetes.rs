//! Runs as Jobs, on a cluster in memory whose scheduler and kubelet are these tests.

mod support;

use domain::FlowRunId;
use domain::state::{SetStateStatus, StateCreate, StateType};
use serde_json::{Value, json};
use support::cluster::Cluster;
use support::server::{Server, kubernetes_template, nothing};
use support::{Running, environment, eventually};
use worker::{KubernetesSettings, SecretVariable, Settings};

const LOGGER: &str = "prefect.flow_runs";

/// A server, a cluster and a worker between them.
struct Stage {
    server: Server,
    cluster: Cluster,
}

impl Stage {
    fn new() -> Self {
        Stage { server: Server::new("kubernetes", kubernetes_template()), cluster: Cluster::default() }
    }

    fn settings(&self) -> Settings {
        let mut settings = Settings::new("pool", "http://reeve:4200/api", environment());
        settings.name = Some("tester".to_owned());
        settings.kubernetes =
            KubernetesSettings { client: Some(self.cluster.client()), ..KubernetesSettings::default() };
        settings
    }

    fn worker(&self) -> Running {
        Running::start(self.settings(), &self.server)
    }

    /// A run of a plain image that is due now.
    fn plain(&self) -> FlowRunId {
        let variables = json!({ "image": "busybox:1", "command": "echo hello", "namespace": "dev", "name": "demo" });
        self.server.schedule(self.server.deploy(None, variables), 0.0, nothing())
    }

    /// A run of Prefect code that is due now.
    fn flow(&self, more: Value) -> FlowRunId {
        let mut variables = json!({ "image": "flows:1", "namespace": "dev" });
        variables.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        self.server.schedule(self.server.deploy(Some("flow.py:flow"), variables), 0.0, nothing())
    }
}

#[tokio::test]
async fn jobs_of_a_pool_that_a_worker_makes_go_to_the_workers_namespace() {
    let stage = Stage::new();
    stage.server.book().pool = None;
    let made = Settings { pool_type: Some("kubernetes".to_owned()), run_once: true, ..stage.settings() };
    Running::start(made, &stage.server).end().await.expect("a pool was made");
    let template = stage.server.book().pool.as_ref().map(|pool| pool.base_job_template.clone()).expect("a pool");
    assert_eq!(template["variables"]["properties"]["namespace"]["default"], "dev");
}

#[tokio::test]
async fn a_plain_image_becomes_a_job_and_its_output_the_log() {
    let stage = Stage::new();
    let run = stage.plain();
    let worker = stage.worker();
    let job = stage.cluster.job().await;
    let manifest = stage.cluster.jobs()[0].clone();
    let tail = run.to_string().replace('-', "");
    assert_eq!(job, format!("demo-{}-1", &tail[24..]));
    assert_eq!(manifest["metadata"]["namespace"], "dev");
    assert_eq!(manifest["metadata"]["labels"]["prefect.io/flow-run-id"], run.to_string());
    assert_eq!(manifest["spec"]["template"]["spec"]["containers"][0]["args"], json!(["echo", "hello"]));
    stage.cluster.waiting(&job, "ContainerCreating", "");
    stage.cluster.start(&job);
    eventually("the run is running", async || stage.server.run(run).state_type == Some(StateType::Running)).await;
    stage.cluster.print(&job, "hello");
    eventually("the line is there", async || stage.server.lines(run, LOGGER) == ["hello"]).await;
    stage.cluster.print(&job, "ERROR: bye");
    stage.cluster.exit(&job, 0, "Completed");
    assert_eq!(stage.server.ended(run).await, StateType::Completed);
    assert_eq!(stage.server.states(run), ["Pending", "Submitting", "Running", "Completed"]);
    assert_eq!(stage.server.lines(run, LOGGER), ["hello", "ERROR: bye"]);
    assert_eq!(stage.server.run(run).infrastructure_pid, Some(format!("dev:{job}")));
    assert_eq!(stage.cluster.changes(), ["POST /apis/batch/v1/namespaces/dev/jobs"]);
    worker.stop().await.expect("a quiet end");
    let told = stage.server.book().infrastructure[&run].clone();
    assert_eq!(told["manifest"]["spec"], manifest["spec"], "as it was created");
    let image = "/spec/template/spec/containers/0/image";
    assert!(told["origins"].as_array().expect("a list").iter().any(|origin| origin[0] == image), "{told}");
    assert!(told["pods"][0]["name"].as_str().is_some_and(|name| name.starts_with(&job)), "{told}");
}

#[tokio::test]
async fn credentials_that_lie_in_a_secret_are_referred_to_and_not_written_out() {
    let stage = Stage::new();
    let mut settings = stage.settings();
    settings.run_environment.insert("PREFECT_API_KEY".to_owned(), "hunter2".to_owned());
    let secret = |variable: &str| SecretVariable {
        variable: variable.to_owned(),
        secret: "reeve".to_owned(),
        key: "value".to_owned(),
    };
    settings.kubernetes.secrets = vec![secret("PREFECT_API_KEY"), secret("OF_THE_TEMPLATE")];
    let from = json!({ "secretKeyRef": { "name": "other", "key": "k" } });
    stage.flow(json!({ "env": { "OF_THE_TEMPLATE": "written" } }));
    stage.flow(json!({ "env": [{ "name": "PREFECT_API_KEY", "valueFrom": from }] }));
    let worker = Running::start(settings, &stage.server);
    eventually("there are two jobs", async || stage.cluster.jobs().len() == 2).await;
    let jobs = stage.cluster.jobs();
    let entries = |name: &str| -> Vec<Value> {
        let all = jobs
            .iter()
            .flat_map(|job| job["spec"]["template"]["spec"]["containers"][0]["env"].as_array().expect("a list"));
        all.filter(|entry| entry["name"] == name).cloned().collect()
    };
    let keys = entries("PREFECT_API_KEY");
    assert_eq!(keys.len(), 2, "one in each: {keys:?}");
    let names: Vec<&Value> = keys.iter().map(|entry| &entry["valueFrom"]["secretKeyRef"]["name"]).collect();
    assert!(names.contains(&&json!("reeve")) && names.contains(&&json!("other")), "{keys:?}");
    assert!(entries("OF_THE_TEMPLATE").iter().any(|entry| entry["value"] == "written"));
    assert!(!json!(jobs).to_string().contains("hunter2"));
    worker.stop().await.expect("a quiet end");
}

#[tokio::test]
async fn a_plain_image_that_ends_at_once_is_reported_whole() {
    let stage = Stage::new();
    let run = stage.plain();
    let worker = stage.worker();
    let job = stage.cluster.job().await;
    stage.cluster.print(&job, "quick");
    stage.cluster.exit(&job, 4, "Error");
    assert_eq!(stage.server.ended(run).await, StateType::Failed);
    assert_eq!(stage.server.message(run), "Command exited with status 4.");
    assert_eq!(stage.server.states(run), ["Pending", "Submitting", "Running", "Failed"]);
    assert_eq!(stage.server.lines(run, LOGGER), ["quick"]);
    worker.stop().await.expect("a quiet end");
}

#[tokio::test]
async fn prefect_code_reports_for_itself_and_crashes_when_it_has_not() {
    let stage = Stage::new();
    let run = stage.flow(nothing());
    let worker = stage.worker();
    let job = stage.cluster.job().await;
    stage.cluster.start(&job);
    stage.server.set(run, StateCreate::new(StateType::Running));
    stage.server.set(run, StateCreate::new(StateType::Completed));
    stage.cluster.exit(&job, 0, "Completed");
    let other = stage.flow(nothing());
    eventually("there is a second job", async || stage.cluster.jobs().len() == 2).await;
    let tail = other.to_string().replace('-', "");
    let jobs = stage.cluster.jobs();
    let mut names = jobs.iter().map(|job| job["metadata"]["name"].as_str().expect("a name").to_owned());
    let second = names.rfind(|name| name.contains(&tail[24..])).expect("the second job");
    stage.cluster.start(&second);
    stage.server.set(other, StateCreate::new(StateType::Running));
    stage.cluster.print(&second, "Traceback: no memory of it");
    stage.cluster.exit(&second, 137, "OOMKilled");
    assert_eq!(stage.server.ended(other).await, StateType::Crashed);
    let message = stage.server.message(other);
    assert!(message.contains("used more memory than its limit") && message.contains("OOMKilled"), "{message}");
    assert_eq!(stage.server.printed(other), ["Traceback: no memory of it"]);
    assert_eq!(stage.server.run(run).state_type, Some(StateType::Completed));
    worker.stop().await.expect("a quiet end");
}

#[tokio::test]
async fn what_a_pod_prints_is_kept_once_whoever_reads_it() {
    let stage = Stage::new();
    let run = stage.flow(nothing());
    let worker = stage.worker();
    let job = stage.cluster.job().await;
    stage.cluster.start(&job);
    stage.server.set(run, StateCreate::new(StateType::Running));
    stage.cluster.print(&job, "one");
    stage.cluster.print(&job, "two");
    eventually("two lines are kept", async || stage.server.printed(run).len() == 2).await;
    worker.stop().await.expect("a quiet end");
    stage.cluster.print(&job, "three");
    let worker = stage.worker();
    eventually("the next worker goes on", async || stage.server.printed(run).len() >= 3).await;
    stage.server.set(run, StateCreate::new(StateType::Completed));
    stage.cluster.exit(&job, 0, "Completed");
    worker.stop().await.expect("a quiet end");
    assert_eq!(stage.server.printed(run), ["one", "two", "three"]);
    assert!(stage.server.lines(run, LOGGER).is_empty(), "the flow's own log is the flow's");
}

#[tokio::test]
async fn a_job_that_is_there_already_is_adopted() {
    let stage = Stage::new();
    let run = stage.plain();
    let tail = run.to_string().replace('-', "");
    let name = format!("demo-{}-1", &tail[24..]);
    let labels = json!({ "prefect.io/flow-run-id": run, "prefect.io/work-pool-id": uuid::Uuid::from_u128(1) });
    stage.cluster.put_job(json!({
        "metadata": { "name": name, "namespace": "dev", "labels": labels },
        "spec": { "backoffLimit": 0, "template": { "metadata": { "labels": labels }, "spec": { "containers": [{ "name": "prefect-job" }] } } },
    }));
    stage.cluster.start(&name);
    let worker = stage.worker();
    eventually("the run is running", async || stage.server.run(run).state_type == Some(StateType::Running)).await;
    stage.cluster.exit(&name, 0, "Completed");
    assert_eq!(stage.server.ended(run).await, StateType::Completed);
    assert_eq!(stage.cluster.jobs().len(), 1);
    worker.stop().await.expect("a quiet end");
}

#[tokio::test]
async fn a_refused_job_crashes_the_run_with_the_api_servers_words() {
    let stage = Stage::new();
    let words = "jobs.batch \"demo\" is forbidden: exceeded quota: none, requested: count/jobs.batch=1";
    stage.cluster.refuse("POST /apis/batch", 503, "the server is restarting");
    stage.cluster.refuse("POST /apis/batch", 403, words);
    let run = stage.plain();
    let worker = stage.worker();
    assert_eq!(stage.server.ended(run).await, StateType::Crashed);
    let message = stage.server.message(run);
    assert_eq!(message, format!("Flow run could not be submitted to infrastructure: {words}"));
    let post = "POST /apis/batch/v1/namespaces/dev/jobs";
    assert_eq!(stage.cluster.changes(), [post, post], "what may pass is tried again, what may not is not");
    worker.stop().await.expect("a quiet end");
}

#[tokio::test]
async fn an_image_that_does_not_exist_is_said_in_the_state_and_given_up() {
    let stage = Stage::new();
    let run = stage.flow(nothing());
    let worker = stage.worker();
    let job = stage.cluster.job().await;
    let words = "rpc error: code = NotFound desc = docker.io/library/nope:1: not found";
    stage.cluster.waiting(&job, "ErrImagePull", words);
    eventually("the reason is in the state", async || stage.server.message(run).contains("cannot be pulled")).await;
    assert_eq!(stage.server.run(run).state_name.as_deref(), Some("InfrastructurePending"));
    stage.cluster.waiting(&job, "ImagePullBackOff", "Back-off pulling image");
    assert_eq!(stage.server.ended(run).await, StateType::Crashed);
    let message = stage.server.message(run);
    assert!(message.contains("\"busybox:1\" cannot be pulled") && message.contains("nope:1: not found"), "{message}");
    assert!(stage.cluster.jobs().is_empty(), "kubelet must not go on pulling");
    worker.stop().await.expect("a quiet end");
}

#[tokio::test]
async fn a_pod_that_never_starts_is_given_up_after_its_time() {
    let stage = Stage::new();
    let run = stage.flow(json!({ "pod_watch_timeout_seconds": 1 }));
    let worker = stage.worker();
    let job = stage.cluster.job().await;
    let condition = json!({
        "type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/1 nodes are available",
    });
    stage.cluster.pod(&job, json!({ "phase": "Pending", "conditions": [condition] }));
    assert_eq!(stage.server.ended(run).await, StateType::Crashed);
    let message = stage.server.message(run);
    assert!(message.contains("did not start within 1 s") && message.contains("0/1 nodes are available"), "{message}");
    assert!(stage.cluster.jobs().is_empty());
    worker.stop().await.expect("a quiet end");
}

#[tokio::test]
async fn cancelling_deletes_the_job_and_waits_for_the_pod_to_go() {
    let stage = Stage::new();
    stage.cluster.slow_deletion();
    let run = stage.plain();
    let worker = stage.worker();
    let job = stage.cluster.job().await;
    stage.cluster.start(&job);
    eventually("the run is running", async || stage.server.run(run).state_type == Some(StateType::Running)).await;
    assert_eq!(stage.server.set(run, StateCreate::new(StateType::Cancelling)), SetStateStatus::Accept);
    let delete = format!("DELETE /apis/batch/v1/namespaces/dev/jobs/{job}");
    eventually("the job is deleted", async || stage.cluster.changes().contains(&delete)).await;
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    assert_eq!(stage.server.run(run).state_type, Some(StateType::Cancelling), "the pod is still there");
    stage.cluster.vanish();
    assert_eq!(stage.server.ended(run).await, StateType::Cancelled);
    assert!(stage.server.message(run).contains("its pod had ended after"), "{}", stage.server.message(run));
    worker.stop().await.expect("a quiet end");
}

#[tokio::test]
async fn a_deleted_job_crashes_the_run_after_its_pod_had_the_last_word() {
    let stage = Stage::new();
    stage.cluster.slow_deletion();
    let (silent, speaking) = (stage.flow(json!({ "name": "silent" })), stage.flow(json!({ "name": "speaking" })));
    let worker = stage.worker();
    eventually("there are two jobs", async || stage.cluster.jobs().len() == 2).await;
    for run in [silent, speaking] {
        stage.server.set(run, StateCreate::new(StateType::Running));
    }
    for job in stage.cluster.jobs() {
        let name = job["metadata"]["name"].as_str().expect("a name").to_owned();
        stage.cluster.start(&name);
        stage.cluster.delete_job(&name);
    }
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    assert_eq!(stage.server.run(silent).state_type, Some(StateType::Running));
    stage.server.set(speaking, StateCreate::new(StateType::Failed));
    stage.cluster.vanish();
    assert_eq!(stage.server.ended(silent).await, StateType::Crashed);
    assert_eq!(stage.server.message(silent), "Kubernetes job was deleted.");
    assert_eq!(stage.server.run(speaking).state_type, Some(StateType::Failed));
    worker.stop().await.expect("a quiet end");
}

/// A run whose pod is being deleted, slowly; the Job's name at the end.
async fn with_a_deleted_pod() -> (Stage, FlowRunId, Running, String) {
    let stage = Stage::new();
    stage.cluster.slow_deletion();
    let run = stage.flow(nothing());
    let worker = stage.worker();
    let job = stage.cluster.job().await;
    stage.cluster.start(&job);
    stage.server.set(run, StateCreate::new(StateType::Running));
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    stage.cluster.delete_pod(&job);
    (stage, run, worker, job)
}

#[tokio::test]
async fn a_deleted_pod_takes_its_job_along_so_that_nothing_runs_twice() {
    let (stage, run, worker, job) = with_a_deleted_pod().await;
    stage.cluster.replace_pod(&job);
    let remove = format!("DELETE /api/v1/namespaces/dev/pods/{job}-y");
    eventually("the second pod is removed", async || stage.cluster.changes().contains(&remove)).await;
    assert_eq!(stage.cluster.pods(), [format!("{job}-x")], "the first one may end in peace");
    assert_eq!(stage.server.run(run).state_type, Some(StateType::Running));
    stage.cluster.vanish();
    assert_eq!(stage.server.ended(run).await, StateType::Crashed);
    assert!(stage.server.message(run).contains("was deleted while the run was under way"));
    assert!(stage.cluster.jobs().is_empty());
    worker.stop().await.expect("a quiet end");
}

#[tokio::test]
async fn a_worker_that_comes_back_goes_on_where_it_was() {
    let stage = Stage::new();
    let run = stage.plain();
    let worker = stage.worker();
    let job = stage.cluster.job().await;
    stage.cluster.start(&job);
    stage.cluster.print(&job, "one");
    eventually("the line is there", async || stage.server.lines(run, LOGGER) == ["one"]).await;
    worker.stop().await.expect("a quiet end");
    assert_eq!(stage.server.run(run).state_type, Some(StateType::Running), "a job outlives its worker");
    stage.cluster.print(&job, "two");
    let worker = stage.worker();
    eventually("the next line is there", async || stage.server.lines(run, LOGGER) == ["one", "two"]).await;
    stage.cluster.exit(&job, 0, "Completed");
    assert_eq!(stage.server.ended(run).await, StateType::Completed);
    assert_eq!(stage.server.states(run), ["Pending", "Submitting", "Running", "Completed"]);
    worker.stop().await.expect("a quiet end");
}

#[tokio::test]
async fn a_pod_whose_containers_have_ended_is_cleared_away_at_once() {
    let (stage, run, worker, job) = with_a_deleted_pod().await;
    let delete = format!("DELETE /apis/batch/v1/namespaces/dev/jobs/{job}");
    eventually("the job is deleted", async || stage.cluster.changes().contains(&delete)).await;
    assert_eq!(stage.cluster.pods(), [format!("{job}-x")], "it may end in peace");
    stage.cluster.exit(&job, 143, "Error");
    eventually("the pod is gone", async || stage.cluster.pods().is_empty()).await;
    stage.cluster.vanish();
    assert_eq!(stage.server.ended(run).await, StateType::Crashed);
    worker.stop().await.expect("a quiet end");
}

#[tokio::test]
async fn a_run_cancelled_while_there_was_no_worker_is_ended_by_the_next_one() {
    let stage = Stage::new();
    let run = stage.plain();
    let worker = stage.worker();
    let job = stage.cluster.job().await;
    stage.cluster.start(&job);
    eventually("the run is running", async || stage.server.run(run).state_type == Some(StateType::Running)).await;
    worker.stop().await.expect("a quiet end");
    assert_eq!(stage.server.set(run, StateCreate::new(StateType::Cancelling)), SetStateStatus::Accept);
    let worker = stage.worker();
    assert_eq!(stage.server.ended(run).await, StateType::Cancelled);
    let message = stage.server.message(run);
    assert!(message.starts_with(&format!("Job dev:{job} was deleted")), "{message}");
    assert!(stage.cluster.jobs().is_empty());
    worker.stop().await.expect("a quiet end");
}
