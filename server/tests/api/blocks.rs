//! `/api/block_types`, `/api/block_schemas`, `/api/block_documents` and the default storage of results.

use axum::http::Method;
use domain::Major;
use serde_json::{Value, json};
use server::orchestration::blocks::catalogue;
use store::sql;

use crate::harness::{Server, assert_like};

/// A server that knows the kinds of blocks that are part of Prefect.
async fn server() -> Server {
    let server = Server::start().await;
    catalogue::install(&server.app.store, server.app.clock.now()).await.expect("installed");
    server
}

async fn as_v2(server: &Server, method: Method, path: &str, body: Option<Value>) -> (u16, Value) {
    server.call(Major::V2, method, path, body).await
}

/// Type and schema of a slug, for that client version.
async fn kind(server: &Server, slug: &str, version: &str) -> (Value, Value) {
    let (status, block_type) = server.get(&format!("/block_types/slug/{slug}")).await;
    assert_eq!(status, 200, "{slug}");
    let filter = json!({"block_schemas": {"block_type_id": {"any_": [block_type["id"]]}, "version": {"any_": [version]}}, "limit": 1});
    let (_, schemas) = server.post("/block_schemas/filter", filter).await;
    (block_type, schemas[0].clone())
}

fn document(kind: &(Value, Value), name: &str, data: Value) -> Value {
    json!({"name": name, "data": data, "block_schema_id": kind.1["id"], "block_type_id": kind.0["id"], "is_anonymous": false})
}

#[tokio::test]
async fn both_clients_find_their_own_schemas() {
    let server = server().await;
    let known = [
        (
            Major::V2,
            "2.20.26",
            "local-file-system",
            "sha256:6db1ab242e7b2b88a52dc137a7da3a373af63e0a103b9a91e060ed54a26f395a",
        ),
        (Major::V2, "2.20.26", "secret", "sha256:e6b26e0a0240eb112e604608338f863e5ca2f137936e310014bfa2139d0a9b6c"),
        (Major::V3, "3.8.8", "secret", "sha256:c078ed9c1e813e224c0b353d7ad4564a11d51d3198d9ac0686478165a1911c78"),
        (
            Major::V3,
            "3.8.8",
            "local-file-system",
            "sha256:0fc8b7f936f38f465715ef2df4a817ac9fe38b80bb01d5c6c9649a6da6ae6971",
        ),
    ];
    for (major, version, slug, checksum) in known {
        let path = format!("/block_schemas/checksum/{checksum}?version={version}");
        let (status, schema) = server.call(major, Method::GET, &path, None).await;
        assert_eq!((status, &schema["fields"]["block_type_slug"]), (200, &json!(slug)), "{slug} {version}");
        assert_like(
            &schema,
            &json!({
                "id": "<id>", "created": "<time>", "updated": "<time>", "checksum": checksum, "fields": "<any>", "block_type_id": "<id>",
                "capabilities": "<any>", "version": version,
                "block_type": {
                    "id": schema["block_type_id"], "created": "<time>", "updated": "<time>", "name": "<any>", "slug": slug, "logo_url": null,
                    "documentation_url": null, "description": "<any>", "code_example": null, "is_protected": true,
                },
            }),
        );
        assert_eq!(server.get(&format!("/block_schemas/checksum/{checksum}?version=9.9.9")).await.0, 404);
        assert_eq!(server.get(&format!("/block_schemas/checksum/{checksum}")).await.0, 200);
    }
    let (_, capabilities) = server.get("/block_capabilities/").await;
    for capability in
        ["get-directory", "put-directory", "read-path", "write-path", "notify", "docker-login", "run-infrastructure"]
    {
        assert!(capabilities.as_array().expect("a list").contains(&json!(capability)), "{capability}");
    }
    let (_, writers) = server
        .post("/block_types/filter", json!({"block_schemas": {"block_capabilities": {"all_": ["write-path"]}}}))
        .await;
    let slugs: Vec<_> =
        writers.as_array().expect("a list").iter().map(|one| one["slug"].as_str().expect("a slug")).collect();
    assert_eq!(slugs, ["azure", "gcs", "local-file-system", "remote-file-system", "s3", "smb"]);
    catalogue::install(&server.app.store, server.app.clock.now()).await.expect("nothing to do");
    assert_eq!(server.post("/block_types/install_system_block_types", json!(null)).await, (200, Value::Null));
    assert_eq!(
        server
            .post("/block_types/filter", json!({"block_types": {"slug": {"any_": ["secret"]}}}))
            .await
            .1
            .as_array()
            .expect("a list")
            .len(),
        1
    );
}

#[tokio::test]
async fn secrets_are_shown_to_those_who_ask_and_nowhere_written() {
    let server = server().await;
    let secret = kind(&server, "secret", "3.8.8").await;
    let (status, created) = server.post("/block_documents/", document(&secret, "s1", json!({"value": "shh"}))).await;
    assert_eq!(status, 201);
    assert_like(
        &created,
        &json!({
            "id": "<id>", "created": "2026-11-23T12:00:00Z", "updated": "2026-11-23T12:00:00Z", "name": "s1", "data": {"value": "********"},
            "block_schema_id": secret.1["id"], "block_schema": secret.1, "block_type_id": secret.0["id"], "block_type_name": "Secret",
            "block_type": secret.0, "block_document_references": {}, "is_anonymous": false,
        }),
    );
    let by_name = "/block_types/slug/secret/block_documents/name/s1";
    assert_eq!(server.get(by_name).await, (200, created.clone()));
    assert_eq!(server.get(&format!("{by_name}?include_secrets=true")).await.1["data"], json!({"value": "shh"}));
    let (_, listed) =
        server.post("/block_documents/filter", json!({"include_secrets": true, "offset": null, "limit": null})).await;
    assert_eq!(listed[0]["data"], json!({"value": "shh"}));
    assert_eq!(server.get("/block_types/slug/secret/block_documents").await.1, json!([created]));
    let stored = server
        .app
        .store
        .read()
        .await
        .expect("a connection")
        .one::<(String,)>(sql("SELECT data FROM block_document"))
        .await;
    assert!(!stored.expect("a row").0.contains("shh"));

    let id = created["id"].as_str().expect("an id");
    let path = format!("/block_documents/{id}");
    // Forms send back what they were shown.
    assert_eq!(
        server.call(Major::V3, Method::PATCH, &path, Some(json!({"data": {"value": "********"}}))).await,
        (204, Value::Null)
    );
    assert_eq!(server.get(&format!("{path}?include_secrets=true")).await.1["data"], json!({"value": "shh"}));
    assert_eq!(
        server.call(Major::V3, Method::PATCH, &path, Some(json!({"data": {"value": {"deep": 1}}}))).await.0,
        204
    );
    assert_eq!(server.get(&path).await.1["data"], json!({"value": "********"}));
    assert_eq!(server.get(&format!("{path}?include_secrets=true")).await.1["data"], json!({"value": {"deep": 1}}));

    server.pass(1.0);
    let (_, told) =
        server.post("/events/filter", json!({"filter": {"event": {"prefix": ["prefect.block-document."]}}})).await;
    assert_eq!((told["total"].as_i64(), told.to_string().contains("shh")), (Some(3), false));

    assert_eq!(
        server.post("/block_documents/", document(&secret, "s1", json!({}))).await,
        (409, json!({"detail": "Block already exists"}))
    );
    assert_eq!(server.post("/block_documents/", document(&secret, "Bad Name", json!({}))).await.0, 422);
    assert_eq!(server.call(Major::V3, Method::DELETE, &path, None).await, (204, Value::Null));
    for path in [path.as_str(), by_name, "/block_types/slug/none/block_documents/name/x"] {
        assert_eq!(server.get(path).await, (404, json!({"detail": "Block document not found"})), "{path}");
    }
}

#[tokio::test]
async fn a_prefect_2_flow_stores_its_results_by_an_anonymous_block() {
    let server = server().await;
    let (_, block_type) = as_v2(&server, Method::GET, "/block_types/slug/local-file-system", None).await;
    let words = json!({"logo_url": "https://x/logo.png", "documentation_url": null, "description": "theirs", "code_example": "load()"});
    let patch = format!("/block_types/{}", block_type["id"].as_str().expect("an id"));
    assert_eq!(as_v2(&server, Method::PATCH, &patch, Some(words)).await, (204, Value::Null));
    assert_eq!(as_v2(&server, Method::GET, &patch, None).await.1["description"], json!("theirs"));
    let schema = "/block_schemas/checksum/sha256:6db1ab242e7b2b88a52dc137a7da3a373af63e0a103b9a91e060ed54a26f395a?version=2.20.26";
    let (_, schema) = as_v2(&server, Method::GET, schema, None).await;
    let body = json!({
        "name": null, "data": {"basepath": "/home/user/.prefect/storage"}, "block_schema_id": schema["id"],
        "block_type_id": block_type["id"], "is_anonymous": true,
    });
    let (status, created) = as_v2(&server, Method::POST, "/block_documents/", Some(body)).await;
    assert_eq!((status, &created["data"]["basepath"]), (201, &json!("/home/user/.prefect/storage")));
    assert!(created["name"].as_str().expect("a name").starts_with("anonymous-"), "{created}");
    assert_eq!(created["created"], json!("2026-11-23T12:00:00+00:00"));
    let path = format!("/block_documents/{}?include_secrets=true", created["id"].as_str().expect("an id"));
    assert_eq!(as_v2(&server, Method::GET, &path, None).await, (200, created));
    assert_eq!(server.post("/block_documents/filter", json!({})).await.1, json!([]), "anonymous ones are not listed");
    assert_eq!(
        server.post("/block_documents/count", json!({"block_documents": {"is_anonymous": null}})).await.1,
        json!(1)
    );
    assert_eq!(server.call(Major::V3, Method::DELETE, &patch, None).await.0, 403);
}

/// Registers a type and a schema as an integration package does.
async fn register(server: &Server, name: &str, slug: &str, fields: Value) -> (Value, Value) {
    let (status, block_type) = server.post("/block_types/", json!({"name": name, "slug": slug})).await;
    assert_eq!(status, 201, "{block_type}");
    let body =
        json!({"fields": fields, "block_type_id": block_type["id"], "capabilities": ["write-path"], "version": "1.0"});
    let (status, schema) = server.post("/block_schemas/", body.clone()).await;
    assert_eq!(status, 201, "{schema}");
    assert_eq!(server.post("/block_schemas/", body).await, (200, schema.clone()));
    (block_type, schema)
}

#[tokio::test]
async fn blocks_inside_of_blocks_are_registered_read_and_hidden() {
    let server = server().await;
    let login = json!({"title": "Login", "type": "object", "block_type_slug": "login", "secret_fields": ["password"], "block_schema_references": {}});
    let of_login = register(&server, "Login", "login", login.clone()).await;
    let bucket = json!({
        "title": "Bucket", "type": "object", "block_type_slug": "bucket", "secret_fields": ["login.password"],
        "properties": {"login": {"$ref": "#/definitions/Login"}}, "definitions": {"Login": login},
        "block_schema_references": {"login": {"block_type_slug": "login", "block_schema_checksum": of_login.1["checksum"]}},
    });
    let of_bucket = register(&server, "Bucket", "bucket", bucket.clone()).await;
    assert_eq!(of_bucket.1["fields"], bucket);

    let (_, inner) =
        server.post("/block_documents/", document(&of_login, "me", json!({"user": "u", "password": "p"}))).await;
    let reference = json!({"name": "b", "login": {"$ref": {"block_document_id": inner["id"]}}});
    let (status, outer) = server.post("/block_documents/", document(&of_bucket, "mine", reference)).await;
    assert_eq!((status, &outer["data"]), (201, &json!({"name": "b", "login": {"user": "u", "password": "********"}})));
    let about = &outer["block_document_references"]["login"]["block_document"];
    assert_eq!(
        (&about["id"], &about["name"], &about["block_type"]["slug"]),
        (&inner["id"], &json!("me"), &json!("login"))
    );
    let path = format!("/block_documents/{}", outer["id"].as_str().expect("an id"));
    let whole = server.get(&format!("{path}?include_secrets=true")).await.1["data"].clone();
    assert_eq!(whole, json!({"name": "b", "login": {"user": "u", "password": "p"}}));
    assert_eq!(server.call(Major::V3, Method::PATCH, &path, Some(json!({"data": {"name": "c"}}))).await.0, 204);
    assert_eq!(server.get(&path).await.1["data"], json!({"name": "c", "login": {"user": "u", "password": "********"}}));

    let inner_path = format!("/block_documents/{}", inner["id"].as_str().expect("an id"));
    let circle = json!({"data": {"x": {"$ref": {"block_document_id": outer["id"]}}}});
    let (status, refused) = server.call(Major::V3, Method::PATCH, &inner_path, Some(circle)).await;
    assert!(status == 400 && refused["detail"].as_str().expect("a sentence").contains("part of itself"), "{refused}");
    let replace = json!({"data": {"name": "d"}, "merge_existing_data": false});
    assert_eq!(server.call(Major::V3, Method::PATCH, &path, Some(replace)).await.0, 204);
    assert_eq!(server.get(&path).await.1["data"], json!({"name": "d"}));
    let foreign = json!({"data": {}, "block_schema_id": of_login.1["id"]});
    assert_eq!(server.call(Major::V3, Method::PATCH, &path, Some(foreign)).await.0, 400);

    let unknown = json!({"title": "X", "definitions": {"Y": {"block_type_slug": "nobody", "title": "Y"}}});
    let body = json!({"fields": unknown, "block_type_id": of_login.0["id"]});
    assert_eq!(server.post("/block_schemas/", body).await.0, 409);
    let nowhere = json!({"fields": {}, "block_type_id": "00000000-0000-4000-8000-000000000000"});
    assert_eq!(server.post("/block_schemas/", nowhere).await.0, 404);
    for (body, status) in [
        (json!({"name": "Login", "slug": "login"}), 409),
        (json!({"name": "Prefect Thing", "slug": "thing"}), 403),
        (json!({"name": "a/b", "slug": "ab"}), 422),
        (json!({"name": "ab", "slug": "A B"}), 422),
    ] {
        assert_eq!(server.post("/block_types/", body.clone()).await.0, status, "{body}");
    }
    assert_eq!(server.get("/block_types/slug/nope").await, (404, json!({"detail": "Block type not found"})));
}

#[tokio::test]
async fn results_go_to_a_block_that_can_write() {
    let server = server().await;
    assert_eq!(server.get("/admin/storage").await, (200, json!({"default_result_storage_block_id": null})));
    assert_eq!(as_v2(&server, Method::GET, "/admin/storage", None).await.0, 404);
    let (files, secret) = (kind(&server, "local-file-system", "3.8.8").await, kind(&server, "secret", "3.8.8").await);
    let (_, folder) = server.post("/block_documents/", document(&files, "results", json!({"basepath": "/r"}))).await;
    let (_, word) = server.post("/block_documents/", document(&secret, "word", json!({"value": "x"}))).await;
    let put = async |id: &Value| {
        server
            .call(Major::V3, Method::PUT, "/admin/storage", Some(json!({"default_result_storage_block_id": id})))
            .await
    };
    let set = json!({"default_result_storage_block_id": folder["id"]});
    assert_eq!(put(&folder["id"]).await, (200, set.clone()));
    assert_eq!(put(&word["id"]).await.0, 422);
    assert_eq!(put(&json!("00000000-0000-4000-8000-000000000000")).await.0, 404);
    assert_eq!(server.get("/admin/storage").await, (200, set));
    let path = format!("/block_documents/{}", folder["id"].as_str().expect("an id"));
    assert_eq!(server.call(Major::V3, Method::DELETE, &path, None).await.0, 204);
    assert_eq!(server.get("/admin/storage").await.1, json!({"default_result_storage_block_id": null}));
    assert_eq!(server.call(Major::V3, Method::DELETE, "/admin/storage", None).await, (204, Value::Null));
}
