//! Measures the database now and then, so that its growth can be told.

use store::sizes::samples;

use crate::app_state::AppState;

/// How long samples are kept, in seconds.
const KEPT: f64 = 30.0 * 86_400.0;

/// One round; how many samples it took.
pub async fn tick(app: AppState) -> store::Result<usize> {
    let now = app.clock.now();
    let measured = samples::measure(&mut app.store.read().await?, now).await?;
    let mut tx = app.store.write().await?;
    samples::keep(&mut tx, &measured).await?;
    samples::forget(&mut tx, now.plus_seconds(-KEPT)).await?;
    tx.commit().await?;
    Ok(measured.len())
}
