//! Feels the database's pulse: how long its shortest answer takes.

use std::time::Instant;

use crate::app_state::AppState;

/// What the pulse is noted under.
pub const DATABASE: &str = "database";

/// One round.
pub async fn tick(app: AppState) -> store::Result<usize> {
    let began = Instant::now();
    app.store.ping().await?;
    app.paces.note(DATABASE, app.clock.now(), began.elapsed());
    Ok(0)
}
