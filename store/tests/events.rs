//! Tables `event` and `event_resource`.

use domain::EventId;
use domain::events::{Event, EventFilter};
use serde_json::{Value, json};
use store::events::{self, Window};
use store::{Store, Tx};

use crate::both::{at, id, on_both};

const NOON: &str = "2026-11-23T12:00:00Z";

fn event(second: f64, name: &str, resource: Value, related: Value) -> Event {
    serde_json::from_value(json!({
        "occurred": at(NOON).plus_seconds(second), "event": name, "resource": resource, "related": related,
        "payload": {"second": second}, "id": id::<EventId>(), "follows": null,
    }))
    .expect("an event")
}

/// Events of two runs, and one of a pool.
fn some() -> Vec<Event> {
    let run = |n: u32, state: &str| json!({"prefect.resource.id": format!("prefect.flow-run.{n}"), "prefect.resource.name": format!("run_{n}"), "prefect.state-type": state});
    let flow = |n: u32| json!({"prefect.resource.id": format!("prefect.flow.{n}"), "prefect.resource.role": "flow", "prefect.resource.name": "e%l"});
    let tag = |tag: &str| json!({"prefect.resource.id": format!("prefect.tag.{tag}"), "prefect.resource.role": "tag"});
    vec![
        event(0.0, "prefect.flow-run.Running", run(1, "RUNNING"), json!([flow(7), tag("prod")])),
        event(1.0, "prefect.flow-run.Completed", run(1, "COMPLETED"), json!([flow(7), tag("prod"), tag("prod")])),
        event(2.0, "prefect.flow-run.Running", run(2, "RUNNING"), json!([flow(8)])),
        event(3.0, "prefect.flow-run.Failed", run(2, "FAILED"), json!([flow(8), tag("[x]")])),
        event(4.0, "prefect.work-pool.ready", json!({"prefect.resource.id": "prefect.work-pool.1"}), json!([])),
    ]
}

async fn stored(store: &Store) -> Vec<Event> {
    let events = some();
    let mut tx = store.write().await.expect("a transaction");
    let new = events::insert(&mut tx, &events, at(NOON)).await.expect("stored");
    assert_eq!(new.len(), 5);
    tx.commit().await.expect("committed");
    events
}

fn all() -> Window {
    Window { since: at(NOON).plus_seconds(-60.0), until: at(NOON).plus_seconds(60.0) }
}

async fn ids(tx: &mut Tx, filter: &EventFilter) -> Vec<EventId> {
    let found = events::filter(tx, filter, all(), 50, 0).await.expect("events");
    found.iter().map(|event| event.id).collect()
}

#[tokio::test]
async fn the_database_and_the_filter_itself_take_the_same_events() {
    on_both(async |store| {
        let events = stored(&store).await;
        let mut tx = store.read().await.expect("a connection");
        let filters = [
            (json!({}), 5),
            (json!({"id": {"id": [events[3].id, events[0].id]}}), 2),
            (json!({"event": {"prefix": ["prefect.flow-run.", "x"]}}), 4),
            (json!({"event": {"prefix": ["prefect.FLOW-run."]}}), 0),
            (json!({"event": {"exclude_prefix": ["prefect.flow-run.R"], "exclude_name": ["prefect.flow-run.Failed"]}}), 2),
            (json!({"event": {"name": ["prefect.flow-run.Failed", "prefect.work-pool.ready"]}}), 2),
            (json!({"resource": {"id": ["prefect.flow-run.2"]}}), 2),
            (json!({"resource": {"id_prefix": ["prefect.work-pool."]}}), 1),
            (json!({"resource": {"labels": {"prefect.state-type": ["R*", "FAIL??"]}}}), 3),
            (json!({"resource": {"labels": {"prefect.state-type": "!RUNNING"}}}), 2),
            (json!({"resource": {"labels": {"prefect.resource.name": "run_?"}}}), 4),
            (json!({"resource": {"labels": {"prefect.resource.name": "runx1"}}}), 0),
            (json!({"resource": {"labels": {"prefect.state-type": []}}}), 0),
            (json!({"related": {"id": ["prefect.flow.7"]}}), 2),
            (json!({"related": {"id": ["prefect.flow.7"], "role": ["tag"]}}), 0),
            (json!({"related": [{"role": ["tag"]}, {"id": ["prefect.flow.8"]}]}), 1),
            (json!({"related": {"resources_in_roles": [["prefect.tag.prod", "tag"], ["prefect.flow.8", "tag"]]}}), 2),
            (json!({"related": {"labels": {"prefect.resource.id": "prefect.tag.[x]"}}}), 1),
            (json!({"related": {"role": ["flow"], "labels": {"prefect.resource.name": "e%l"}}}), 4),
            (json!({"related": {"id": ["prefect.tag.prod"], "labels": {"prefect.resource.name": "*"}}}), 0),
            (json!({"any_resource": {"id": ["prefect.flow-run.1", "prefect.flow.8"]}}), 4),
            (json!({"any_resource": {"id_prefix": ["prefect.tag.p", "prefect.work"]}}), 3),
            (json!({"any_resource": {"id_prefix": ["prefect.flow"], "labels": {"prefect.resource.name": "run_1"}}}), 2),
            (json!({"any_resource": {"id": ["prefect.flow.8"], "labels": {"prefect.resource.name": "e*"}}}), 2),
            (json!({"text": {"query": "failed ready"}}), 2),
            (json!({"text": {"query": "+run_2 -failed"}}), 1),
            (json!({"text": {"query": "e%l"}}), 4),
        ];
        for (text, count) in filters {
            let filter: EventFilter = serde_json::from_value(text.clone()).expect("a filter");
            let want: Vec<EventId> = events.iter().rev().filter(|event| filter.includes(event)).map(|event| event.id).collect();
            assert_eq!(want.len(), count, "{text}");
            assert_eq!(ids(&mut tx, &filter).await, want, "{text}");
            assert_eq!(events::count(&mut tx, &filter, all()).await.expect("a number"), count as i64, "{text}");
        }
    })
    .await;
}

#[tokio::test]
async fn events_come_back_whole_in_order_and_in_pages() {
    on_both(async |store| {
        let events = stored(&store).await;
        let mut tx = store.read().await.expect("a connection");
        let ascending: EventFilter = serde_json::from_value(json!({"order": "ASC"})).expect("a filter");
        let page = events::filter(&mut tx, &ascending, all(), 2, 1).await.expect("events");
        let want: Vec<Event> =
            events[1..3].iter().map(|event| Event { received: Some(at(NOON)), ..event.clone() }).collect();
        assert_eq!(page, want);
        let short = Window { since: at(NOON).plus_seconds(1.0), until: at(NOON).plus_seconds(2.0) };
        assert_eq!(events::count(&mut tx, &ascending, short).await.expect("a number"), 2);
        let distinct: EventFilter = serde_json::from_value(json!({"resource": {"distinct": true}})).expect("a filter");
        assert_eq!(ids(&mut tx, &distinct).await, [events[4].id, events[3].id, events[1].id]);
        assert_eq!(events::count(&mut tx, &distinct, all()).await.expect("a number"), 3);
    })
    .await;
}

#[tokio::test]
async fn the_last_event_about_a_resource_is_found() {
    on_both(async |store| {
        let events = stored(&store).await;
        let mut tx = store.read().await.expect("a connection");
        let names = ["Running", "Completed"].map(|state| format!("prefect.flow-run.{state}"));
        let mut last = async |names: &[String], after: f64| {
            let since = at(NOON).plus_seconds(after);
            events::last_about(&mut tx, "prefect.flow-run.1", names, since).await.expect("an answer")
        };
        assert_eq!(last(&names, -1.0).await, Some(events[1].id));
        assert_eq!(last(&names[..1], -1.0).await, Some(events[0].id));
        assert_eq!(last(&names[..1], 0.0).await, None, "only what occurred after");
    })
    .await;
}

#[tokio::test]
async fn an_event_is_stored_once_and_goes_when_it_is_old() {
    on_both(async |store| {
        let events = stored(&store).await;
        let mut tx = store.write().await.expect("a transaction");
        let new = event(9.0, "x", json!({"prefect.resource.id": "r"}), json!([]));
        let again = [events[0].clone(), new.clone(), new.clone()];
        assert_eq!(events::insert(&mut tx, &again, at(NOON)).await.expect("stored"), [new.id]);
        assert_eq!(events::count_before(&mut tx, at(NOON).plus_seconds(2.0), 100).await.expect("a number"), 2);
        assert_eq!(events::count_before(&mut tx, at(NOON).plus_seconds(2.0), 1).await.expect("a number"), 1);
        assert_eq!(events::delete_before(&mut tx, at(NOON).plus_seconds(2.0), 1).await.expect("deleted"), 1);
        assert_eq!(events::delete_before(&mut tx, at(NOON).plus_seconds(2.0), 100).await.expect("deleted"), 1);
        let filter: EventFilter =
            serde_json::from_value(json!({"related": {"id": ["prefect.flow.7"]}})).expect("a filter");
        assert_eq!(events::count(&mut tx, &filter, all()).await.expect("a number"), 0);
        assert_eq!(events::count(&mut tx, &EventFilter::default(), all()).await.expect("a number"), 4);
    })
    .await;
}

#[tokio::test]
async fn events_are_counted_by_name_resource_and_time() {
    on_both(async |store| {
        stored(&store).await;
        let mut tx = store.read().await.expect("a connection");
        let filter = EventFilter::default();
        let by_event = events::by_event(&mut tx, &filter, all()).await.expect("counts");
        let first = &by_event[0];
        assert_eq!(
            (first.value.as_str(), first.count, first.start_time, first.end_time),
            ("prefect.flow-run.Running", 2, at(NOON), at(NOON).plus_seconds(2.0))
        );
        assert_eq!(by_event.len(), 4);
        let by_resource = events::by_resource(&mut tx, &filter, all()).await.expect("counts");
        let short: Vec<_> = by_resource.iter().map(|count| (count.label.as_str(), count.count)).collect();
        assert_eq!(short, [("run_1", 2), ("run_2", 2), ("prefect.work-pool.1", 1)]);
        let pivot = at(NOON).plus_seconds(-10.0);
        let by_span = events::by_span(&mut tx, &filter, all(), pivot, 2_000_000).await.expect("counts");
        assert_eq!(by_span, [(5, 2), (6, 2), (7, 1)]);
    })
    .await;
}
