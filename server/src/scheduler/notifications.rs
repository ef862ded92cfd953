//! Sends what Prefect 2's notification policies want told.

use super::ROUND;
use crate::app_state::AppState;
use crate::orchestration::notification_policies::send;

/// One round, one message after the other; how many were dealt with.
pub async fn tick(app: AppState) -> store::Result<usize> {
    let now = app.clock.now();
    let due = store::notification_policies::due(&mut app.store.read().await?, now, ROUND).await?;
    for notification in &due {
        if app.stopping.is_cancelled() {
            break;
        }
        send(&app, notification).await?;
    }
    Ok(due.len())
}
