//! Tables `event` and `event_resource`.

mod counts;
mod matching;

pub use counts::{by_event, by_resource, by_span};

use std::collections::HashSet;

use domain::events::{Event, EventFilter, EventOrder, Resource};
use domain::{EventId, Timestamp};
use serde_json::{Map, Value};

use crate::column::{Json, Ts};
use crate::sql::{Sql, json, sql};
use crate::{Result, Tx, automations, row};
use matching::condition;

row! {
    struct EventRow {
        id: sqlx::types::Uuid,
        occurred: Ts,
        received: Ts,
        event: String,
        resource: Json<Resource>,
        related: Json<Vec<Resource>>,
        payload: Json<Map<String, Value>>,
        follows: Option<sqlx::types::Uuid>,
    }
}

const COLUMNS: &str = "id, occurred, received, event, resource_id, resource, related, payload, follows";

/// Rows of one statement.
const CHUNK: usize = 500;

/// The range of instants that a question is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    pub since: Timestamp,
    pub until: Timestamp,
}

impl From<EventRow> for Event {
    fn from(row: EventRow) -> Self {
        Event {
            occurred: row.occurred.into(),
            event: row.event,
            resource: row.resource.0,
            related: row.related.0,
            payload: row.payload.0,
            id: EventId(row.id),
            follows: row.follows.map(EventId),
            received: Some(row.received.into()),
        }
    }
}

/// Stores the events that are not there yet, as received at `now`; the ids of those. Triggers will hear them.
pub async fn insert(tx: &mut Tx, events: &[Event], now: Timestamp) -> Result<Vec<EventId>> {
    let (mut new, mut heard) = (Vec::new(), HashSet::new());
    for chunk in events.chunks(CHUNK) {
        let insert = inserted(chunk, now)
            .text(" ON CONFLICT (id) DO NOTHING RETURNING id, ")
            .then(automations::queue::is_heard_by_any());
        for (id, is_heard) in tx.all::<(sqlx::types::Uuid, bool)>(insert).await? {
            new.push(EventId(id));
            heard.extend(is_heard.then_some(EventId(id)));
        }
    }
    let stored = events.iter().filter(|event| new.contains(&event.id));
    let pairs = stored.flat_map(|event| event.related.iter().map(move |resource| (event, resource))).collect();
    insert_resources(tx, pairs).await?;
    let heard: Vec<&Event> = events.iter().filter(|event| heard.remove(&event.id)).collect();
    automations::queue::push(tx, &heard, now).await?;
    Ok(new)
}

/// Stores an event of the server's own, which is new, as received at `now`. Triggers hear it if there are any, which
/// the caller knows.
pub async fn insert_own(tx: &mut Tx, event: &Event, now: Timestamp, is_heard: bool) -> Result<()> {
    tx.later(inserted(std::slice::from_ref(event), now)).await?;
    insert_resources(tx, event.related.iter().map(|resource| (event, resource)).collect()).await?;
    let heard: &[&Event] = if is_heard { &[event] } else { &[] };
    automations::queue::push(tx, heard, now).await
}

fn inserted(events: &[Event], now: Timestamp) -> Sql {
    let rows = events.iter().map(|event| {
        let row = sql("(?, ?, ?, ?, ?, ?, ?, ?, ?)").bind(event.id).bind(event.occurred).bind(now).bind(&event.event);
        let row = row.bind(event.resource.id()).bind(json(&event.resource)).bind(json(&event.related));
        row.bind(json(&event.payload)).bind(event.follows)
    });
    sql("INSERT INTO event (").text(COLUMNS).text(") VALUES ").then(Sql::listed(rows))
}

async fn insert_resources(tx: &mut Tx, pairs: Vec<(&Event, &Resource)>) -> Result<()> {
    for chunk in pairs.chunks(CHUNK) {
        let rows = chunk.iter().map(|(event, resource)| {
            sql("(?, ?, ?, ?)").bind(event.id).bind(event.occurred).bind(resource.id()).bind(resource.role())
        });
        let insert = sql("INSERT INTO event_resource (event_id, occurred, resource_id, role) VALUES ");
        tx.later(insert.then(Sql::listed(rows)).text(" ON CONFLICT DO NOTHING")).await?;
    }
    Ok(())
}

/// Events that fit, in the filter's order.
pub async fn filter(tx: &mut Tx, filter: &EventFilter, window: Window, limit: i64, offset: i64) -> Result<Vec<Event>> {
    let order = match filter.order.unwrap_or_default() {
        EventOrder::Asc => "occurred ASC, id ASC",
        EventOrder::Desc => "occurred DESC, id DESC",
    };
    let fits = condition(tx, filter, window);
    let from = if is_distinct(filter) {
        let first = format!(
            "SELECT {COLUMNS}, row_number() OVER (PARTITION BY resource_id ORDER BY {order}) AS nth FROM event WHERE "
        );
        sql("(").text(&first).then(fits).text(") AS first WHERE nth = 1")
    } else {
        sql("event WHERE ").then(fits)
    };
    let query =
        sql("SELECT ").text(COLUMNS).text(" FROM ").then(from).text(&format!(" ORDER BY {order} LIMIT ? OFFSET ?"));
    Ok(tx.all::<EventRow>(query.bind(limit).bind(offset)).await?.into_iter().map(Event::from).collect())
}

/// How many events fit.
pub async fn count(tx: &mut Tx, filter: &EventFilter, window: Window) -> Result<i64> {
    let what = if is_distinct(filter) { "count(DISTINCT resource_id)" } else { "count(*)" };
    let query = sql("SELECT ").text(what).text(" FROM event WHERE ").then(condition(tx, filter, window));
    tx.count(query).await
}

/// The events of these ids, as far as they are stored.
pub async fn by_ids(tx: &mut Tx, ids: &[EventId]) -> Result<Vec<Event>> {
    let query = sql("SELECT ").text(COLUMNS).text(" FROM event WHERE id IN ").then(Sql::list(ids.iter().copied()));
    Ok(tx.all::<EventRow>(query).await?.into_iter().map(Event::from).collect())
}

/// Whether the event is stored.
pub async fn exists(tx: &mut Tx, id: EventId) -> Result<bool> {
    Ok(tx.count(sql("SELECT count(*) FROM event WHERE id = ?").bind(id)).await? == 1)
}

/// The last event of these names about the resource that occurred after `since`.
pub async fn last_about(tx: &mut Tx, resource: &str, names: &[String], since: Timestamp) -> Result<Option<EventId>> {
    let query = sql("SELECT id FROM event WHERE resource_id = ? AND occurred > ? AND event IN ")
        .bind(resource)
        .bind(since)
        .then(Sql::list(names))
        .text(" ORDER BY occurred DESC, id DESC LIMIT 1");
    Ok(tx.optional::<(sqlx::types::Uuid,)>(query).await?.map(|(id,)| EventId(id)))
}

/// By how many seconds the event that happened last came late; 0 when there is none.
pub async fn lateness(tx: &mut Tx) -> Result<f64> {
    let last = sql("SELECT occurred, received FROM event ORDER BY occurred DESC, id DESC LIMIT 1");
    let last = tx.optional::<(Ts, Ts)>(last).await?;
    Ok(last.map_or(0.0, |(occurred, received)| Timestamp::from(received).seconds_since(occurred.into()).max(0.0)))
}

/// How many events occurred before `at`; at most `most` are counted.
pub async fn count_before(tx: &mut Tx, at: Timestamp, most: i64) -> Result<i64> {
    let query = sql("SELECT count(*) FROM (SELECT 1 AS one FROM event WHERE occurred < ? LIMIT ?) AS old");
    tx.count(query.bind(at).bind(most)).await
}

/// Deletes the oldest events that occurred before `at`, about `most` of them; how many.
pub async fn delete_before(tx: &mut Tx, at: Timestamp, most: i64) -> Result<u64> {
    let next =
        sql("SELECT occurred FROM event WHERE occurred < ? ORDER BY occurred LIMIT 1 OFFSET ?").bind(at).bind(most);
    let until = tx.optional::<(Ts,)>(next).await?.map_or(at, |(next,)| next.into());
    tx.run(sql("DELETE FROM event_resource WHERE occurred < ?").bind(until)).await?;
    tx.run(sql("DELETE FROM event WHERE occurred < ?").bind(until)).await
}

fn is_distinct(filter: &EventFilter) -> bool {
    filter.resource.as_ref().is_some_and(|resource| resource.distinct)
}
