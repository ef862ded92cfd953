//! Whom automations call.

use domain::Uuid;
use serde_json::{Value, json};
use server::orchestration::blocks::catalogue;
use server::scheduler::{automation_actions, triggers};
use store::automations::actions;

use super::{automation, event, reactive, round, send, told};
use crate::harness::Server;
use crate::harness::receiver::Receiver;

/// A stored block; its id.
pub async fn block(server: &Server, slug: &str, data: Value) -> String {
    catalogue::install(&server.app.store, server.app.clock.now()).await.expect("installed");
    let (status, of) = server.get(&format!("/block_types/slug/{slug}")).await;
    assert_eq!(status, 200, "{slug}");
    let filter = json!({ "block_schemas": { "block_type_id": { "any_": [of["id"]] } }, "limit": 1 });
    let (_, schemas) = server.post("/block_schemas/filter", filter).await;
    let name = format!("b-{}", crate::harness::id::<Uuid>());
    let new = json!({
        "name": name, "data": data, "block_schema_id": schemas[0]["id"], "block_type_id": of["id"], "is_anonymous": false,
    });
    let (status, block) = server.post("/block_documents/", new).await;
    assert_eq!(status, 201, "{block:#}");
    block["id"].as_str().expect("an id").to_owned()
}

async fn call_at(server: &Server, name: &str, block: &str, payload: &str) {
    let action = json!([{ "type": "call-webhook", "block_document_id": block, "payload": payload }]);
    automation(server, reactive(json!({ "expect": [name] })), action).await;
}

async fn last(server: &Server) -> Value {
    told(server, "prefect.automation.action.").await.pop().expect("an action was carried out")
}

#[tokio::test]
async fn a_webhook_is_called_with_what_the_template_makes() {
    let (server, receiver) = (Server::start().await, Receiver::start().await);
    let data = json!({ "url": receiver.url("/hook?x=1"), "method": "PUT", "headers": { "X-Secret": "shh" } });
    let hook = block(&server, "webhook", data).await;
    let text = r#"{"name": {{ event.event | tojson }}, "who": "{{ automation.name }}", "firing": "{{ firing.triggering_event.event }} {{ firings | length }} {{ events[0].resource.id }}"}"#;
    call_at(&server, "a", &hook, text).await;
    send(&server, json!([event(&server, "a", "r")])).await;
    round(&server).await;
    let calls = receiver.calls();
    assert_eq!(calls.len(), 1);
    assert_eq!((calls[0].method.as_str(), &calls[0].path[..]), ("PUT", "/hook?x=1"));
    assert_eq!(calls[0].body, r#"{"name": "a", "who": "auto", "firing": "a 1 r"}"#);
    assert_eq!(calls[0].headers["x-secret"], "shh");
    let ended = last(&server).await;
    assert_eq!(calls[0].headers["idempotency-key"], ended["payload"]["invocation"].as_str().expect("an id"));
    assert_eq!(ended["event"], "prefect.automation.action.executed");
    assert_eq!((&ended["payload"]["status_code"], &ended["payload"]["response_body"]), (&json!(200), &json!("thanks")));
    assert_eq!(ended["related"][0]["prefect.resource.id"], json!(format!("prefect.block-document.{hook}")));
    assert_eq!(ended["related"][1]["prefect.resource.id"], json!("prefect.block-type.webhook"));
    assert!(!ended.to_string().contains("shh"), "secrets stay in the block");
    round(&server).await;
    assert!(receiver.calls().is_empty(), "once");
}

#[tokio::test]
async fn a_call_that_fails_is_told() {
    let (server, receiver) = (Server::start().await, Receiver::start().await);
    let nobody = block(&server, "webhook", json!({ "url": "http://127.0.0.1:1/secret" })).await;
    let private = block(&server, "webhook", json!({ "url": receiver.url("/"), "allow_private_urls": false })).await;
    let no_webhook = block(&server, "secret", json!({ "value": "x" })).await;
    let odd = block(&server, "webhook", json!({ "url": receiver.url("/") })).await;
    let cases = [
        ("nobody", nobody, "", "Webhook call failed"),
        ("private", private, "", "private network"),
        ("no-webhook", no_webhook, "", "not a webhook block"),
        ("odd", odd, "{{ 1 / 'a' }}", "Template rendering failed"),
        ("gone", crate::harness::id::<Uuid>().to_string(), "", "There is no block document"),
    ];
    for (name, block, payload, want) in &cases {
        call_at(&server, name, block, payload).await;
        server.pass(1.0);
        send(&server, json!([event(&server, name, "r")])).await;
        round(&server).await;
        let ended = last(&server).await;
        assert_eq!(ended["event"], "prefect.automation.action.failed", "{name}");
        let reason = ended["payload"]["reason"].as_str().expect("a reason");
        assert!(reason.contains(want) && !reason.contains("secret"), "{name}: {reason}");
    }
    assert!(receiver.calls().is_empty());
}

#[tokio::test]
async fn notifications_are_sent_and_refusals_told() {
    let (server, receiver) = (Server::start().await, Receiver::start().await);
    let slack = block(&server, "slack-webhook", json!({ "url": receiver.url("/slack") })).await;
    let broken = block(&server, "slack-webhook", json!({ "url": receiver.url("/500") })).await;
    let mute = block(&server, "secret", json!({ "value": "x" })).await;
    for (name, block) in [("slack", &slack), ("broken", &broken), ("mute", &mute)] {
        let action = json!([{
            "type": "send-notification", "block_document_id": block, "subject": "{{ event.event }}!", "body": "at {{ event.resource.id }}",
        }]);
        automation(&server, reactive(json!({ "expect": [name] })), action).await;
        server.pass(1.0);
        send(&server, json!([event(&server, name, "r")])).await;
        round(&server).await;
        let (ended, calls) = (last(&server).await, receiver.calls());
        match name {
            "slack" => {
                assert_eq!(ended["event"], "prefect.automation.action.executed", "{ended:#}");
                assert_eq!(
                    serde_json::from_str::<Value>(&calls[0].body).expect("JSON"),
                    json!({ "text": "*slack!*\nat r" })
                );
            }
            "broken" => {
                assert_eq!((&ended["event"], calls.len()), (&json!("prefect.automation.action.failed"), 1));
                assert_eq!(ended["payload"]["notification_log"], "the service answered 500: thanks");
            }
            _ => assert!(
                ended["payload"]["reason"].as_str().is_some_and(|reason| reason.contains("'secret'")),
                "{ended:#}"
            ),
        }
    }
}

#[tokio::test]
async fn a_call_that_a_killed_server_had_begun_is_made_again() {
    let (server, receiver) = (Server::start().await, Receiver::start().await);
    let hook = block(&server, "webhook", json!({ "url": receiver.url("/") })).await;
    call_at(&server, "a", &hook, "x").await;
    send(&server, json!([event(&server, "a", "r")])).await;
    triggers::tick(server.app.clone()).await.expect("heard");
    let begin = async || {
        let now = server.app.clock.now();
        let mut tx = server.app.store.write().await.expect("a transaction");
        let due = actions::due(&mut tx, true, now, 10).await.expect("rows");
        for one in &due {
            actions::begin(&mut tx, one.invocation.id, one.attempts, now.plus_seconds(60.0)).await.expect("begun");
        }
        tx.commit().await.expect("committed");
        due.len()
    };
    assert_eq!(begin().await, 1);
    automation_actions::call_out(server.app.clone()).await.expect("nothing is due");
    assert!(receiver.calls().is_empty(), "somebody may be at it");
    server.pass(61.0);
    automation_actions::call_out(server.app.clone()).await.expect("made again");
    assert_eq!(receiver.calls().len(), 1);

    // One that ends the server each time is given up.
    send(&server, json!([event(&server, "a", "r")])).await;
    triggers::tick(server.app.clone()).await.expect("heard");
    for _ in 0..3 {
        assert_eq!(begin().await, 1);
        server.pass(61.0);
    }
    automation_actions::call_out(server.app.clone()).await.expect("given up");
    assert!(receiver.calls().is_empty());
    assert_eq!(last(&server).await["event"], "prefect.automation.action.failed");
}
