//! Events are kept for a week.

use crate::app_state::AppState;

/// How long events are kept, in seconds; Prefect's default.
pub const KEPT: f64 = 7.0 * 86_400.0;

/// Events that one transaction deletes: few, so that nobody waits long.
const BATCH: i64 = 1000;

/// One round; how many events it deleted.
pub async fn tick(app: AppState) -> store::Result<usize> {
    let before = app.clock.now().plus_seconds(-KEPT);
    let mut deleted = 0;
    while !app.stopping.is_cancelled() {
        let mut tx = app.store.write().await?;
        let batch = store::events::delete_before(&mut tx, before, BATCH).await?;
        tx.commit().await?;
        deleted += batch as usize;
        if batch == 0 {
            break;
        }
    }
    Ok(deleted)
}
