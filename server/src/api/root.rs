//! Health, versions, and the answers for routes that do not exist.

use super::docs::Docs;
use std::any::Any;
use std::sync::atomic::Ordering;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use domain::problem::Problem;
use serde_json::json;

use super::caller::Caller;
use super::error::{ApiError, causes};
use crate::app_state::AppState;

/// The version of the REST API that both majors speak.
const API_VERSION: &str = "0.8.4";

/// Routes directly below `/api`.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/health", get(async || Json(true)))
        .route("/hello", get(async || Json("👋")))
        .route("/version", get(async || Json(API_VERSION)))
        .route("/ready", get(ready))
        .route("/admin/version", get(admin_version))
}

/// What `/docs` tells of them.
pub fn describe(docs: &mut Docs) {
    docs.tag("Server");
    docs.get("/health", "Whether the server runs").gives::<bool>(200);
    docs.get("/ready", "Whether the database answers").gives_any(200, message()).gives_any(503, message());
    docs.get("/hello", "A greeting").gives::<String>(200);
    docs.get("/version", "The version of this API").gives::<String>(200);
    docs.get("/admin/version", "The version of Prefect that the caller is told").gives::<String>(200);
}

fn message() -> serde_json::Value {
    json!({ "type": "object", "properties": { "message": { "type": "string" } }, "required": ["message"] })
}

/// 200 when the database answers and the directory that the server applies was applied.
async fn ready(State(app): State<AppState>) -> Response {
    match app.store.ping().await {
        Ok(()) if !app.applied.load(Ordering::Acquire) => {
            let text = "The server's directory is not applied yet: its log says what is missing";
            (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "message": text }))).into_response()
        }
        Ok(()) => Json(json!({ "message": "OK" })).into_response(),
        Err(error) => {
            tracing::warn!(error = %causes(&error), "the database does not answer");
            (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "message": "Database is not available" }))).into_response()
        }
    }
}

/// Every 3.x process refuses a server of another major, so each caller is told its own. A 3.x client also
/// warns in every run's log when the server is older than itself, so newer 3.x clients hear their version.
async fn admin_version(caller: Caller) -> Response {
    let ours = caller.major.server_version();
    match caller.version {
        Some((3, minor, patch)) if (minor, patch) > (8, 8) => caller.ok(&format!("3.{minor}.{patch}")),
        _ => caller.ok(ours),
    }
}

/// No such route.
pub async fn unknown_route() -> ApiError {
    ApiError::not_found("Not Found")
}

/// The route exists for another method.
pub async fn wrong_method() -> ApiError {
    ApiError::Detail(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed".to_owned())
}

/// A handler panicked: the connection lives on, the log has the message.
pub fn panicked(panic: Box<dyn Any + Send>) -> Response {
    let text =
        panic.downcast_ref::<String>().cloned().or_else(|| panic.downcast_ref::<&str>().map(|t| (*t).to_owned()));
    tracing::error!(panic = text.unwrap_or_default(), "a handler panicked");
    (StatusCode::INTERNAL_SERVER_ERROR, Json(Problem::exception("Internal Server Error"))).into_response()
}
