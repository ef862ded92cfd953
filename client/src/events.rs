//! `/events`.

use domain::events::{Countable, Event, EventCount, EventCounting, EventPage, EventQuery};
use http::Method;

use crate::{Client, ClientError, Result};

/// Tells events; those that are known already are passed over.
pub async fn create(client: &Client, events: &[Event]) -> Result<()> {
    client.send(Method::POST, "/events", Some(events)).await
}

/// The first page of the events that fit, at most 50.
pub async fn filter(client: &Client, query: &EventQuery) -> Result<EventPage> {
    client.post("/events/filter", query).await
}

/// The page that `next_page` of another one names.
pub async fn next(client: &Client, next_page: &str) -> Result<EventPage> {
    match next_page.split_once("/api/") {
        Some((_, path)) => client.fetch(&format!("/{path}")).await,
        None => Err(ClientError::Unexpected(format!("no page is at {next_page}"))),
    }
}

/// How many events have something in common.
pub async fn count_by(client: &Client, countable: Countable, counting: &EventCounting) -> Result<Vec<EventCount>> {
    let by = match countable {
        Countable::Day => "day",
        Countable::Time => "time",
        Countable::Event => "event",
        Countable::Resource => "resource",
    };
    client.post(&format!("/events/count-by/{by}"), counting).await
}
