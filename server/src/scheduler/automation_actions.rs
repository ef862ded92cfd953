//! Carries out what automations have queued.

use futures::StreamExt;
use store::automations::actions::{self, Pending};

use super::ROUND;
use crate::app_state::AppState;
use crate::orchestration::automations::carry_out;

/// So many calls are made at once.
const AT_ONCE: usize = 16;

/// One round of the actions that change what the server keeps, one after the other; how many.
pub async fn tick(app: AppState) -> store::Result<usize> {
    let due = due(&app, false).await?;
    for pending in &due {
        carry_out::inside(&app, pending).await?;
    }
    Ok(due.len())
}

/// One round of the actions that call out, several at once; how many.
pub async fn call_out(app: AppState) -> store::Result<usize> {
    let due = due(&app, true).await?;
    let calls = due.iter().map(|pending| carry_out::outside(&app, pending)).collect::<Vec<_>>();
    let ended: Vec<_> = futures::stream::iter(calls).buffer_unordered(AT_ONCE).collect().await;
    ended.into_iter().collect::<store::Result<Vec<()>>>()?;
    Ok(due.len())
}

async fn due(app: &AppState, calls_out: bool) -> store::Result<Vec<Pending>> {
    actions::due(&mut app.store.read().await?, calls_out, app.clock.now(), ROUND).await
}
