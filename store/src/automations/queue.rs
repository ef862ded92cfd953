//! Table `automation_event`: events that triggers have not heard yet.
//!
//! A row is written in the transaction that stores the event, and deleted in the one that writes what the
//! triggers made of it: each event is heard once, whatever happens in between.

use domain::events::Event;
use domain::{EventId, Timestamp};

use crate::sql::{Sql, sql};
use crate::{Result, Tx, events};

/// Ids of one statement.
const CHUNK: usize = 500;

/// An expression: whether there is an automation that could hear an event.
pub(crate) fn is_heard_by_any() -> Sql {
    sql("EXISTS (SELECT 1 FROM automation WHERE enabled = ?)").bind(true)
}

/// Queues events that are stored.
pub(crate) async fn push(tx: &mut Tx, events: &[&Event], now: Timestamp) -> Result<()> {
    for chunk in events.chunks(CHUNK) {
        let rows = chunk.iter().map(|event| sql("(?, ?, ?)").bind(event.id).bind(event.occurred).bind(now));
        let insert = sql("INSERT INTO automation_event (event_id, occurred, look_again) VALUES ");
        tx.later(insert.then(Sql::listed(rows))).await?;
    }
    Ok(())
}

/// Whether there is an event to hear at `now`.
pub async fn is_waiting(tx: &mut Tx, now: Timestamp) -> Result<bool> {
    let next = sql("SELECT look_again FROM automation_event WHERE look_again <= ? LIMIT 1").bind(now);
    Ok(tx.optional::<(crate::column::Ts,)>(next).await?.is_some())
}

/// When the first of the events happened that no trigger has heard yet.
pub async fn oldest(tx: &mut Tx) -> Result<Option<Timestamp>> {
    let oldest = sql("SELECT occurred FROM automation_event ORDER BY occurred LIMIT 1");
    Ok(tx.optional::<(crate::column::Ts,)>(oldest).await?.map(|(at,)| at.into()))
}

/// The events to hear at `now`, in the order in which they happened.
pub async fn next(tx: &mut Tx, now: Timestamp, limit: i64) -> Result<Vec<Event>> {
    let query = sql("SELECT event_id FROM automation_event WHERE look_again <= ? ORDER BY occurred, event_id LIMIT ?");
    let ids: Vec<EventId> = tx.ids(query.bind(now).bind(limit)).await?;
    let mut found = events::by_ids(tx, &ids).await?;
    found.sort_by_key(|event| (event.occurred, event.id));
    Ok(found)
}

/// Whether the event is stored and has been heard.
pub async fn is_heard(tx: &mut Tx, id: EventId) -> Result<bool> {
    let waiting = tx.count(sql("SELECT count(*) FROM automation_event WHERE event_id = ?").bind(id)).await?;
    Ok(waiting == 0 && events::exists(tx, id).await?)
}

/// Puts the event off.
pub async fn put_off(tx: &mut Tx, id: EventId, until: Timestamp) -> Result<()> {
    let update = sql("UPDATE automation_event SET look_again = ? WHERE event_id = ?").bind(until).bind(id);
    tx.run(update).await.map(drop)
}

/// Takes out events that were heard.
pub async fn done(tx: &mut Tx, ids: &[EventId]) -> Result<()> {
    let delete = sql("DELETE FROM automation_event WHERE event_id IN ").then(Sql::list(ids.iter().copied()));
    tx.run(delete).await.map(drop)
}
