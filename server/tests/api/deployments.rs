//! What a deploy keeps and what it sets anew, as the real servers answered the same requests.

use axum::http::Method;
use domain::Major;
use serde_json::{Value, json};

use crate::harness::Server;

#[tokio::test]
async fn labels_that_a_deploy_does_not_name_are_gone() {
    let server = Server::start().await;
    let (_, flow) = server.post("/flows/", json!({ "name": "f" })).await;
    let body = |labels: Value| json!({ "name": "d", "flow_id": flow["id"], "labels": labels });
    let (_, deployment) = server.post("/deployments/", body(json!({ "team": "blue" }))).await;
    assert_eq!(deployment["labels"], json!({ "team": "blue", "prefect.flow.id": flow["id"] }));
    let (status, deployment) = server.post("/deployments/", json!({ "name": "d", "flow_id": flow["id"] })).await;
    assert_eq!((status, &deployment["labels"]), (200, &json!({ "prefect.flow.id": flow["id"] })));
    let (_, deployment) = server.post("/deployments/", body(json!({ "team": "red" }))).await;
    assert_eq!(deployment["labels"]["team"], "red");
}

#[tokio::test]
async fn only_prefect_3_takes_a_deployment_out_of_its_pool() {
    for (major, left) in [(Major::V2, json!("p")), (Major::V3, Value::Null)] {
        let server = Server::start().await;
        let (_, flow) = server.post("/flows/", json!({ "name": "f" })).await;
        server.post("/work_pools/", json!({ "name": "p", "type": "process" })).await;
        let body = json!({ "name": "d", "flow_id": flow["id"], "work_pool_name": "p" });
        let (_, deployment) = server.post("/deployments/", body).await;
        let path = format!("/deployments/{}", deployment["id"].as_str().expect("an id"));
        let (status, _) = server.call(major, Method::PATCH, &path, Some(json!({ "work_pool_name": null }))).await;
        assert_eq!(status, 204);
        assert_eq!(server.get(&path).await.1["work_pool_name"], left, "{major:?}");
    }
}
