//! What the cluster says about the worker's rights.

use std::convert::Infallible;

use http::{Request, Response};
use http_body_util::BodyExt;
use kube::client::Body;
use serde_json::{Value, json};
use worker::KubernetesSettings;

/// A cluster that grants everything in `dev` but deleting pods.
fn cluster() -> kube::Client {
    let service = tower::service_fn(|request: Request<Body>| async move {
        assert_eq!(request.uri().path(), "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews");
        let body = request.into_body().collect().await.expect("a body").to_bytes();
        let mut review: Value = serde_json::from_slice(&body).expect("JSON");
        let asked = review["spec"]["resourceAttributes"].clone();
        let is_granted = asked["namespace"] == "dev" && !(asked["resource"] == "pods" && asked["verb"] == "delete");
        review["status"] = json!({ "allowed": is_granted });
        Ok::<_, Infallible>(Response::new(axum::body::Body::from(review.to_string())))
    });
    kube::Client::new(service, "dev")
}

#[tokio::test]
async fn each_verb_is_asked_for_in_the_namespace_of_the_jobs() {
    let settings = KubernetesSettings { client: Some(cluster()), ..KubernetesSettings::default() };
    let found = worker::permissions(&settings).await.expect("an answer");
    assert_eq!(found.namespace, "dev");
    let missing: Vec<String> = found
        .verbs
        .iter()
        .filter(|permission| !permission.granted)
        .map(|missing| format!("{} {}", missing.verb, missing.resource))
        .collect();
    assert_eq!(missing, ["delete pods"]);
    assert!(found.verbs.iter().any(|permission| permission.resource == "jobs.batch" && permission.verb == "watch"));
    let elsewhere = KubernetesSettings { namespace: Some("prod".to_owned()), ..settings };
    let found = worker::permissions(&elsewhere).await.expect("an answer");
    assert!(found.verbs.iter().all(|permission| !permission.granted));
}
