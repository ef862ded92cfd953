//! When automations are triggered.

use serde_json::{Value, json};

use super::{automation, event, reactive, round, send, told, triggered};
use crate::harness::each::on_each;
use crate::harness::{Server, assert_like};

fn nothing() -> Value {
    json!([{ "type": "do-nothing" }])
}

/// Sends an event of that name now, and lets it be heard.
async fn happen(server: &Server, name: &str) {
    send(server, json!([event(server, name, "r")])).await;
    round(server).await;
}

#[tokio::test]
async fn an_event_triggers_an_automation_and_all_of_it_is_told() {
    on_each(async |server| {
        let id = automation(&server, reactive(json!({ "expect": ["a.*"], "for_each": ["prefect.resource.id"] })), nothing()).await;
        let sent = event(&server, "a.b", "r");
        send(&server, json!([sent, event(&server, "b", "r")])).await;
        round(&server).await;
        let events = told(&server, "prefect.automation.").await;
        let names: Vec<_> = events.iter().map(|event| event["event"].as_str().expect("a name")).collect();
        let want = ["created", "triggered", "action.triggered", "action.executed"];
        assert_eq!(names, want.map(|name| format!("prefect.automation.{name}")));
        let mut received = sent.clone();
        received["received"] = json!("<time>");
        received["follows"] = Value::Null;
        let resource = |more: Value| {
            let mut resource = json!({
                "prefect.resource.id": format!("prefect.automation.{id}"), "prefect.resource.name": "auto",
                "prefect.posture": "Reactive",
            });
            resource.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
            resource
        };
        let about = |id: &Value, role: &str| {
            json!({ "prefect.resource.id": format!("prefect.event.{}", id.as_str().expect("an id")), "prefect.resource.role": role })
        };
        assert_like(
            &events[1],
            &json!({
                "occurred": "<time>", "received": "<time>", "id": "<id>", "follows": null, "event": "prefect.automation.triggered",
                "resource": resource(json!({})), "related": [about(&sent["id"], "triggering-event")],
                "payload": { "triggering_labels": { "prefect.resource.id": "r" }, "triggering_event": received },
            }),
        );
        let related = json!([about(&events[1]["id"], "automation-triggered-event"), about(&sent["id"], "triggering-event")]);
        let payload = json!({ "action_index": 0, "action_type": "do-nothing", "invocation": "<id>" });
        for (told, follows) in [(&events[2], &sent["id"]), (&events[3], &events[2]["id"])] {
            assert_like(
                told,
                &json!({
                    "occurred": "<time>", "received": "<time>", "id": "<id>", "follows": follows, "event": told["event"],
                    "resource": resource(json!({ "prefect.trigger-type": "event" })), "related": related, "payload": payload,
                }),
            );
        }
    })
    .await;
}

#[tokio::test]
async fn events_are_counted_apart_for_each_key() {
    on_each(async |server| {
        let apart = reactive(
            json!({ "expect": ["a"], "threshold": 2, "within": 60, "for_each": ["related:flow:prefect.resource.id"] }),
        );
        automation(&server, apart, nothing()).await;
        for (flow, want) in [("1", 0), ("2", 0), ("2", 1), ("2", 1), ("1", 2)] {
            let mut sent = event(&server, "a", "r");
            sent["related"] = json!([{ "prefect.resource.id": flow, "prefect.resource.role": "flow" }]);
            send(&server, json!([sent])).await;
            round(&server).await;
            assert_eq!(triggered(&server).await, want, "{flow}");
            server.pass(1.0);
        }
        let told = told(&server, "prefect.automation.triggered").await;
        assert_eq!(told[1]["payload"]["triggering_labels"], json!({ "related:flow:prefect.resource.id": "1" }));
    })
    .await;
}

#[tokio::test]
async fn what_comes_twice_or_in_another_order_does_no_harm() {
    on_each(async |server| {
        automation(&server, reactive(json!({ "after": ["a"], "expect": ["b"], "within": 30 })), nothing()).await;
        // The second of two events comes first, over another connection.
        let first = event(&server, "a", "r");
        server.pass(1.0);
        let mut second = event(&server, "b", "r");
        second["follows"] = first["id"].clone();
        send(&server, json!([second, second])).await;
        round(&server).await;
        assert_eq!(triggered(&server).await, 0, "it waits for the one it follows");
        send(&server, json!([first])).await;
        server.pass(2.0);
        round(&server).await;
        assert_eq!(triggered(&server).await, 1);
        send(&server, json!([first, second])).await;
        round(&server).await;
        assert_eq!(triggered(&server).await, 1, "the same events again");

        // One whose leader never comes is heard after a while.
        let mut lonely = event(&server, "a", "r");
        lonely["follows"] = json!(crate::harness::id::<domain::Uuid>());
        let last = event(&server, "b", "r");
        send(&server, json!([lonely])).await;
        round(&server).await;
        server.pass(16.0);
        round(&server).await;
        send(&server, json!([last])).await;
        round(&server).await;
        assert_eq!(triggered(&server).await, 2);
    })
    .await;
}

#[tokio::test]
async fn absence_is_noticed() {
    on_each(async |server| {
        let stuck = json!({
            "type": "event", "posture": "Proactive", "after": ["started"], "expect": ["ended"], "within": 30,
            "for_each": ["prefect.resource.id"],
        });
        automation(&server, stuck, nothing()).await;
        send(&server, json!([event(&server, "started", "1"), event(&server, "started", "2")])).await;
        round(&server).await;
        server.pass(20.0);
        send(&server, json!([event(&server, "ended", "1")])).await;
        round(&server).await;
        assert_eq!(triggered(&server).await, 0);
        server.pass(10.0);
        round(&server).await;
        let told = told(&server, "prefect.automation.triggered").await;
        assert_eq!(told.len(), 1);
        assert_eq!(told[0]["payload"]["triggering_labels"], json!({ "prefect.resource.id": "2" }));
        assert_eq!(told[0]["payload"]["triggering_event"]["event"], "started");
        server.pass(100.0);
        round(&server).await;
        assert_eq!(triggered(&server).await, 1, "once");
    })
    .await;
}

#[tokio::test]
async fn what_has_come_but_is_not_heard_yet_is_not_absent() {
    on_each(async |server| {
        let stuck = json!({
            "type": "event", "posture": "Proactive", "after": ["started"], "expect": ["ended"], "within": 30,
        });
        automation(&server, stuck, nothing()).await;
        send(&server, json!([event(&server, "started", "1")])).await;
        round(&server).await;
        server.pass(29.0);
        send(&server, json!([event(&server, "ended", "1")])).await;
        server.pass(2.0);
        server::scheduler::triggers::look(server.app.clone()).await.expect("a look");
        assert_eq!(triggered(&server).await, 0);
        round(&server).await;
        assert_eq!(triggered(&server).await, 0);
    })
    .await;
}

#[tokio::test]
async fn an_automation_is_deaf_to_itself() {
    let server = Server::start().await;
    automation(&server, reactive(json!({})), nothing()).await;
    for n in 1..=3 {
        happen(&server, "a").await;
        assert_eq!(triggered(&server).await, n);
    }
}

#[tokio::test]
async fn an_automation_hears_that_another_has_fired() {
    let server = Server::start().await;
    automation(&server, reactive(json!({ "expect": ["a"] })), nothing()).await;
    let other = reactive(json!({ "expect": ["prefect.automation.triggered"] }));
    let other = automation(&server, other, nothing()).await;
    happen(&server, "a").await;
    let all = told(&server, "prefect.automation.triggered").await;
    let id = format!("prefect.automation.{other}");
    let hears: Vec<_> = all.iter().filter(|event| event["resource"]["prefect.resource.id"] == *id).collect();
    assert!(!hears.is_empty(), "{all:#?}");
}

#[tokio::test]
async fn automations_that_trigger_each_other_do_not_tell_the_whole_story_each_time() {
    let server = Server::start().await;
    for _ in 0..2 {
        automation(&server, reactive(json!({ "expect": ["a", "prefect.automation.triggered"] })), nothing()).await;
    }
    send(&server, json!([event(&server, "a", "r")])).await;
    for _ in 0..10 {
        server::scheduler::triggers::hear_some(&server.app).await.expect("heard");
    }
    let all = told(&server, "prefect.automation.triggered").await;
    assert!(all.len() > 10, "{}", all.len());
    let sizes: Vec<_> = all.iter().map(|event| event["payload"].to_string().len()).collect();
    assert!(sizes.iter().all(|size| *size < 4000), "{sizes:?}");
}

#[tokio::test]
async fn silence_is_noticed_again_and_again() {
    let server = Server::start().await;
    automation(
        &server,
        json!({ "type": "event", "posture": "Proactive", "expect": ["beat"], "within": 20 }),
        nothing(),
    )
    .await;
    round(&server).await;
    for (seconds, beat, want) in [(15.0, true, 0), (15.0, false, 0), (5.0, false, 1), (20.0, false, 2), (1.0, true, 2)]
    {
        server.pass(seconds);
        if beat {
            send(&server, json!([event(&server, "beat", "r")])).await;
        }
        round(&server).await;
        assert_eq!(triggered(&server).await, want, "{seconds}");
    }
    // While it is off, silence is nothing, and does not count later.
    let (_, all) = server.post("/automations/filter", json!({})).await;
    let path = format!("/automations/{}", all[0]["id"].as_str().expect("an id"));
    let switch = async |enabled: bool| {
        let body = Some(json!({ "enabled": enabled }));
        assert_eq!(server.call(domain::Major::V3, axum::http::Method::PATCH, &path, body).await.0, 204);
    };
    switch(false).await;
    server.pass(100.0);
    round(&server).await;
    switch(true).await;
    round(&server).await;
    assert_eq!(triggered(&server).await, 2);
    server.pass(20.0);
    round(&server).await;
    assert_eq!(triggered(&server).await, 3);
}

#[tokio::test]
async fn several_triggers_together() {
    on_each(async |server| {
        let on = |name: &str| reactive(json!({ "expect": [name] }));
        let triggers = json!([on("a"), on("b"), on("c")]);
        automation(&server, json!({ "type": "compound", "triggers": triggers, "require": 2, "within": 10 }), nothing())
            .await;
        for (name, pass, want) in [("a", 20.0, 0), ("b", 1.0, 0), ("b", 1.0, 0), ("c", 1.0, 1), ("a", 1.0, 1)] {
            happen(&server, name).await;
            server.pass(pass);
            assert_eq!(triggered(&server).await, want, "{name}");
        }
        let told = told(&server, "prefect.automation.triggered").await;
        assert_eq!(told[0]["payload"]["triggering_event"]["event"], "c");
        assert_eq!(told[0]["resource"].get("prefect.posture"), None);
    })
    .await;
}

#[tokio::test]
async fn triggers_in_their_order() {
    on_each(async |server| {
        let on = |name: &str| reactive(json!({ "expect": [name] }));
        let any = json!({ "type": "compound", "triggers": [on("b"), on("c")], "require": "any", "within": null });
        automation(&server, json!({ "type": "sequence", "triggers": [on("a"), any], "within": 60 }), nothing()).await;
        for (name, want) in [("b", 0), ("a", 0), ("c", 1), ("c", 1)] {
            happen(&server, name).await;
            server.pass(1.0);
            assert_eq!(triggered(&server).await, want, "{name}");
        }
        // What happened in order counts as in order, even if both are heard at once.
        let (first, second) = (event(&server, "a", "r"), event(&server, "b", "r"));
        server.pass(1.0);
        let mut second = second;
        second["occurred"] = json!(server.app.clock.now());
        send(&server, json!([second, first])).await;
        round(&server).await;
        assert_eq!(triggered(&server).await, 2);
    })
    .await;
}

#[tokio::test]
async fn nothing_is_lost_between_the_event_and_the_action() {
    let server = Server::start().await;
    automation(&server, reactive(json!({ "expect": ["a"], "threshold": 2 })), nothing()).await;
    send(&server, json!([event(&server, "a", "r")])).await;
    // Another server on the same database goes on where the first one was killed.
    let next = |server: &Server| {
        let store = server.app.store.clone();
        let clock = server.app.clock.clone();
        server::app_state::AppState { clock, ..server::app_state::AppState::new(store, Default::default()) }
    };
    server::scheduler::triggers::tick(next(&server)).await.expect("heard");
    send(&server, json!([event(&server, "a", "r")])).await;
    server::scheduler::triggers::tick(next(&server)).await.expect("heard");
    assert_eq!(told(&server, "prefect.automation.action.executed").await.len(), 0);
    server::scheduler::automation_actions::tick(next(&server)).await.expect("carried out");
    server::scheduler::automation_actions::tick(next(&server)).await.expect("nothing to do");
    assert_eq!(told(&server, "prefect.automation.action.executed").await.len(), 1);
}

#[tokio::test]
async fn events_are_not_kept_for_automations_that_do_not_exist() {
    let server = Server::start().await;
    send(&server, json!([event(&server, "a", "r")])).await;
    automation(&server, reactive(json!({ "expect": ["a"] })), nothing()).await;
    round(&server).await;
    assert_eq!(triggered(&server).await, 0, "it happened before");
    let swept = server::scheduler::triggers::sweep(server.app.clone()).await.expect("swept");
    assert_eq!(swept, 0);
    automation(&server, reactive(json!({ "expect": ["b"], "threshold": 9, "within": 5 })), nothing()).await;
    happen(&server, "b").await;
    server.pass(70.0);
    let swept = server::scheduler::triggers::sweep(server.app.clone()).await.expect("swept");
    assert_eq!(swept, 1);
}
