//! `/api/events`: the routes, and what the sockets make of what is told on them.

use axum::http::Method;
use client::events;
use domain::events::{Countable, Event, EventCounting, EventQuery, TimeUnit};
use domain::{EventId, Major, Timestamp};
use serde_json::{Value, json};

use crate::harness::{START, Server, assert_like, id};

/// An event that occurred `second` seconds after the start.
pub fn event(second: f64, name: &str, resource: &str) -> Event {
    let start: Timestamp = START.parse().expect("a datetime");
    serde_json::from_value(json!({
        "occurred": start.plus_seconds(second), "event": name, "resource": {"prefect.resource.id": resource},
        "related": [{"prefect.resource.id": "prefect.flow.1", "prefect.resource.role": "flow"}],
        "payload": {"n": second}, "id": id::<EventId>(), "follows": null,
    }))
    .expect("an event")
}

/// Only events of this name.
pub fn named(name: &str) -> Value {
    json!({"event": {"name": [name]}})
}

fn query(filter: Value, limit: i64) -> EventQuery {
    EventQuery { filter: Some(serde_json::from_value(filter).expect("a filter")), limit: Some(limit) }
}

#[tokio::test]
async fn events_are_told_once_and_read_in_pages() {
    let server = Server::start().await;
    let client = server.client(Major::V3);
    let told: Vec<Event> = (0..5).map(|n| event(-f64::from(n), "my.event", "my.res")).collect();
    events::create(&client, &told).await.expect("told");
    events::create(&client, &told[..2]).await.expect("told again");

    let first = events::filter(&client, &query(named("my.event"), 2)).await.expect("a page");
    assert_eq!((first.total, &first.events[0].id, &first.events[1].id), (5, &told[0].id, &told[1].id));
    assert_eq!(first.events[0].received, Some(START.parse().expect("a datetime")));
    server.pass(60.0);
    events::create(&client, &[event(30.0, "my.event", "my.res")]).await.expect("told");
    let second = events::next(&client, &first.next_page.expect("there is more")).await.expect("a page");
    assert_eq!((second.total, &second.events[0].id), (5, &told[2].id), "later events do not shift the pages");
    let third = events::next(&client, &second.next_page.expect("there is more")).await.expect("a page");
    assert_eq!((third.events.len(), third.next_page), (1, None));
}

#[tokio::test]
async fn the_bodies_are_those_of_prefect() {
    let server = Server::start().await;
    let body = json!([{
        "occurred": "2026-11-23T11:59:46.819850Z", "event": "my.event", "resource": {"prefect.resource.id": "my.res"},
        "related": [], "payload": {"a": 1}, "id": "01a20982-a5e3-7c13-854a-c9397c3d7b99", "follows": null,
    }]);
    assert_eq!(server.post("/events", body.clone()).await, (204, Value::Null));
    let mut told = body[0].clone();
    told["received"] = json!("2026-11-23T12:00:00Z");
    let (status, page) = server.post("/events/filter", json!({"limit": 1})).await;
    assert_eq!((status, page), (200, json!({"events": [told], "total": 1, "next_page": null})));

    let (_, page) = server.post("/events/filter", json!({"limit": 0, "filter": null})).await;
    assert_like(&page, &json!({"events": [], "total": 1, "next_page": null}));
    let (status, refused) = server.post("/events/filter", json!({"limit": 51})).await;
    let item = json!({"type": "less_than_equal", "loc": ["body", "limit"], "msg": "Input should be less than or equal to 50", "input": 51, "ctx": {"le": 50}});
    assert_eq!((status, &refused["exception_detail"]), (422, &json!([item])));
    for token in ["", "x", "eyJ9", "bnVsbA=="] {
        assert_eq!(
            server.get(&format!("/events/filter/next?page-token={token}")).await,
            (403, json!({"detail": "Forbidden"}))
        );
    }
    assert_eq!(server.post("/events", json!([{"event": "x"}])).await.0, 422);
    assert_eq!(server.post("/events/filter", json!({"filter": {"colour": 1}})).await.0, 422);
}

#[tokio::test]
async fn prefect_2_has_no_events() {
    let server = Server::start().await;
    let want = json!({"detail": "Events are not enabled. Please enable the PREFECT_EXPERIMENTAL_EVENTS setting."});
    for (path, body) in
        [("/events", json!([])), ("/events/filter", json!({"limit": 1})), ("/events/count-by/day", json!({}))]
    {
        assert_eq!(server.call(Major::V2, Method::POST, path, Some(body)).await, (404, want.clone()), "{path}");
    }
}

#[tokio::test]
async fn events_are_counted() {
    let server = Server::start().await;
    let client = server.client(Major::V3);
    let told = [event(-3600.0, "a", "r1"), event(-60.0, "a", "r2"), event(-1.0, "b", "r2")];
    events::create(&client, &told).await.expect("told");
    let since = json!({"occurred": {"since": "2026-11-23T10:00:00Z"}});
    let counting = |unit| EventCounting {
        filter: serde_json::from_value(since.clone()).expect("a filter"),
        time_unit: unit,
        time_interval: 1.0,
    };
    let by = async |countable, unit| events::count_by(&client, countable, &counting(unit)).await.expect("counts");
    let short = |counts: Vec<domain::events::EventCount>| {
        counts.into_iter().map(|count| (count.label, count.count)).collect::<Vec<_>>()
    };
    assert_eq!(short(by(Countable::Event, TimeUnit::Hour).await), [("a".to_owned(), 2), ("b".to_owned(), 1)]);
    assert_eq!(short(by(Countable::Resource, TimeUnit::Hour).await), [("r2".to_owned(), 2), ("r1".to_owned(), 1)]);
    let hours = by(Countable::Time, TimeUnit::Hour).await;
    assert_eq!(hours.iter().map(|count| count.count).collect::<Vec<_>>(), [0, 3]);
    let (status, refused) =
        server.post("/events/count-by/event", json!({"filter": {}, "time_unit": "hour", "time_interval": 1})).await;
    let text = refused["detail"].as_str().expect("a sentence");
    assert!(
        status == 422 && text.starts_with("The given interval would create 4332 buckets, which is too many."),
        "{text}"
    );
}
