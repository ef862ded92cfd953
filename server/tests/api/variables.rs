//! `/api/variables`.

use axum::http::Method;
use domain::Major;
use serde_json::{Value, json};

use crate::harness::{Server, assert_like};

#[tokio::test]
async fn variables_are_made_found_changed_and_deleted_by_name_and_id() {
    let server = Server::start().await;
    let (status, created) =
        server.post("/variables/", json!({"name": "v-1", "value": {"a": [1]}, "tags": ["x"]})).await;
    assert_eq!(status, 201);
    assert_like(
        &created,
        &json!({
            "id": "<id>", "created": "2026-11-23T12:00:00Z", "updated": "2026-11-23T12:00:00Z", "name": "v-1", "value": {"a": [1]}, "tags": ["x"],
        }),
    );
    let by_id = format!("/variables/{}", created["id"].as_str().expect("an id"));
    assert_eq!(server.get(&by_id).await, (200, created.clone()));
    assert_eq!(server.get("/variables/name/v-1").await, (200, created));
    server.pass(1.0);
    assert_eq!(
        server.call(Major::V3, Method::PATCH, "/variables/name/v-1", Some(json!({"value": null}))).await,
        (204, Value::Null)
    );
    assert_eq!(
        server.call(Major::V3, Method::PATCH, &by_id, Some(json!({"name": "v_2", "tags": []}))).await,
        (204, Value::Null)
    );
    let (_, changed) = server.get("/variables/name/v_2").await;
    assert_eq!(
        (&changed["value"], &changed["tags"], &changed["updated"]),
        (&Value::Null, &json!([]), &json!("2026-11-23T12:00:01Z"))
    );
    assert_eq!(server.call(Major::V3, Method::DELETE, "/variables/name/v_2", None).await, (204, Value::Null));
    for path in ["/variables/name/v_2", &by_id] {
        assert_eq!(server.get(path).await, (404, json!({"detail": "Variable not found."})), "{path}");
    }
    let (_, told) = server
        .post("/events/filter", json!({"filter": {"event": {"prefix": ["prefect.variable."]}, "order": "ASC"}}))
        .await;
    let names: Vec<_> = told["events"].as_array().expect("a list").iter().map(|event| event["event"].clone()).collect();
    assert_eq!(
        names,
        [
            "prefect.variable.created",
            "prefect.variable.updated",
            "prefect.variable.updated",
            "prefect.variable.deleted"
        ]
    );
}

#[tokio::test]
async fn variables_are_listed_by_filters_of_both_majors() {
    let server = Server::start().await;
    for (name, value, tags) in
        [("b", json!("two"), json!(["x", "y"])), ("a", json!("one"), json!([])), ("c", json!(3), json!(["x"]))]
    {
        server.post("/variables/", json!({"name": name, "value": value, "tags": tags})).await;
    }
    let names = async |filter: Value| {
        let (status, found) = server.post("/variables/filter", filter.clone()).await;
        assert_eq!(status, 200, "{filter}");
        found
            .as_array()
            .expect("a list")
            .iter()
            .map(|one| one["name"].as_str().expect("a name").to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(names(json!({"limit": 100})).await, ["a", "b", "c"]);
    assert_eq!(names(json!({"sort": "NAME_DESC", "offset": 1})).await, ["b", "a"]);
    assert_eq!(names(json!({"variables": {"tags": {"all_": ["x"]}}})).await, ["b", "c"]);
    assert_eq!(names(json!({"variables": {"tags": {"is_null_": true}}})).await, ["a"]);
    assert_eq!(names(json!({"variables": {"name": {"like_": "B"}}})).await, ["b"]);
    assert_eq!(names(json!({"variables": {"value": {"any_": ["one"]}}})).await, ["a"]);
    assert_eq!(names(json!({"variables": {"value": {"like_": "w"}}})).await, ["b"]);
    assert_eq!(
        server.post("/variables/count", json!({"variables": {"name": {"any_": ["a", "c", "z"]}}})).await,
        (200, json!(2))
    );
    assert_eq!(server.post("/variables/filter", json!({"variables": {"colour": 1}})).await.0, 422);
}

#[tokio::test]
async fn what_is_wrong_is_said_as_each_major_says_it() {
    let server = Server::start().await;
    let call = async |major, body: Value| server.call(major, Method::POST, "/variables/", Some(body)).await;
    let body = json!({"name": "v", "value": "x"});
    assert_eq!(call(Major::V2, body.clone()).await.0, 201);
    assert_eq!(
        call(Major::V3, body.clone()).await,
        (409, json!({"detail": "A variable with the name 'v' already exists."}))
    );
    let integrity = "Data integrity conflict. This usually means a unique or foreign key constraint was violated. See server logs for details.";
    assert_eq!(call(Major::V2, body).await, (409, json!({"detail": integrity})));

    // The echo of the real servers has only what was sent; ours has the defaults as well.
    let item = async |major, body: Value| {
        let (status, refused) = call(major, body).await;
        assert_eq!((status, &refused["exception_message"]), (422, &json!("Invalid request received.")));
        refused["exception_detail"][0].clone()
    };
    let bad_name = json!({"name": "Bad Name", "value": "x"});
    assert_eq!(
        item(Major::V2, bad_name.clone()).await,
        json!({
            "loc": ["body", "name"], "msg": "Variable name must only contain lowercase letters, numbers, and underscores.", "type": "value_error",
        })
    );
    assert_eq!(
        item(Major::V3, bad_name).await,
        json!({
            "type": "value_error", "loc": ["body", "name"], "input": "Bad Name", "ctx": {"error": {}},
            "msg": "Value error, Variable name must only contain lowercase letters, numbers, and dashes or underscores.",
        })
    );
    assert_eq!(
        item(Major::V2, json!({"name": "j", "value": {"a": 1}})).await,
        json!({
            "loc": ["body", "value"], "msg": "str type expected", "type": "type_error.str",
        })
    );
    assert_eq!(item(Major::V3, json!({"name": "j"})).await["type"], "missing");
    assert_eq!(item(Major::V3, json!({"name": "x".repeat(256), "value": 1})).await["type"], "string_too_long");
    assert_eq!(
        item(Major::V2, json!({"name": "x", "value": "x".repeat(5001)})).await["type"],
        "value_error.any_str.max_length"
    );
}
