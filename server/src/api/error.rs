//! The one place where errors become status codes and the bodies that Prefect's clients know.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::problem::Problem;
use serde_json::Value;
use store::StoreError;

use crate::orchestration::refusal::Refusal;

/// Why a request is refused or failed.
#[derive(Debug)]
pub enum ApiError {
    /// 404 `{"detail": text}`.
    NotFound(String),
    /// Any status with `{"detail": text}`.
    Detail(StatusCode, String),
    /// 422: the request does not fit its schema; items as the caller's major prints them.
    Invalid { items: Vec<Value>, body: Value },
    /// 423 with the seconds after which to come again.
    Locked { retry_after: f64 },
    /// Any status with any body.
    Problem(StatusCode, Box<Problem>),
    /// The store said no or failed.
    Store(StoreError),
}

/// What handlers give.
pub type Result<T = Response> = std::result::Result<T, ApiError>;

impl ApiError {
    /// 404 `{"detail": text}`.
    pub fn not_found(text: impl Into<String>) -> Self {
        ApiError::NotFound(text.into())
    }

    /// Any status with any body.
    pub fn problem(status: StatusCode, problem: Problem) -> Self {
        ApiError::Problem(status, Box::new(problem))
    }

    /// 409 `{"detail": text}`.
    pub fn conflict(text: impl Into<String>) -> Self {
        ApiError::Detail(StatusCode::CONFLICT, text.into())
    }

    /// 409 with what both real servers say when the database refuses.
    pub fn integrity() -> Self {
        ApiError::conflict(INTEGRITY)
    }

    /// 422 `{"detail": text}`: a rule of the business, not of the schema.
    pub fn unprocessable(text: impl Into<String>) -> Self {
        ApiError::Detail(StatusCode::UNPROCESSABLE_ENTITY, text.into())
    }

    /// 400 `{"detail": text}`.
    pub fn bad_request(text: impl Into<String>) -> Self {
        ApiError::Detail(StatusCode::BAD_REQUEST, text.into())
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        ApiError::Store(error)
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NotFound(text) => ApiError::NotFound(text),
            Refusal::Unreadable(text) => ApiError::bad_request(text),
            Refusal::Invalid(text) => ApiError::unprocessable(text),
            Refusal::Conflict(text) => ApiError::conflict(text),
            Refusal::Reserved(text) => ApiError::Detail(StatusCode::FORBIDDEN, text),
            Refusal::Store(error) => ApiError::Store(error),
        }
    }
}

/// Seconds after which a client may try again what the database could not do. Prefect's try five times: together
/// that is as long as a database takes to start.
const TRY_AGAIN: &str = "10";

/// What both real servers say for a violated key.
const INTEGRITY: &str = "Data integrity conflict. This usually means a unique or foreign key constraint was \
                         violated. See server logs for details.";

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let (status, problem) = match self {
            ApiError::NotFound(text) => (StatusCode::NOT_FOUND, Problem::detail(text)),
            ApiError::Detail(status, text) => (status, Problem::detail(text)),
            ApiError::Invalid { items, body } => (
                StatusCode::UNPROCESSABLE_ENTITY,
                Problem {
                    exception_message: Some("Invalid request received.".to_owned()),
                    exception_detail: Some(Value::Array(items)),
                    request_body: Some(body),
                    detail: None,
                },
            ),
            ApiError::Problem(status, problem) => (status, *problem),
            ApiError::Locked { retry_after } => return locked(retry_after),
            ApiError::Store(error) => return store_problem(error),
        };
        (status, Json(problem)).into_response()
    }
}

fn locked(retry_after: f64) -> Response {
    let mut response = (StatusCode::LOCKED, Json(Problem::detail("Locked"))).into_response();
    if let Ok(seconds) = HeaderValue::from_str(&format!("{retry_after:?}")) {
        response.headers_mut().insert(header::RETRY_AFTER, seconds);
    }
    response
}

/// Clients retry 503 and never 500: what may pass must be a 503. The causes go to the log, once.
fn store_problem(error: StoreError) -> Response {
    match error {
        StoreError::Conflict(constraint) => {
            tracing::info!(%constraint, "a write was refused by a constraint");
            (StatusCode::CONFLICT, Json(Problem::detail(INTEGRITY))).into_response()
        }
        StoreError::Busy(_) => {
            tracing::warn!(error = %causes(&error), "the database cannot do it now");
            let later = [(header::RETRY_AFTER, TRY_AGAIN)];
            (StatusCode::SERVICE_UNAVAILABLE, later, Json(Problem::exception("Service Unavailable"))).into_response()
        }
        StoreError::Corrupt { .. } | StoreError::Migrate(_) | StoreError::Db(_) => {
            tracing::error!(error = %causes(&error), "a request failed");
            let problem = Problem::exception("Internal Server Error");
            (StatusCode::INTERNAL_SERVER_ERROR, Json(problem)).into_response()
        }
    }
}

/// The error and what caused it, in one line.
pub fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
