//! What Prefect 3's commands ask about automations.

use axum::http::Method;
use domain::Major;
use serde_json::json;

use crate::harness::Server;

#[tokio::test]
async fn there_are_none() {
    let server = Server::start().await;
    let deployment = "prefect.deployment.e324e219-3892-4034-b6ec-5f3d48f5c3b4";
    assert_eq!(server.get(&format!("/automations/related-to/{deployment}")).await, (200, json!([])));
    assert_eq!(server.post("/automations/filter", json!({})).await, (200, json!([])));
    assert_eq!(server.post("/automations/count", json!({})).await, (200, json!(0)));
    let (status, _) =
        server.call(Major::V3, Method::DELETE, &format!("/automations/owned-by/{deployment}"), None).await;
    assert_eq!(status, 202);
    let (status, _) = server.post("/automations", json!({ "name": "none" })).await;
    assert_eq!(status, 404);
}
