//! `/api/flow_run_notification_policies`, which Prefect 2's dashboard lists. There are none here: nothing
//! would send the notifications.

use axum::Router;
use axum::routing::{get, post};
use domain::Major;

use super::caller::Caller;
use super::error::{ApiError, Result};
use super::root::unknown_route;
use crate::app_state::AppState;

/// Routes below `/api/flow_run_notification_policies`.
pub fn routes() -> Router<AppState> {
    Router::new().route("/filter", post(filter)).route("/{id}", get(read))
}

async fn filter(caller: Caller) -> Result {
    if caller.major == Major::V3 {
        return Err(unknown_route().await);
    }
    Ok(caller.ok(&serde_json::json!([])))
}

async fn read(caller: Caller) -> ApiError {
    match caller.major {
        Major::V2 => ApiError::not_found("Flow run notification policy not found"),
        Major::V3 => unknown_route().await,
    }
}
