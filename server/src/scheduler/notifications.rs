//! Sends what Prefect 2's notification policies want told.

use futures::StreamExt;

use super::ROUND;
use super::automation_actions::{AT_ONCE, all};
use crate::app_state::AppState;
use crate::orchestration::notification_policies::send;

/// One round, several messages at once; how many were dealt with.
pub async fn tick(app: AppState) -> store::Result<usize> {
    let now = app.clock.now();
    let due = store::notification_policies::due(&mut app.store.read().await?, now, ROUND).await?;
    let messages = due.iter().map(|notification| send(&app, notification)).collect::<Vec<_>>();
    all(futures::stream::iter(messages).buffer_unordered(AT_ONCE).collect().await)
}
