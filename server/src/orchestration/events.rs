//! Events: the server's own, and those that clients send. What is told of a noun has a file below; flow runs
//! have `flow_run_event`.

pub mod artifacts;
pub mod deployments;
pub mod flows;
mod updates;
pub mod work_pools;
pub mod work_queues;

use domain::events::{Event, NAME, Resource};
use domain::{EventId, Timestamp, Uuid};
use serde_json::{Value, json};
use store::{Result, Tx, events};

use super::after_commit::AfterCommit;
use super::record_task_run;
use crate::clock::new_id;

/// Something that the server itself has done or seen, e.g. `prefect.deployment.created`. Add to it with
/// [`Event::involving`] and [`Event::saying`], then [`emit`] it.
pub fn own(name: impl Into<String>, resource: Resource, now: Timestamp) -> Event {
    Event::new(new_id(), now, name, resource)
}

/// What may happen to a thing that people make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    Created,
    Updated,
    Deleted,
}

impl Deed {
    /// The last part of an event's name.
    pub fn word(self) -> &'static str {
        match self {
            Deed::Created => "created",
            Deed::Updated => "updated",
            Deed::Deleted => "deleted",
        }
    }
}

/// `prefect.<kind>.created` and its kin; the payload tells what the thing is now.
pub fn lifecycle(kind: &str, deed: Deed, id: Uuid, name: &str, payload: Value, now: Timestamp) -> Event {
    own(format!("prefect.{kind}.{}", deed.word()), Resource::of(kind, id).with(NAME, name), now).saying(payload)
}

/// Stores an event. The caller commits, then tells what is in `after`.
pub async fn emit(tx: &mut Tx, event: Event, now: Timestamp, after: &mut AfterCommit) -> Result<()> {
    take(tx, vec![event], now, after).await
}

/// Stores events, and what they report of task runs. One that is stored already is passed over: clients
/// send again what they do not know to have arrived. The caller commits, then tells what is in `after`.
pub async fn take(tx: &mut Tx, sent: Vec<Event>, now: Timestamp, after: &mut AfterCommit) -> Result<()> {
    let mut new = events::insert(tx, &sent, now).await?;
    for event in sent {
        if !take_out(&mut new, event.id) {
            continue;
        }
        if event.event.starts_with("prefect.task-run.") {
            record_task_run::record(tx, &json!(event), now, after).await?;
        }
        after.event(Event { received: Some(now), ..event });
    }
    Ok(())
}

/// Removes the id; whether it was there. The same event may have been sent twice at once.
fn take_out(ids: &mut Vec<EventId>, id: EventId) -> bool {
    let place = ids.iter().position(|one| *one == id);
    place.map(|place| ids.swap_remove(place)).is_some()
}
