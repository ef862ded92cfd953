//! `/api/reeve`: what the dashboard asks beyond Prefect's API.

mod changes;
pub mod live;
pub mod logs;

use axum::Router;

use crate::app_state::AppState;

/// Routes below `/api/reeve`.
pub fn routes() -> Router<AppState> {
    Router::new().merge(live::routes()).merge(logs::routes())
}
