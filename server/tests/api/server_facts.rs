//! What clients and dashboards ask about the server, and the forms that check what is typed.

use axum::http::Method;
use domain::Major;
use serde_json::{Value, json};

use crate::harness::each::on_each;
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

#[tokio::test]
async fn prefect_2_may_empty_the_database_if_it_is_sure() {
    on_each(async |server| {
        server.post("/flows/", json!({"name": "f"})).await;
        let (_, pool) = server.post("/work_pools/", json!({"name": "p", "type": "process"})).await;
        assert_eq!(pool["name"], "p");
        let ask = async |major, what: &str, body| {
            server.call(major, Method::POST, &format!("/admin/database/{what}"), Some(body)).await.0
        };
        for what in ["clear", "drop", "create"] {
            assert_eq!(ask(Major::V3, what, json!({"confirm": true})).await, 404);
            assert_eq!(ask(Major::V2, what, json!({})).await, 400);
        }
        assert_eq!(server.post("/flows/count", json!({})).await, (200, json!(1)));
        for what in ["create", "clear"] {
            assert_eq!(ask(Major::V2, what, json!({"confirm": true})).await, 204);
        }
        assert_eq!(server.post("/flows/count", json!({})).await, (200, json!(0)));
        assert_eq!(server.post("/work_pools/count", json!({})).await, (200, json!(0)));
        assert_eq!(server.get("/block_types/slug/secret").await.0, 200, "the kinds of blocks are there again");
        assert_eq!(ask(Major::V2, "drop", json!({"confirm": true})).await, 204);
        assert_eq!(server.post("/flows/", json!({"name": "f"})).await.0, 201, "it works on");
    })
    .await;
}

#[tokio::test]
async fn many_flows_are_deleted_at_once() {
    let server = Server::start().await;
    for name in ["a", "b", "c"] {
        server.post("/flows/", json!({"name": name})).await;
    }
    let (status, answer) = server.post("/flows/bulk_delete", json!({"flows": {"name": {"any_": ["a", "c"]}}})).await;
    assert_eq!((status, answer["deleted"].as_array().map(Vec::len)), (200, Some(2)));
    assert_eq!(server.get("/flows/name/b").await.0, 200);
    assert_eq!(server.get("/flows/name/c").await.0, 404);
    let (status, refusal) = server.post("/flows/bulk_delete", json!({"limit": 51})).await;
    let item = json!({"type": "less_than_equal", "loc": ["body", "limit"], "msg": "Input should be less than or equal to 50", "input": 51, "ctx": {"le": 50}});
    assert_eq!((status, &refusal["exception_detail"]), (422, &json!([item])));
}

#[tokio::test]
async fn what_is_out_of_bounds_is_told_with_its_place() {
    let server = Server::start().await;
    let first = async |path: &str, body: Value| {
        let (status, answer) = server.post(path, body).await;
        (status, answer["exception_detail"][0].clone())
    };
    let item = json!({"type": "greater_than_equal", "loc": ["body", "offset"], "msg": "Input should be greater than or equal to 0", "input": -1, "ctx": {"ge": 0}});
    for noun in ["flows", "flow_runs", "work_pools", "variables", "artifacts", "block_types", "logs"] {
        assert_eq!(first(&format!("/{noun}/filter"), json!({"offset": -1})).await, (422, item.clone()), "{noun}");
        let (status, refusal) = first(&format!("/{noun}/filter"), json!([])).await;
        assert_eq!((status, &refusal["type"]), (422, &json!("model_attributes_type")), "{noun}");
    }
    let cases = [
        ("/flow_runs/paginate", json!({"page": 0}), json!(["body", "page"]), "greater_than_equal"),
        ("/ui/flow_runs/history", json!({"limit": 1001}), json!(["body", "limit"]), "less_than_equal"),
        (
            "/logs/filter",
            json!({"logs": {"text": {"query": "x".repeat(201)}}}),
            json!(["body", "logs", "text", "query"]),
            "string_too_long",
        ),
        ("/flows/", json!({"name": "f", "labels": {"a": []}}), json!(["body", "labels"]), "value_error"),
        ("/variables/", json!({"name": "v", "value": "x".repeat(5001)}), json!(["body", "value"]), "value_error"),
        (
            "/task_runs/",
            json!({"task_key": "t", "dynamic_key": "0", "empirical_policy": {"retry_delay": vec![0; 51]}}),
            json!(["body", "empirical_policy", "retry_delay"]),
            "value_error",
        ),
        (
            "/task_runs/",
            json!({"task_key": "t", "dynamic_key": "0", "task_inputs": {"x": [{"input_type": "y"}]}}),
            json!(["body", "task_inputs"]),
            "enum",
        ),
        (
            "/v2/concurrency_limits/decrement",
            json!({"names": ["l"], "slots": 1, "occupancy_seconds": -1}),
            json!(["body", "occupancy_seconds"]),
            "greater_than",
        ),
        ("/flow_runs/", json!({"flow_id": "nope"}), json!(["body", "flow_id"]), "uuid_parsing"),
        (
            "/events/count-by/day",
            json!({"filter": {}, "time_interval": 0.001}),
            json!(["body", "time_interval"]),
            "greater_than_equal",
        ),
    ];
    for (path, body, loc, kind) in cases {
        let (status, refusal) = first(path, body).await;
        assert_eq!((status, &refusal["loc"], &refusal["type"]), (422, &loc, &json!(kind)), "{path}: {refusal}");
    }
}
