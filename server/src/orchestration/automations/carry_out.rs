//! Queued actions are carried out, and it is told how that went.

use domain::automations::Invocation;
use domain::{EventId, Timestamp};
use serde_json::{Value, json};
use store::automations::actions::{self, Pending};
use store::{Result, StoreError, Tx};

use super::super::after_commit::AfterCommit;
use super::super::asked::Asked;
use super::super::events;
use super::inside::Hands;
use super::outcome::{ActError, Report};
use super::outside;
use crate::app_state::AppState;
use crate::clock::new_id;

/// An action that calls out is begun again when nobody has said after so many seconds how it went; it takes
/// less.
const AGAIN: f64 = 60.0;

/// An action that ends nobody knows how is not begun more often.
const MOST_ATTEMPTS: i64 = 3;

/// Carries out an action that changes what the server keeps: all of it, or nothing but the news that it
/// failed.
pub async fn inside(app: &AppState, pending: &Pending) -> Result<()> {
    let of = &pending.invocation;
    let (mut after, mut report) = (AfterCommit::default(), Report::default());
    let asked = Asked::by_server(app.clock.now());
    let mut tx = app.store.write().await?;
    if !actions::take(&mut tx, of.id).await? {
        return Ok(());
    }
    let mut hands = Hands { app, tx: &mut tx, asked, after: &mut after, report: &mut report };
    let failure = match hands.act(of).await {
        Ok(()) => None,
        Err(ActError::Answered(reason)) => Some(reason),
        // The next round tries again.
        Err(ActError::Store(error @ StoreError::Busy(_))) => return Err(error),
        Err(error) => {
            drop(tx);
            return end(app, of, Some(sentence(&error)), report).await;
        }
    };
    tell(&mut tx, of, failure, report, asked.at, &mut after).await?;
    tx.commit().await?;
    after.tell(&app.live);
    Ok(())
}

/// Carries out an action that calls out: the call is made outside of any transaction, and may be made again
/// if the server ends in the middle of it.
pub async fn outside(app: &AppState, pending: &Pending) -> Result<()> {
    let (of, now) = (&pending.invocation, app.clock.now());
    let mut report = Report::default();
    if pending.attempts >= MOST_ATTEMPTS {
        let reason = format!("It was begun {MOST_ATTEMPTS} times, and each time the server ended meanwhile");
        return end(app, of, Some(reason), report).await;
    }
    let mut tx = app.store.write().await?;
    let is_ours = actions::begin(&mut tx, of.id, pending.attempts, now.plus_seconds(AGAIN)).await?;
    tx.commit().await?;
    if !is_ours {
        return Ok(());
    }
    // One that is cut off is begun again by the next server.
    let Some(called) = app.unless_stopping(outside::call(app, of, &mut report)).await else { return Ok(()) };
    match called {
        Ok(()) => end(app, of, None, report).await,
        Err(ActError::Store(error @ StoreError::Busy(_))) => Err(error),
        Err(error) => end(app, of, Some(sentence(&error)), report).await,
    }
}

fn sentence(error: &ActError) -> String {
    if let ActError::Store(error) = error {
        tracing::error!(error = %crate::api::error::causes(error), "an action of an automation failed");
        return "The database refused it".to_owned();
    }
    error.to_string()
}

/// Takes the action out of the queue, and tells how it went.
async fn end(app: &AppState, of: &Invocation, failure: Option<String>, report: Report) -> Result<()> {
    let now = app.clock.now();
    let mut after = AfterCommit::default();
    let mut tx = app.store.write().await?;
    if !actions::take(&mut tx, of.id).await? {
        return Ok(());
    }
    tell(&mut tx, of, failure, report, now, &mut after).await?;
    tx.commit().await?;
    after.tell(&app.live);
    Ok(())
}

async fn tell(
    tx: &mut Tx,
    of: &Invocation,
    failure: Option<String>,
    report: Report,
    now: Timestamp,
    after: &mut AfterCommit,
) -> Result<()> {
    let mut details = report.details;
    let ending = match &failure {
        None => "executed",
        Some(reason) => {
            tracing::info!(automation = %of.automation.id, action = of.action.kind(), reason, "an action failed");
            details.insert("reason".to_owned(), json!(reason));
            "failed"
        }
    };
    let ids: [EventId; 2] = [new_id(), new_id()];
    let told = of.told(ids, ending, &report.involved, Value::Object(details), now);
    events::take(tx, told.into(), now, after).await
}
