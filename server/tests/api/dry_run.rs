//! `/api/reeve/dry_run`: a question to the cluster, by way of a worker's long wait, and its answer.

use axum::http::Method;
use domain::Major;
use serde_json::{Value, json};
use server::app_state::Policy;

use crate::harness::Server;
use crate::harness::each::on_two;

const WAIT: &str = "/reeve/work_pools/cluster/wait?seen=0&timeout=20&dry_runs=true";

fn template(image: &str) -> Value {
    let manifest = json!({
        "apiVersion": "batch/v1", "kind": "Job", "metadata": { "labels": {} },
        "spec": { "template": { "spec": {
            "parallelism": 1, "completions": 1, "restartPolicy": "Never", "containers": [{ "name": "prefect-job", "image": image }],
        } } },
    });
    json!({ "job_configuration": { "job_manifest": manifest }, "variables": { "type": "object", "properties": {} } })
}

async fn server() -> Server {
    let server = Server::start().await;
    make_pool(&server).await;
    server
}

async fn make_pool(server: &Server) {
    let pool = json!({ "name": "cluster", "type": "kubernetes", "base_job_template": template("saved:1") });
    assert_eq!(server.post("/work_pools/", pool).await.0, 201);
}

/// What a worker hears that waits for changes until there is a question.
async fn question(server: &Server) -> Value {
    loop {
        let (status, heard) = server.get(WAIT).await;
        assert_eq!(status, 200, "{heard}");
        if !heard["dry_run"].is_null() {
            return heard["dry_run"].clone();
        }
    }
}

#[tokio::test]
async fn a_worker_hears_the_question_and_its_answer_is_the_answer() {
    let server = server().await;
    let ask = json!({ "work_pool_name": "cluster", "base_job_template": template("unsaved:2") });
    let asking = server.post("/reeve/dry_run", ask);
    let working = async {
        let question = question(&server).await;
        assert_eq!(question["base_job_template"], template("unsaved:2"));
        assert_eq!(question["deployment_id"], Value::Null);
        let path = format!("/reeve/dry_run/{}", question["id"].as_str().expect("an id"));
        let said = json!({ "outcome": "refused", "message": "x".repeat(5000), "warnings": ["old"] });
        assert_eq!(server.post(&path, said.clone()).await.0, 204);
        assert_eq!(server.post(&path, said).await.0, 404, "it is answered once");
    };
    let ((status, answer), ()) = tokio::join!(asking, working);
    assert_eq!((status, &answer["outcome"], &answer["warnings"]), (200, &json!("refused"), &json!(["old"])));
    assert_eq!(answer["message"].as_str().expect("a text").chars().count(), 2001, "it is bounded");
    let (_, pool) = server.get("/work_pools/cluster").await;
    assert_eq!(pool["base_job_template"], template("saved:1"), "nothing is saved");
}

#[tokio::test]
async fn whoever_is_asked_finds_the_worker_at_the_other_server() {
    on_two(async |asked, waited_at| {
        make_pool(&asked).await;
        let asking = asked.post("/reeve/dry_run", json!({ "work_pool_name": "cluster" }));
        let working = async {
            let question = question(&waited_at).await;
            let path = format!("/reeve/dry_run/{}", question["id"].as_str().expect("an id"));
            waited_at.post(&path, json!({ "outcome": "accepted", "message": "fine" })).await.0
        };
        let ((status, answer), taken) = tokio::join!(asking, working);
        assert_eq!((status, &answer["outcome"], taken), (200, &json!("accepted"), 204));
    })
    .await;
}

#[tokio::test]
async fn a_deployment_is_asked_about_in_its_pool() {
    let server = server().await;
    let (_, flow) = server.post("/flows/", json!({ "name": "f" })).await;
    let new = json!({ "name": "d", "flow_id": flow["id"], "work_pool_name": "cluster" });
    let (_, deployment) = server.post("/deployments/", new).await;
    let asking = server.post("/reeve/dry_run", json!({ "deployment_id": deployment["id"] }));
    let working = async {
        let question = question(&server).await;
        assert_eq!(question["base_job_template"], template("saved:1"));
        assert_eq!(question["deployment_id"], deployment["id"]);
        let path = format!("/reeve/dry_run/{}", question["id"].as_str().expect("an id"));
        server.post(&path, json!({ "outcome": "accepted", "message": "fine" })).await
    };
    let ((status, answer), _) = tokio::join!(asking, working);
    assert_eq!((status, answer), (200, json!({ "outcome": "accepted", "message": "fine", "warnings": [] })));
}

#[tokio::test]
async fn without_a_worker_that_has_a_cluster_nobody_answers() {
    let server = server().await;
    // A worker without a cluster, or of another pool, is not asked.
    let other = json!({ "name": "other", "type": "kubernetes", "base_job_template": template("o:1") });
    server.post("/work_pools/", other).await;
    let asking = server.post("/reeve/dry_run", json!({ "work_pool_name": "cluster" }));
    let plain = server.get("/reeve/work_pools/cluster/wait?seen=0&timeout=2");
    let elsewhere = server.get("/reeve/work_pools/other/wait?seen=0&timeout=2&dry_runs=true");
    let ((status, answer), (_, plain), (_, elsewhere)) = tokio::join!(asking, plain, elsewhere);
    assert_eq!((plain["dry_run"].clone(), elsewhere["dry_run"].clone()), (Value::Null, Value::Null));
    assert_eq!((status, &answer["outcome"]), (200, &json!("unanswered")));
    assert_eq!(answer["message"], "No Kubernetes worker of pool \"cluster\" is online to ask the cluster.");
    let late = server.get("/reeve/work_pools/cluster/wait?seen=0&timeout=0&dry_runs=true").await.1;
    assert_eq!(late["dry_run"], Value::Null, "nobody waits for it any more");
}

#[tokio::test]
async fn what_cannot_be_asked_is_refused() {
    let server = server().await;
    server.post("/work_pools/", json!({ "name": "here", "type": "process" })).await;
    let detail = async |ask: Value| {
        let (status, body) = server.post("/reeve/dry_run", ask).await;
        (status, body["detail"].as_str().unwrap_or_default().to_owned())
    };
    let here = detail(json!({ "work_pool_name": "here" })).await;
    assert_eq!(here, (422, "Work pool \"here\" is of type process: there is no cluster to ask.".to_owned()));
    assert_eq!(detail(json!({})).await.0, 422);
    assert_eq!(detail(json!({ "work_pool_name": "nowhere" })).await.0, 404);
    let nobody = json!({ "deployment_id": "01a2096a-8a31-7e7b-b4dc-a4eef8b7be4d" });
    assert_eq!(detail(nobody).await, (404, "Deployment not found".to_owned()));
    let broken = json!({ "work_pool_name": "cluster", "base_job_template": { "job_configuration": {} } });
    assert!(detail(broken).await.1.contains("must contain both"));
    let locked = Server::with(Policy { auth_string: Some("me:secret".to_owned()), ..Policy::default() }).await;
    for path in ["/reeve/dry_run", "/reeve/dry_run/01a2096a-8a31-7e7b-b4dc-a4eef8b7be4d"] {
        assert_eq!(locked.call(Major::V3, Method::POST, path, Some(json!({}))).await.0, 401, "{path}");
    }
}
