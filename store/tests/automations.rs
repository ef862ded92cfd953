//! Tables `automation…` and `flow_run_notification…`.

use domain::automations::{Action, Automation, AutomationPage, Bucket, ChildFiring, Firing, Invocation, TriggerState};
use domain::events::Event;
use domain::notification_policies::NotificationPolicy;
use domain::{AutomationId, BlockDocumentId, EventId, NotificationPolicyId, TriggerId, Uuid};
use serde_json::{Value, json};
use store::automations::{self, actions, buckets, child_firings, queue};
use store::notification_policies::{self, Notification};
use store::{Store, Tx, events};

use crate::blocks::a_document;
use crate::both::{at, id, on_both};

const NOON: &str = "2026-11-23T12:00:00Z";

fn automation(name: &str, tags: &[&str], posture: &str) -> Automation {
    serde_json::from_value(json!({
        "id": id::<AutomationId>(), "created": at(NOON), "updated": at(NOON), "name": name, "tags": tags,
        "trigger": { "type": "event", "id": id::<TriggerId>(), "posture": posture, "within": 10, "for_each": ["x"] },
        "actions": [{ "type": "do-nothing" }],
    }))
    .expect("an automation")
}

async fn stored(tx: &mut Tx, automation: &Automation) {
    automations::insert(tx, automation, at(NOON)).await.expect("stored");
}

fn event(name: &str, second: f64) -> Event {
    let event = json!({
        "occurred": at(NOON).plus_seconds(second), "event": name, "resource": { "prefect.resource.id": "r" },
        "id": id::<EventId>(), "received": at(NOON),
    });
    serde_json::from_value(event).expect("an event")
}

fn firing(automation: &Automation, about: Option<Event>) -> Firing {
    Firing {
        id: id(),
        trigger: automation.trigger.clone(),
        trigger_states: vec![TriggerState::Triggered],
        triggered: at(NOON),
        triggering_labels: [("x".to_owned(), "1".to_owned())].into(),
        triggering_firings: Vec::new(),
        triggering_event: about,
        triggering_value: None,
    }
}

#[tokio::test]
async fn automations_are_found_by_all_that_they_are() {
    on_both(async |store| {
        let mut tx = store.write().await.expect("a transaction");
        let (a, b) = (automation("a", &["x", "y"], "Reactive"), automation("b'", &[], "Proactive"));
        stored(&mut tx, &a).await;
        assert!(!automations::any_proactive(&mut tx).await.expect("an answer"));
        stored(&mut tx, &b).await;
        assert!(automations::any_proactive(&mut tx).await.expect("an answer"));
        assert_eq!(automations::by_id(&mut tx, b.id).await.expect("a row"), Some(b.clone()));
        assert_eq!(automations::by_id(&mut tx, id()).await.expect("no row"), None);
        let cases = [
            (json!({}), vec!["a", "b'"]),
            (json!({ "sort": "NAME_DESC" }), vec!["b'", "a"]),
            (json!({ "sort": "CREATED_DESC", "automations": { "name": { "any_": ["b'"] } } }), vec!["b'"]),
            (json!({ "automations": { "id": { "any_": [a.id] } } }), vec!["a"]),
            (json!({ "automations": { "tags": { "all_": ["x", "y"] } } }), vec!["a"]),
            (json!({ "automations": { "tags": { "is_null_": true } } }), vec!["b'"]),
            (json!({ "automations": { "created": { "before_": "2026-11-23T11:59:59Z" } } }), vec![]),
            (
                json!({ "automations": { "operator": "or_", "name": { "any_": ["a"] }, "id": { "any_": [b.id] } } }),
                vec!["a", "b'"],
            ),
        ];
        for (text, want) in cases {
            let page: AutomationPage = serde_json::from_value(text.clone()).expect("a page");
            let found = automations::filter(&mut tx, &page, 10, 0).await.expect("rows");
            assert_eq!(found.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), want, "{text}");
            assert_eq!(
                automations::count(&mut tx, page.automations.as_ref()).await.expect("a number"),
                want.len() as i64
            );
        }
        let off = Automation { enabled: false, name: "c".to_owned(), updated: Some(at(NOON).plus_seconds(1.0)), ..b };
        automations::save(&mut tx, &off, at(NOON).plus_seconds(1.0)).await.expect("saved");
        assert_eq!(automations::by_id(&mut tx, off.id).await.expect("a row"), Some(off.clone()));
        assert_eq!(automations::enabled(&mut tx).await.expect("rows"), std::slice::from_ref(&a));
        assert!(!automations::any_proactive(&mut tx).await.expect("an answer"));
        assert!(automations::delete(&mut tx, a.id).await.expect("deleted"));
        assert!(!automations::delete(&mut tx, a.id).await.expect("gone"));
    })
    .await;
}

#[tokio::test]
async fn automations_are_paged_by_a_part_of_their_name() {
    on_both(async |store| {
        let mut tx = store.write().await.expect("a transaction");
        for name in ["Late_1", "late 2", "LATE 3", "other", "50%"] {
            stored(&mut tx, &automation(name, &[], "Reactive")).await;
        }
        for (part, limit, offset, there, all) in
            [("late", 2, 0, 2, 3), ("late", 2, 2, 1, 3), ("_", 10, 0, 1, 1), ("%", 10, 0, 1, 1), ("", 10, 4, 1, 5)]
        {
            let (found, count) = automations::with_name(&mut tx, part, limit, offset).await.expect("rows");
            assert_eq!((found.len(), count), (there, all), "{part}");
        }
    })
    .await;
}

#[tokio::test]
async fn resources_own_automations_or_are_just_related() {
    on_both(async |store| {
        let mut tx = store.write().await.expect("a transaction");
        let (a, b) = (automation("a", &[], "Reactive"), automation("b", &[], "Reactive"));
        stored(&mut tx, &a).await;
        stored(&mut tx, &b).await;
        for (one, resource, owner) in [(&a, "r", true), (&a, "r", false), (&b, "r", false), (&b, "s", true)] {
            automations::relate(&mut tx, one.id, resource, owner).await.expect("related");
        }
        let names = async |tx: &mut Tx, resource: &str, owned| {
            let found = automations::related_to(tx, resource, owned).await.expect("rows");
            found.into_iter().map(|one| one.name).collect::<Vec<_>>()
        };
        assert_eq!(names(&mut tx, "r", false).await, ["a", "b"]);
        assert_eq!(names(&mut tx, "r", true).await, ["a"]);
        automations::unrelate(&mut tx, b.id).await.expect("forgotten");
        assert_eq!(
            (names(&mut tx, "r", false).await, names(&mut tx, "s", true).await),
            (vec!["a".to_owned()], vec!["b".to_owned()])
        );
        automations::delete(&mut tx, a.id).await.expect("deleted");
        assert!(names(&mut tx, "r", false).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn buckets_are_kept_by_trigger_and_key() {
    on_both(async |store| {
        let mut tx = store.write().await.expect("a transaction");
        let a = automation("a", &[], "Proactive");
        stored(&mut tx, &a).await;
        let trigger = a.trigger.id();
        let bucket = |end: f64, count, last_event: Option<Event>| Bucket {
            start: at(NOON),
            end: at(NOON).plus_seconds(end),
            count,
            last_event,
        };
        let key = |text: &str| vec![text.to_owned(), "…".to_owned()];
        let first = bucket(10.0, -1, Some(event("e", 0.5)));
        for (text, bucket) in [("1", &first), ("2", &bucket(20.0, 0, None)), ("3", &bucket(90.0, 7, None))] {
            buckets::put(&mut tx, a.id, trigger, &key(text), Some(bucket)).await.expect("kept");
        }
        assert_eq!(buckets::get(&mut tx, trigger, &key("1")).await.expect("a row"), Some(first));
        assert_eq!(buckets::get(&mut tx, id(), &key("1")).await.expect("no row"), None);
        let changed = bucket(11.0, 3, None);
        buckets::put(&mut tx, a.id, trigger, &key("1"), Some(&changed)).await.expect("kept");
        assert_eq!(buckets::get(&mut tx, trigger, &key("1")).await.expect("a row"), Some(changed.clone()));
        let over = |tx| buckets::over(tx, trigger, 7, at(NOON).plus_seconds(11.0), 10);
        assert_eq!(over(&mut tx).await.expect("rows"), [(key("1"), changed), (key("3"), bucket(90.0, 7, None))]);
        assert_eq!(buckets::sweep(&mut tx, at(NOON).plus_seconds(30.0), &[trigger]).await.expect("a number"), 0);
        assert_eq!(buckets::sweep(&mut tx, at(NOON).plus_seconds(15.0), &[]).await.expect("a number"), 1);
        buckets::put(&mut tx, a.id, trigger, &key("2"), None).await.expect("taken away");
        assert_eq!(buckets::get(&mut tx, trigger, &key("2")).await.expect("no row"), None);
        automations::forget(&mut tx, a.id).await.expect("forgotten");
        assert_eq!(buckets::get(&mut tx, trigger, &key("3")).await.expect("no row"), None);
    })
    .await;
}

#[tokio::test]
async fn the_latest_firing_of_each_child_is_kept() {
    on_both(async |store| {
        let mut tx = store.write().await.expect("a transaction");
        let a = automation("a", &[], "Reactive");
        stored(&mut tx, &a).await;
        let (parent, one, two): (TriggerId, TriggerId, TriggerId) = (id(), id(), id());
        let fired = |child, seconds| ChildFiring {
            child,
            at: at(NOON).plus_seconds(seconds),
            firing: firing(&a, Some(event("e", seconds))),
        };
        let (early, late, other) = (fired(one, 1.0), fired(one, 5.0), fired(two, 3.0));
        for fired in [&late, &early, &other] {
            child_firings::put(&mut tx, a.id, parent, fired).await.expect("kept");
        }
        assert_eq!(child_firings::of_parent(&mut tx, parent).await.expect("rows"), [other, late]);
        child_firings::forget(&mut tx, parent).await.expect("forgotten");
        assert!(child_firings::of_parent(&mut tx, parent).await.expect("no rows").is_empty());
    })
    .await;
}

async fn heard(store: &Store, second: f64) -> Vec<Event> {
    let mut tx = store.read().await.expect("a connection");
    let now = at(NOON).plus_seconds(second);
    let found = queue::next(&mut tx, now, 10).await.expect("rows");
    assert_eq!(queue::is_waiting(&mut tx, now).await.expect("an answer"), !found.is_empty());
    found
}

#[tokio::test]
async fn each_event_is_queued_once_while_an_automation_is_on() {
    on_both(async |store| {
        let (one, two, three) = (event("one", 0.0), event("two", 2.0), event("three", 1.0));
        let mut tx = store.write().await.expect("a transaction");
        events::insert(&mut tx, std::slice::from_ref(&one), at(NOON)).await.expect("stored");
        stored(&mut tx, &automation("a", &[], "Reactive")).await;
        events::insert(&mut tx, &[one.clone(), two.clone(), three.clone(), two.clone()], at(NOON))
            .await
            .expect("stored");
        assert!(queue::is_heard(&mut tx, one.id).await.expect("an answer"));
        assert!(!queue::is_heard(&mut tx, two.id).await.expect("an answer"));
        assert!(!queue::is_heard(&mut tx, id()).await.expect("an answer"));
        tx.commit().await.expect("committed");
        assert_eq!(heard(&store, 0.0).await, [three.clone(), two.clone()]);

        let mut tx = store.write().await.expect("a transaction");
        queue::done(&mut tx, &[three.id]).await.expect("done");
        queue::put_off(&mut tx, two.id, at(NOON).plus_seconds(5.0)).await.expect("put off");
        assert!(queue::is_heard(&mut tx, three.id).await.expect("an answer"));
        tx.commit().await.expect("committed");
        assert!(heard(&store, 4.0).await.is_empty());
        assert_eq!(heard(&store, 5.0).await, [two]);

        let mut tx = store.write().await.expect("a transaction");
        assert_eq!(events::lateness(&mut tx).await.expect("seconds"), 0.0);
        events::insert(&mut tx, &[event("late", 3.0)], at(NOON).plus_seconds(8.0)).await.expect("stored");
        assert_eq!(events::lateness(&mut tx).await.expect("seconds"), 5.0);
        events::delete_before(&mut tx, at(NOON).plus_seconds(60.0), 100).await.expect("deleted");
        tx.commit().await.expect("committed");
        assert!(heard(&store, 60.0).await.is_empty(), "what is no longer stored cannot be heard");
    })
    .await;
}

#[tokio::test]
async fn actions_wait_until_they_are_done() {
    on_both(async |store| {
        let mut tx = store.write().await.expect("a transaction");
        let a = automation("a", &[], "Reactive");
        let invocation = |action: Value| Invocation {
            automation: a.clone(),
            id: id(),
            firing: firing(&a, None),
            triggering_event: Some(event("e", 0.0)),
            action: serde_json::from_value::<Action>(action).expect("an action"),
            action_index: 1,
            automation_triggered_event_id: id(),
        };
        let inside = invocation(json!({ "type": "cancel-flow-run" }));
        let outside = invocation(json!({ "type": "call-webhook", "block_document_id": id::<BlockDocumentId>() }));
        for one in [&inside, &outside] {
            actions::insert(&mut tx, one, at(NOON)).await.expect("queued");
        }
        let due = async |tx: &mut Tx, calls_out, second: f64| {
            let found = actions::due(tx, calls_out, at(NOON).plus_seconds(second), 10).await.expect("rows");
            found.into_iter().map(|one| (one.invocation, one.attempts)).collect::<Vec<_>>()
        };
        assert_eq!(due(&mut tx, false, 0.0).await, [(inside.clone(), 0)]);
        assert_eq!(due(&mut tx, true, 0.0).await, [(outside.clone(), 0)]);
        let until = at(NOON).plus_seconds(60.0);
        assert!(actions::begin(&mut tx, outside.id, 0, until).await.expect("begun"));
        assert!(!actions::begin(&mut tx, outside.id, 0, until).await.expect("somebody else has begun"));
        assert!(due(&mut tx, true, 59.0).await.is_empty());
        assert_eq!(due(&mut tx, true, 60.0).await, [(outside.clone(), 1)]);
        assert!(actions::take(&mut tx, outside.id).await.expect("taken"));
        assert!(!actions::take(&mut tx, outside.id).await.expect("gone"));
    })
    .await;
}

#[tokio::test]
async fn policies_and_their_notifications() {
    on_both(async |store| {
        let mut tx = store.write().await.expect("a transaction");
        let block = a_document(&mut tx, "x").await;
        let policy = |active: bool, block: BlockDocumentId| NotificationPolicy {
            id: id(),
            created: Some(at(NOON)),
            updated: Some(at(NOON)),
            is_active: active,
            state_names: vec!["Failed".to_owned()],
            tags: vec![],
            block_document_id: block,
            message_template: Some("{flow_name}".to_owned()),
        };
        let (on, off) = (policy(true, block), policy(false, block));
        for policy in [&on, &off] {
            notification_policies::insert(&mut tx, policy, at(NOON)).await.expect("stored");
        }
        assert_eq!(notification_policies::by_id(&mut tx, on.id).await.expect("a row"), Some(on.clone()));
        for (active, want) in [(None, vec![on.id, off.id]), (Some(true), vec![on.id]), (Some(false), vec![off.id])] {
            let found = notification_policies::page(&mut tx, active, 10, 0).await.expect("rows");
            assert_eq!(found.iter().map(|one| one.id).collect::<Vec<NotificationPolicyId>>(), want);
        }
        let changed = NotificationPolicy { tags: vec!["a".to_owned()], message_template: None, ..on.clone() };
        notification_policies::save(&mut tx, &changed, at(NOON)).await.expect("saved");
        assert_eq!(notification_policies::by_id(&mut tx, on.id).await.expect("a row"), Some(changed));

        let words = [("flow_name".to_owned(), "etl".to_owned())].into();
        let one = Notification { id: id::<Uuid>(), policy: on.id, words, attempts: 0 };
        notification_policies::push(&mut tx, &one, at(NOON)).await.expect("queued");
        assert_eq!(notification_policies::due(&mut tx, at(NOON), 10).await.expect("rows"), std::slice::from_ref(&one));
        let later = at(NOON).plus_seconds(60.0);
        assert!(notification_policies::begin(&mut tx, one.id, 0, later).await.expect("begun"));
        assert!(!notification_policies::begin(&mut tx, one.id, 0, later).await.expect("somebody else has begun"));
        assert!(notification_policies::due(&mut tx, at(NOON), 10).await.expect("rows").is_empty());
        assert!(notification_policies::take(&mut tx, one.id).await.expect("taken"));
        notification_policies::push(&mut tx, &one, at(NOON)).await.expect("queued");
        assert!(notification_policies::delete(&mut tx, on.id).await.expect("deleted"));
        assert!(notification_policies::due(&mut tx, later, 10).await.expect("rows").is_empty());
        assert!(!notification_policies::delete(&mut tx, on.id).await.expect("gone"));
        tx.commit().await.expect("committed");

        let mut tx = store.write().await.expect("a transaction");
        let without_block = policy(true, id());
        let error = notification_policies::insert(&mut tx, &without_block, at(NOON)).await.expect_err("no such block");
        assert!(error.is_conflict(), "{error}");
    })
    .await;
}
