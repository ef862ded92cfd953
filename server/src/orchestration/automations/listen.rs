//! Triggers hear the events that have been stored since.

use std::collections::HashSet;

use domain::automations::{Automation, Bucket, EventTrigger, Verdict};
use domain::events::Event;
use domain::{EventId, Timestamp};
use store::automations::{self, buckets, queue};
use store::{Result, Tx};

use super::super::after_commit::AfterCommit;
use super::{TRIGGERS, fire};

/// Events of one transaction: few enough that others need not wait for long.
const BATCH: i64 = 100;

/// An event that follows on another one waits so many seconds for it: they may be sent over several
/// connections.
const PATIENCE: f64 = 15.0;

/// It is looked at again after so many seconds.
const AGAIN: f64 = 1.0;

/// Lets the triggers hear the next events; how many they heard. The caller commits, then tells what is in
/// `after`.
pub async fn hear_next(tx: &mut Tx, now: Timestamp, after: &mut AfterCommit) -> Result<usize> {
    tx.one_at_a_time(TRIGGERS).await?;
    let mut waiting = queue::next(tx, now, BATCH).await?;
    if waiting.is_empty() {
        return Ok(0);
    }
    let automations = automations::enabled(tx).await?;
    let mut heard = HashSet::new();
    loop {
        let (before, mut early) = (heard.len(), Vec::new());
        for event in waiting {
            let interested = interested(&automations, &event);
            if !interested.is_empty() && is_early(tx, &event, &heard, now).await? {
                early.push(event);
                continue;
            }
            for (automation, trigger) in interested {
                hear(tx, automation, trigger, &event, now, after).await?;
            }
            heard.insert(event.id);
        }
        waiting = early;
        if waiting.is_empty() || heard.len() == before {
            break;
        }
    }
    for event in waiting {
        queue::put_off(tx, event.id, now.plus_seconds(AGAIN)).await?;
    }
    let heard: Vec<EventId> = heard.into_iter().collect();
    queue::done(tx, &heard).await?;
    Ok(heard.len())
}

/// The triggers that hear the event. An automation is deaf to what is told of itself: each time it fires that
/// is told, so one that hears everything would never come to rest.
fn interested<'a>(automations: &'a [Automation], event: &Event) -> Vec<(&'a Automation, &'a EventTrigger)> {
    let others = automations.iter().filter(|automation| event.resource.id() != resource_id(automation));
    let of =
        |automation: &'a Automation| automation.trigger.events().into_iter().map(move |trigger| (automation, trigger));
    others.flat_map(of).filter(|(_, trigger)| trigger.covers(event)).collect()
}

fn resource_id(automation: &Automation) -> String {
    format!("prefect.automation.{}", automation.id)
}

/// Whether the event should wait for the one that it follows. Flow runs' states are stored in their order,
/// so there is nothing to wait for: where a run's first state told nothing, nothing will come.
async fn is_early(tx: &mut Tx, event: &Event, heard: &HashSet<EventId>, now: Timestamp) -> Result<bool> {
    let Some(leader) = event.follows else { return Ok(false) };
    let is_fresh = event.received.is_some_and(|received| now.seconds_since(received) < PATIENCE);
    if !is_fresh || heard.contains(&leader) || event.event.starts_with("prefect.flow-run.") {
        return Ok(false);
    }
    Ok(!queue::is_heard(tx, leader).await?)
}

async fn hear(
    tx: &mut Tx,
    automation: &Automation,
    trigger: &EventTrigger,
    event: &Event,
    now: Timestamp,
    after: &mut AfterCommit,
) -> Result<()> {
    let key = trigger.key_of(event);
    let before = buckets::get(tx, trigger.id, &key).await?;
    let verdict = trigger.hear(before.clone(), event);
    let happened = event.occurred;
    settle(tx, (automation, trigger), &key, before.as_ref(), verdict, (happened, now), after).await
}

/// Writes what became of a bucket, and fires if the trigger does. `times` are when it happened, and now.
pub async fn settle(
    tx: &mut Tx,
    (automation, trigger): (&Automation, &EventTrigger),
    key: &[String],
    before: Option<&Bucket>,
    verdict: Verdict,
    times: (Timestamp, Timestamp),
    after: &mut AfterCommit,
) -> Result<()> {
    if verdict.bucket.as_ref() != before {
        buckets::put(tx, automation.id, trigger.id, key, verdict.bucket.as_ref()).await?;
    }
    match verdict.fired {
        Some(about) => fire::event_trigger(tx, (automation, trigger), key, about, times, after).await,
        None => Ok(()),
    }
}
