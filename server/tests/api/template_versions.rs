//! The templates that a pool has had, saving without undoing what others saved, and what a change would mean.

use axum::http::Method;
use domain::Major;
use serde_json::{Value, json};

use crate::harness::Server;

fn template(image: &str, more: Value) -> Value {
    let properties = json!({ "image": { "type": "string", "default": image }, "more": { "default": more } });
    json!({ "job_configuration": { "image": "{{ image }}", "more": "{{ more }}" }, "variables": { "type": "object", "properties": properties } })
}

async fn put(server: &Server, body: Value) -> (u16, Value) {
    server.call(Major::V3, Method::PUT, "/reeve/work_pools/gpu/template", Some(body)).await
}

async fn stored(server: &Server) -> Value {
    server.get("/work_pools/gpu").await.1["base_job_template"].clone()
}

#[tokio::test]
async fn every_change_is_kept_and_can_be_gone_back_to() {
    let server = Server::start().await;
    let [first, second, third] = [("a", 1), ("b", 1), ("c", 1)].map(|(image, more)| template(image, json!(more)));
    server.post("/work_pools/", json!({ "name": "gpu", "type": "process", "base_job_template": first })).await;
    let history = async || server.get("/reeve/sheets/pools/gpu/history").await.1;
    assert!(history().await.to_string().contains("has not been changed"));
    let body = json!({ "base_job_template": second, "was": first, "note": "a newer image" });
    assert_eq!(put(&server, body).await.0, 204);
    let path = "/work_pools/gpu";
    let same = json!({ "base_job_template": second });
    assert_eq!(server.call(Major::V3, Method::PATCH, path, Some(same)).await.0, 204);
    assert_eq!(server.call(Major::V3, Method::PATCH, path, Some(json!({ "base_job_template": third }))).await.0, 204);
    let told = history().await;
    let rows = told["parts"][0]["table"]["rows"].as_array().expect("rows").clone();
    let ids: Vec<&str> = rows.iter().map(|row| row["id"].as_str().expect("an id")).collect();
    assert_eq!(ids, ["3", "2", "1"], "what changes nothing is no version");
    assert!(rows[1].to_string().contains("a newer image") && rows[1].to_string().contains("+1 −1"), "{told}");
    let back = &rows[2]["cells"][5]["act"];
    assert_eq!(put(&server, back["body"].clone()).await.0, 204);
    assert_eq!(stored(&server).await, first);
    let (_, one) = server.get("/reeve/sheets/pools/gpu/history/2").await;
    assert!(one.to_string().contains("- ") && one.to_string().contains("+ "), "{one}");
    assert_eq!(server.get("/reeve/sheets/pools/gpu/history/9").await.0, 404);
}

#[tokio::test]
async fn what_others_saved_meanwhile_is_not_undone() {
    let server = Server::start().await;
    let first = template("a", json!(1));
    server.post("/work_pools/", json!({ "name": "gpu", "type": "process", "base_job_template": first })).await;
    let (theirs, mine) = (template("b", json!(1)), template("a", json!(2)));
    assert_eq!(put(&server, json!({ "base_job_template": theirs, "was": first })).await.0, 204);
    let (status, refused) = put(&server, json!({ "base_job_template": mine, "was": first })).await;
    assert_eq!((status, &refused["detail"]["conflicts"]), (409, &json!([])));
    let merged = refused["detail"]["merged"].clone();
    assert_eq!((&merged, stored(&server).await), (&template("b", json!(2)), theirs.clone()));
    assert_eq!(put(&server, json!({ "base_job_template": merged, "was": theirs })).await.0, 204);
    let (_, both) = put(&server, json!({ "base_job_template": template("c", json!(2)), "was": theirs })).await;
    assert_eq!(both["detail"]["conflicts"], json!([]));
    let other = template("z", json!(2));
    put(&server, json!({ "base_job_template": other, "was": merged })).await;
    let (_, both) = put(&server, json!({ "base_job_template": template("y", json!(2)), "was": merged })).await;
    assert_eq!(both["detail"]["conflicts"], json!(["/variables/properties/image/default"]));
    assert_eq!(put(&server, json!({ "base_job_template": { "job_configuration": {} } })).await.0, 422);
}

#[tokio::test]
async fn a_change_says_whom_it_concerns() {
    let server = Server::start().await;
    let first = template("a", json!(1));
    server.post("/work_pools/", json!({ "name": "gpu", "type": "process", "base_job_template": first })).await;
    let (_, flow) = server.post("/flows/", json!({ "name": "f" })).await;
    for (name, variables) in [("plain", json!({})), ("own", json!({ "image": "mine" }))] {
        let body = json!({ "name": name, "flow_id": flow["id"], "work_pool_name": "gpu", "job_variables": variables });
        server.post("/deployments/", body).await;
    }
    let ask = async |template: Value| {
        let path = "/reeve/work_pools/gpu/template/impact";
        server.post(path, json!({ "base_job_template": template })).await.1.to_string()
    };
    assert!(ask(first).await.contains("None of 2 deployments would get another Job."));
    let told = ask(template("b", json!(1))).await;
    assert!(told.contains("The next Jobs of 1 deployment change.") && told.contains("f / plain"), "{told}");
    assert!(!told.contains("f / own"), "{told}");
}

#[tokio::test]
async fn comments_are_found_again_whatever_has_been_saved_since() {
    let server = Server::start().await;
    let [first, second] = ["a", "b"].map(|image| template(image, json!(1)));
    server.post("/work_pools/", json!({ "name": "gpu", "type": "process", "base_job_template": first })).await;
    let facts = async || server.get("/reeve/work_pools/gpu/template").await.1;
    assert_eq!(facts().await, json!({ "source": null, "deployments": 0, "overridden": {} }));
    let commented = "# why\njob_configuration: {}\n";
    assert_eq!(put(&server, json!({ "base_job_template": first, "was": first, "source": commented })).await.0, 204);
    assert_eq!(put(&server, json!({ "base_job_template": first, "was": first, "source": commented })).await.0, 204);
    server.call(Major::V3, Method::PATCH, "/work_pools/gpu", Some(json!({ "base_job_template": second }))).await;
    assert_eq!(facts().await["source"], commented, "a client that knows nothing of comments does not lose them");
    let (_, one) = server.get("/reeve/sheets/pools/gpu/history/2").await;
    assert!(one.to_string().contains("# why"), "{one}");
    let told = server.get("/reeve/sheets/pools/gpu/history").await.1.to_string();
    assert!(told.contains("comments alone") && !told.contains("history/4"), "{told}");
    assert_eq!(put(&server, json!({ "base_job_template": second, "was": second, "source": "" })).await.0, 204);
    assert_eq!(facts().await["source"], Value::Null, "whoever takes them out has taken them out");
}

#[tokio::test]
async fn an_editor_hears_who_overrides_what() {
    let server = Server::start().await;
    let new = json!({ "name": "gpu", "type": "process", "base_job_template": template("a", json!(1)) });
    server.post("/work_pools/", new).await;
    let (_, flow) = server.post("/flows/", json!({ "name": "f" })).await;
    for (name, variables) in [("plain", json!({})), ("own", json!({ "image": "mine" }))] {
        let body = json!({ "name": name, "flow_id": flow["id"], "work_pool_name": "gpu", "job_variables": variables });
        server.post("/deployments/", body).await;
    }
    let (status, facts) = server.get("/reeve/work_pools/gpu/template").await;
    assert_eq!(
        (status, &facts["deployments"], &facts["overridden"]),
        (200, &json!(2), &json!({ "image": ["f / own"] }))
    );
    assert_eq!(server.get("/reeve/work_pools/nowhere/template").await.0, 404);
}
