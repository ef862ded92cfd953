//! `/api/automations`, and what automations do.

mod actions;
mod calls;
mod readiness;
mod triggers;

use axum::http::Method;
use domain::{Major, Uuid};
use serde_json::{Value, json};
use server::scheduler::{automation_actions, triggers as loops};

pub use calls::block;

use crate::harness::each::on_each;
use crate::harness::{Server, assert_like, id};

/// An automation with this trigger and these actions; its id.
async fn automation(server: &Server, trigger: Value, actions: Value) -> String {
    let body = json!({ "name": "auto", "trigger": trigger, "actions": actions });
    let (status, made) = server.post("/automations/", body).await;
    assert_eq!(status, 201, "{made:#}");
    made["id"].as_str().expect("an id").to_owned()
}

/// A trigger on events.
fn reactive(mut members: Value) -> Value {
    members["type"] = json!("event");
    members["posture"] = json!("Reactive");
    members
}

/// An event of a client that has just happened.
fn event(server: &Server, name: &str, resource: &str) -> Value {
    json!({
        "occurred": server.app.clock.now(), "event": name, "id": id::<Uuid>(),
        "resource": { "prefect.resource.id": resource }, "related": [], "payload": {},
    })
}

async fn send(server: &Server, events: Value) {
    let (status, answer) = server.post("/events", events).await;
    assert_eq!(status, 204, "{answer:#}");
}

/// One round of the loops that hear events and act.
async fn round(server: &Server) {
    let app = || server.app.clone();
    loops::tick(app()).await.expect("events are heard");
    loops::look(app()).await.expect("absence is noticed");
    automation_actions::tick(app()).await.expect("actions are carried out");
    automation_actions::call_out(app()).await.expect("calls are made");
    loops::tick(app()).await.expect("events are heard");
}

/// The stored events whose names begin so, the oldest first.
async fn told(server: &Server, prefix: &str) -> Vec<Value> {
    let filter = json!({ "filter": { "event": { "prefix": [prefix] }, "order": "ASC" } });
    let (status, page) = server.post("/events/filter", filter).await;
    assert_eq!(status, 200, "{page:#}");
    page["events"].as_array().expect("a list").clone()
}

/// How often automations were triggered.
async fn triggered(server: &Server) -> usize {
    told(server, "prefect.automation.triggered").await.len()
}

fn body() -> Value {
    json!({
        "name": "my-auto", "description": "", "enabled": true, "tags": [],
        "trigger": {
            "type": "event", "match": { "prefect.resource.id": "prefect.flow-run.*" }, "match_related": {}, "after": [],
            "expect": ["prefect.flow-run.Completed"], "for_each": ["prefect.resource.id"], "posture": "Reactive",
            "threshold": 1, "within": 0.0,
        },
        "actions": [
            { "type": "change-flow-run-state", "name": "zz", "state": "CANCELLED", "message": null, "force": false },
        ],
        "actions_on_trigger": [], "actions_on_resolve": [], "owner_resource": null,
    })
}

#[tokio::test]
async fn automations_are_made_found_changed_and_deleted() {
    on_each(async |server| {
        let (status, made) = server.post("/automations/", body()).await;
        assert_eq!(status, 201);
        let mut want = body();
        want.as_object_mut().expect("an object").remove("owner_resource");
        want["trigger"]["id"] = json!("<id>");
        for (name, value) in [("id", "<id>"), ("created", "2026-11-23T12:00:00Z"), ("updated", "2026-11-23T12:00:00Z")]
        {
            want[name] = json!(value);
        }
        assert_like(&made, &want);
        let path = format!("/automations/{}", made["id"].as_str().expect("an id"));
        assert_eq!(server.get(&path).await, (200, made.clone()));
        let named = json!({ "automations": { "name": { "any_": ["my-auto"] } }, "sort": "UPDATED_DESC" });
        assert_eq!(server.post("/automations/filter", named).await, (200, json!([made])));
        assert_eq!(
            server.post("/automations/filter", json!({ "limit": null, "sort": null, "automations": null })).await.1,
            json!([made])
        );
        assert_eq!(server.post("/automations/count", json!({})).await, (200, json!(1)));

        let call = async |method, body| server.call(Major::V3, method, &path, body).await;
        server.pass(1.0);
        assert_eq!(call(Method::PATCH, Some(json!({ "enabled": false }))).await, (204, Value::Null));
        let (_, off) = server.get(&path).await;
        assert_eq!(
            (&off["enabled"], &off["updated"], &off["trigger"]),
            (&json!(false), &json!("2026-11-23T12:00:01Z"), &made["trigger"])
        );

        let mut update = body();
        update.as_object_mut().expect("an object").remove("owner_resource");
        update["name"] = json!("other");
        update["trigger"]["id"] = made["trigger"]["id"].clone();
        assert_eq!(call(Method::PUT, Some(update)).await, (204, Value::Null));
        let (_, changed) = server.get(&path).await;
        assert_eq!((&changed["name"], &changed["enabled"]), (&json!("other"), &json!(true)));
        assert_ne!(changed["trigger"]["id"], made["trigger"]["id"], "triggers get new ids");

        assert_eq!(call(Method::DELETE, None).await, (204, Value::Null));
        let gone = (404, json!({ "exception_message": "Automation not found" }));
        assert_eq!(server.get(&path).await, gone);
        assert_eq!(call(Method::DELETE, None).await, gone);
        assert_eq!(call(Method::PATCH, Some(json!({ "enabled": true }))).await, gone);
        let deeds: Vec<_> =
            told(&server, "prefect.automation.").await.iter().map(|event| event["event"].clone()).collect();
        assert_eq!(
            deeds,
            ["created", "updated", "updated", "deleted"].map(|deed| format!("prefect.automation.{deed}"))
        );
        let (_, filtered) = server.post("/automations/filter", json!({})).await;
        assert_eq!(filtered, json!([]));
    })
    .await;
}

#[tokio::test]
async fn what_is_wrong_is_refused_with_its_place() {
    let server = Server::start().await;
    let refused = async |place: &str, value: Value| {
        let mut wrong = body();
        match wrong.pointer_mut(place) {
            Some(here) => *here = value,
            None => wrong[&place[1..]] = value,
        }
        let (status, answer) = server.post("/automations/", wrong).await;
        assert_eq!((status, &answer["exception_message"]), (422, &json!("Invalid request received.")), "{place}");
        (answer["exception_detail"][0]["loc"].clone(), answer["exception_detail"][0]["type"].clone())
    };
    let run = json!([{ "type": "run-deployment", "source": "inferred" }]);
    assert_eq!(refused("/colour", json!(1)).await, (json!(["body", "colour"]), json!("extra_forbidden")));
    assert_eq!(refused("/name", json!(null)).await, (json!(["body", "name"]), json!("string_type")));
    assert_eq!(refused("/trigger/posture", json!("Lazy")).await.1, json!("enum"));
    assert_eq!(refused("/trigger/within", json!(-1)).await, (json!(["body", "trigger"]), json!("value_error")));
    assert_eq!(refused("/actions/0/type", json!("fly")).await.1, json!("enum"));
    assert_eq!(
        refused("/actions", json!([{ "type": "pause-work-pool" }])).await,
        (json!(["body", "actions", 0]), json!("value_error"))
    );
    let call = json!([{ "type": "call-webhook", "block_document_id": id::<Uuid>(), "payload": "{{ event" }]);
    assert_eq!(refused("/actions", call).await, (json!(["body", "actions", 0, "payload"]), json!("value_error")));

    for parameters in [json!({ "a": "{{ x" }), json!({ "a": { "__prefect_kind": "jinja" } })] {
        let run = json!([{ "type": "run-deployment", "deployment_id": id::<Uuid>(), "parameters": parameters }]);
        assert_eq!(refused("/actions", run).await, (json!(["body", "actions", 0, "parameters"]), json!("value_error")));
    }

    // A run that makes a run that makes a run.
    let mut endless = body();
    endless["actions"] = run;
    endless["trigger"]["expect"] = json!(["prefect.flow-run.Running"]);
    let (status, answer) = server.post("/automations/", endless.clone()).await;
    assert_eq!((status, &answer["exception_detail"][0]["loc"]), (422, &json!(["body"])));
    endless["enabled"] = json!(false);
    let (status, made) = server.post("/automations/", endless).await;
    assert_eq!(status, 201, "while it is off it does no harm");
    let path = format!("/automations/{}", made["id"].as_str().expect("an id"));
    assert_eq!(server.call(Major::V3, Method::PATCH, &path, Some(json!({ "enabled": true }))).await.0, 422);
    assert_eq!(server.get(&path).await.1["enabled"], json!(false));
    let (status, answer) =
        server.call(Major::V2, Method::POST, "/automations/", Some(json!({ "name": "x", "actions": [] }))).await;
    assert_eq!((status, &answer["exception_detail"][0]["type"]), (422, &json!("value_error.missing")));
}

#[tokio::test]
async fn prefect_2_sees_what_it_knows() {
    let server = Server::start().await;
    let mut sent = body();
    sent.as_object_mut().expect("an object").remove("tags");
    let (status, made) = server.call(Major::V2, Method::POST, "/automations/", Some(sent)).await;
    assert_eq!((status, made.get("tags"), made["actions"][0].get("force")), (201, None, None), "{made:#}");
    let (status, listed) = server.call(Major::V2, Method::POST, "/automations/filter", Some(json!({}))).await;
    assert_eq!((status, listed), (200, json!([made])));
}

#[tokio::test]
async fn automations_go_with_the_deployment_that_owns_them() {
    on_each(async |server| {
        let (owner, other): (Uuid, Uuid) = (id(), id());
        let run = |deployment: Uuid| json!([{ "type": "run-deployment", "deployment_id": deployment }]);
        let make = async |name: &str, actions: Value, owner: Option<String>| {
            let mut new = body();
            (new["name"], new["actions"], new["owner_resource"]) = (json!(name), actions, json!(owner));
            let (status, made) = server.post("/automations/", new).await;
            assert_eq!(status, 201, "{made:#}");
        };
        let resource = |id: Uuid| format!("prefect.deployment.{id}");
        make("owned", json!([{ "type": "do-nothing" }]), Some(resource(owner))).await;
        make("both", run(owner), Some(resource(owner))).await;
        make("related", run(owner), None).await;
        make("other", run(other), Some(resource(other))).await;
        let names = async |deployment: Uuid| {
            let (status, found) = server.get(&format!("/automations/related-to/{}", resource(deployment))).await;
            assert_eq!(status, 200);
            let names =
                found.as_array().expect("a list").iter().map(|one| one["name"].as_str().expect("a name").to_owned());
            names.collect::<Vec<_>>()
        };
        assert_eq!(names(owner).await, ["owned", "both", "related"]);
        let path = format!("/automations/owned-by/{}", resource(owner));
        assert_eq!(server.call(Major::V3, Method::DELETE, &path, None).await, (202, Value::Null));
        assert_eq!((names(owner).await, names(other).await), (vec!["related".to_owned()], vec!["other".to_owned()]));
        assert_eq!(told(&server, "prefect.automation.deleted").await.len(), 2);
    })
    .await;
}
