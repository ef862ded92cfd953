//! Lets the triggers of automations hear what happens, and notice what does not.

use crate::app_state::AppState;
use crate::orchestration::AfterCommit;
use crate::orchestration::automations::{listen, watch};

/// One round, until every waiting event is heard; how many were.
pub async fn tick(app: AppState) -> store::Result<usize> {
    let mut heard = 0;
    while !app.stopping.is_cancelled() && is_waiting(&app).await? {
        heard += hear_some(&app).await?;
    }
    Ok(heard)
}

/// Lets them hear the next few events; how many.
pub async fn hear_some(app: &AppState) -> store::Result<usize> {
    let mut after = AfterCommit::default();
    let mut tx = app.store.write().await?;
    let heard = listen::hear_next(&mut tx, app.clock.now(), &mut after).await?;
    tx.commit().await?;
    after.tell(&app.live);
    Ok(heard)
}

/// Whether there is an event to hear; asked without keeping anybody from writing.
async fn is_waiting(app: &AppState) -> store::Result<bool> {
    store::automations::queue::is_waiting(&mut app.store.read().await?, app.clock.now()).await
}

/// Looks at the triggers that notice absence, if there are any; how many.
pub async fn look(app: AppState) -> store::Result<usize> {
    if !store::automations::any_proactive(&mut app.store.read().await?).await? {
        return Ok(0);
    }
    let mut after = AfterCommit::default();
    let mut tx = app.store.write().await?;
    let looked = watch::look(&mut tx, app.clock.now(), &mut after).await?;
    tx.commit().await?;
    after.tell(&app.live);
    Ok(looked)
}

/// Forgets what triggers no longer need to know; how much.
pub async fn sweep(app: AppState) -> store::Result<usize> {
    let mut tx = app.store.write().await?;
    let swept = watch::sweep(&mut tx, app.clock.now()).await?;
    tx.commit().await?;
    Ok(swept as usize)
}
