//! Events: what happened to what, newest first.

use domain::events::{AnyResourceFilter, Event, EventFilter, NameFilter, OneOrMany};
use domain::listing::{Cell, ListingRow};
use domain::{FlowRunId, Timestamp};
use store::Tx;
use store::events::{self, Window};

use super::{Ask, Rows};

/// Seconds that are looked back.
const PAST: f64 = 180.0 * 86_400.0;

/// Events of a run that are shown with it.
const OF_RUN: i64 = 200;

/// Events whose name begins so.
pub async fn rows(tx: &mut Tx, ask: &Ask) -> store::Result<Rows> {
    let name = ask.q.clone().map(|q| NameFilter { prefix: Some(vec![q]), ..NameFilter::default() });
    let filter = EventFilter { event: name, ..EventFilter::default() };
    page(tx, &filter, ask.limit, ask.offset, ask.now).await
}

/// The last events that a run had a part in.
pub async fn of_run(tx: &mut Tx, run: FlowRunId, now: Timestamp) -> store::Result<Rows> {
    let id = AnyResourceFilter { id: Some(vec![format!("prefect.flow-run.{run}")]), ..AnyResourceFilter::default() };
    let filter = EventFilter { any_resource: Some(OneOrMany::One(id)), ..EventFilter::default() };
    page(tx, &filter, OF_RUN, 0, now).await
}

async fn page(tx: &mut Tx, filter: &EventFilter, limit: i64, offset: i64, now: Timestamp) -> store::Result<Rows> {
    // Senders' clocks may be a little ahead.
    let window = Window { since: now.plus_seconds(-PAST), until: now.plus_seconds(3600.0) };
    let found = events::filter(tx, filter, window, limit, offset).await?;
    Ok((found.iter().map(row).collect(), events::count(tx, filter, window).await?))
}

fn row(event: &Event) -> ListingRow {
    let resource = &event.resource;
    let name = resource.get("prefect.resource.name").or(resource.get("prefect.name")).unwrap_or(resource.id());
    let message = resource.get("prefect.state-message").map(str::to_owned);
    ListingRow {
        id: event.id.to_string(),
        cells: vec![
            Cell::Text(event.event.clone()),
            what(resource.id(), name),
            Cell::text(message),
            Cell::At(event.occurred),
        ],
    }
}

/// What it happened to; runs have a page.
fn what(id: &str, name: &str) -> Cell {
    match id.strip_prefix("prefect.flow-run.") {
        Some(run) => Cell::Link(format!("/runs/{run}"), name.to_owned()),
        None => Cell::Text(name.to_owned()),
    }
}
