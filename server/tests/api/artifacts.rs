//! `/api/artifacts`.

use axum::http::Method;
use domain::{FlowRunId, Major};
use serde_json::{Value, json};

use crate::harness::{Server, assert_like, id};

#[tokio::test]
async fn the_newest_of_a_key_is_kept_in_view() {
    let server = Server::start().await;
    let run = id::<FlowRunId>();
    let body = json!({"key": "my-md", "type": "markdown", "description": "d", "data": "# hi", "flow_run_id": run});
    let (status, first) = server.post("/artifacts/", body).await;
    assert_eq!(status, 201);
    assert_like(
        &first,
        &json!({
            "id": "<id>", "created": "2026-11-23T12:00:00Z", "updated": "2026-11-23T12:00:00Z", "key": "my-md", "type": "markdown",
            "description": "d", "data": "# hi", "metadata_": null, "flow_run_id": run, "task_run_id": null,
        }),
    );
    server.pass(1.0);
    let (_, second) = server
        .post("/artifacts/", json!({"key": "my-md", "type": "table", "data": [{"a": 1}], "metadata_": {"k": "v"}}))
        .await;
    server.post("/artifacts/", json!({"type": "result", "data": {"x": 1}})).await;

    let (_, latest) = server.get("/artifacts/my-md/latest").await;
    assert_like(
        &latest,
        &json!({
            "id": "<id>", "created": "2026-11-23T12:00:00Z", "updated": "2026-11-23T12:00:01Z", "key": "my-md", "type": "table",
            "description": null, "data": [{"a": 1}], "metadata_": {"k": "v"}, "flow_run_id": null, "task_run_id": null,
        }),
    );
    let (_, listed) = server
        .post("/artifacts/latest/filter", json!({"artifacts": null, "limit": 100, "offset": 0, "sort": "KEY_ASC"}))
        .await;
    assert_eq!(
        (listed.as_array().expect("a list").len(), &listed[0]["latest_id"], &listed[0]["id"]),
        (1, &second["id"], &latest["id"])
    );
    assert_eq!(server.post("/artifacts/latest/count", json!({})).await.1, json!(1));
    assert_eq!(server.post("/artifacts/count", json!({"artifacts": {"key": {"exists_": false}}})).await.1, json!(1));
    let (_, of_run) = server
        .post(
            "/artifacts/filter",
            json!({"artifacts": {"flow_run_id": {"any_": [run]}, "type": {"not_any_": ["result"]}}}),
        )
        .await;
    assert_eq!(of_run, json!([first]));
    let none = json!({"flow_runs": {"name": {"any_": ["nobody"]}}, "task_runs": {}, "flows": {}, "deployments": {}});
    assert_eq!(server.post("/artifacts/filter", none.clone()).await, (200, json!([])));
    assert_eq!(server.post("/artifacts/latest/filter", none).await, (200, json!([])));

    let second = format!("/artifacts/{}", second["id"].as_str().expect("an id"));
    assert_eq!(
        server.call(Major::V3, Method::PATCH, &second, Some(json!({"data": "new", "description": "e"}))).await,
        (204, Value::Null)
    );
    assert_eq!(server.get("/artifacts/my-md/latest").await.1["data"], json!("new"));
    assert_eq!(server.call(Major::V3, Method::DELETE, &second, None).await, (204, Value::Null));
    assert_eq!(
        server.get("/artifacts/my-md/latest").await.1["data"],
        json!("# hi"),
        "the one before is the newest now"
    );
    let first = format!("/artifacts/{}", first["id"].as_str().expect("an id"));
    assert_eq!(server.call(Major::V3, Method::DELETE, &first, None).await.0, 204);
    for path in ["/artifacts/my-md/latest", &first] {
        assert_eq!(server.get(path).await, (404, json!({"detail": "Artifact not found."})), "{path}");
    }
    assert_eq!(server.post("/artifacts/", json!({"key": "Bad_Key"})).await.0, 422);
}
