//! Slots of concurrency limits whose holders do not renew their leases become free again.

use crate::app_state::AppState;
use crate::orchestration::concurrency;

use super::ROUND;

/// One round; how many leases it ended.
pub async fn tick(app: AppState) -> store::Result<usize> {
    let mut tx = app.store.write().await?;
    let ended = concurrency::reclaim(&mut tx, app.clock.now(), ROUND).await?;
    tx.commit().await?;
    Ok(ended)
}
