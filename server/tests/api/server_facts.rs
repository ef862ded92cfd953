//! What clients and dashboards ask about the server, and the forms that check what is typed.

use axum::http::Method;
use domain::Major;
use serde_json::{Value, json};

use crate::harness::{Server, assert_like};

#[tokio::test]
async fn clients_hear_that_they_need_no_tokens() {
    let server = Server::start().await;
    for major in [Major::V2, Major::V3] {
        let answer = server.call(major, Method::GET, "/csrf-token?client=x", None).await;
        assert_eq!(answer, (422, json!({"detail": "CSRF protection is disabled."})));
    }
}

#[tokio::test]
async fn settings_have_each_majors_names_and_no_secrets() {
    let server = Server::start().await;
    let (_, flat) = server.call(Major::V2, Method::GET, "/admin/settings", None).await;
    assert_eq!(
        (&flat["PREFECT_API_DEFAULT_LIMIT"], &flat["PREFECT_EXPERIMENTAL_EVENTS"]),
        (&json!(200), &json!(false))
    );
    let (_, nested) = server.get("/admin/settings").await;
    assert_eq!(nested["server"]["services"]["late_runs"]["after_seconds"], json!(15.0));
}

#[tokio::test]
async fn prefect_2_lists_no_notification_policies() {
    let server = Server::start().await;
    let path = "/flow_run_notification_policies/filter";
    assert_eq!(server.call(Major::V2, Method::POST, path, Some(json!({"limit": 200}))).await, (200, json!([])));
    assert_eq!(server.post(path, json!({})).await, (404, json!({"detail": "Not Found"})));
}

#[tokio::test]
async fn searches_are_saved_under_a_name() {
    let server = Server::start().await;
    let condition =
        json!({"object": "flow_run", "property": "name", "type": "string", "operation": "equals", "value": "x"});
    let put = async |filters: Value| {
        server.call(Major::V3, Method::PUT, "/saved_searches/", Some(json!({"name": "s", "filters": filters}))).await
    };
    let (status, created) = put(json!([condition])).await;
    assert_eq!(status, 201);
    assert_like(
        &created,
        &json!({"id": "<id>", "created": "<time>", "updated": "<time>", "name": "s", "filters": [condition]}),
    );
    let (status, replaced) = put(json!([])).await;
    assert_eq!((status, &replaced["id"], &replaced["filters"]), (200, &created["id"], &json!([])));
    assert_eq!(server.post("/saved_searches/filter", json!({})).await, (200, json!([replaced])));
    let path = format!("/saved_searches/{}", created["id"].as_str().expect("an id"));
    assert_eq!(server.get(&path).await.0, 200);
    assert_eq!(server.call(Major::V3, Method::DELETE, &path, None).await, (204, Value::Null));
    assert_eq!(server.get(&path).await, (404, json!({"detail": "Saved search not found"})));
}

#[tokio::test]
async fn forms_are_checked_against_their_schema() {
    let server = Server::start().await;
    server.post("/variables/", json!({"name": "region", "value": "tw"})).await;
    let schema = json!({"type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}, "list": {"type": "array", "items": {"type": "string"}}, "r": {"type": "string"}}});
    let check =
        async |values: Value| server.post("/ui/schemas/validate", json!({"schema": schema, "values": values})).await;
    let region = json!({"__prefect_kind": "workspace_variable", "variable_name": "region"});
    assert_eq!(check(json!({"n": 1, "r": region})).await, (200, json!({"valid": true, "errors": []})));
    let (status, wrong) = check(json!({"list": ["a", 5]})).await;
    assert_eq!(
        (status, wrong),
        (
            200,
            json!({"valid": false, "errors": [
                {"property": "n", "errors": ["'n' is a required property"]},
                {"property": "list", "errors": [{"index": 1, "errors": ["5 is not of type 'string'"]}]},
            ]})
        )
    );
    let nobody = json!({"n": 1, "r": {"__prefect_kind": "workspace_variable", "variable_name": "nobody"}});
    assert_eq!(check(nobody).await.1["valid"], json!(false));
    let (status, no_schema) =
        server.post("/ui/schemas/validate", json!({"schema": {"type": "nonsense"}, "values": {}})).await;
    assert!(
        status == 422 && no_schema["detail"].as_str().expect("a sentence").starts_with("Invalid schema"),
        "{no_schema}"
    );
}

#[tokio::test]
async fn templates_are_checked() {
    let server = Server::start().await;
    for path in ["/templates/validate", "/automations/templates/validate"] {
        assert_eq!(
            server.post(path, json!("Run {{ flow_run.name }} {% if x %}y{% endif %}")).await,
            (204, Value::Null),
            "{path}"
        );
        let (status, wrong) = server.post(path, json!("one\n{{ two ")).await;
        assert_eq!(
            (status, &wrong["error"]["line"], &wrong["error"]["source"]),
            (422, &json!(2), &json!("one\n{{ two ")),
            "{path}"
        );
    }
}
