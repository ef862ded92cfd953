//! `/api/automations`: there are none, and the questions that Prefect 3's commands ask are answered so.
//!
//! `prefect deployment inspect` asks which automations watch the deployment, and `prefect deploy` clears
//! those that belong to it. Creating one is not offered: the route does not exist.

use axum::http::StatusCode;
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::app_state::AppState;

/// Routes below `/api/automations`.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/filter", post(none))
        .route("/count", post(async || Json(0)))
        .route("/related-to/{resource_id}", get(none))
        // 202, since Prefect clears them in the background.
        .route("/owned-by/{resource_id}", delete(async || StatusCode::ACCEPTED))
}

/// An empty list.
async fn none() -> Json<Value> {
    Json(json!([]))
}
