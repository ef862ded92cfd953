//! Carries out what automations have queued.

use futures::StreamExt;
use store::automations::actions::{self, Pending};

use super::ROUND;
use crate::app_state::AppState;
use crate::orchestration::automations::carry_out;

/// So many calls are made at once.
pub const AT_ONCE: usize = 16;

/// One round of the actions that change what the server keeps, one after the other, until none is due; how
/// many.
pub async fn tick(app: AppState) -> store::Result<usize> {
    let mut done = 0;
    loop {
        let due = due(&app, false).await?;
        let mut ended = Vec::with_capacity(due.len());
        for pending in &due {
            ended.push(carry_out::inside(&app, pending).await);
        }
        done += all(ended)?;
        if due.is_empty() || app.stopping.is_cancelled() {
            return Ok(done);
        }
    }
}

/// One round of the actions that call out, several at once, until none is due; how many.
pub async fn call_out(app: AppState) -> store::Result<usize> {
    let mut done = 0;
    loop {
        let due = due(&app, true).await?;
        let calls = due.iter().map(|pending| carry_out::outside(&app, pending)).collect::<Vec<_>>();
        done += all(futures::stream::iter(calls).buffer_unordered(AT_ONCE).collect().await)?;
        if due.is_empty() || app.stopping.is_cancelled() {
            return Ok(done);
        }
    }
}

async fn due(app: &AppState, calls_out: bool) -> store::Result<Vec<Pending>> {
    actions::due(&mut app.store.read().await?, calls_out, app.clock.now(), ROUND).await
}

/// How many there were; one that the database did not let through keeps no other from being done, and is
/// tried again in the next round.
pub fn all(ended: Vec<store::Result<()>>) -> store::Result<usize> {
    let count = ended.len();
    ended.into_iter().collect::<store::Result<()>>().map(|()| count)
}
