//! What every request passes: who may come in, and with which version of the API.

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::problem::Problem;
use subtle::ConstantTimeEq;

use super::error::ApiError;
use crate::app_state::AppState;

/// Open to everybody: probes of load balancers know no password.
const OPEN: [&str; 2] = ["/api/health", "/api/ready"];

/// The oldest API version of a client that is let in.
const OLDEST: [u64; 3] = [0, 8, 0];

/// Basic authentication, when an auth string is set. Websockets authenticate in their first frame.
pub async fn authorized(State(app): State<AppState>, request: Request, next: Next) -> Response {
    let Some(expected) = &app.policy.auth_string else {
        return next.run(request).await;
    };
    let open = OPEN.contains(&request.uri().path()) || is_websocket(request.headers());
    if open || carries(request.headers(), expected) {
        return next.run(request).await;
    }
    let mut refusal = (StatusCode::UNAUTHORIZED, Json(Problem::exception("Unauthorized"))).into_response();
    refusal.headers_mut().insert(header::WWW_AUTHENTICATE, header::HeaderValue::from_static("Basic realm=\"Reeve\""));
    refusal
}

fn is_websocket(headers: &HeaderMap) -> bool {
    headers.get(header::UPGRADE).is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"websocket"))
}

/// Whether the headers carry `expected` (`user:password`); compared in constant time.
pub fn carries(headers: &HeaderMap, expected: &str) -> bool {
    let sent = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Basic "))
        .and_then(|encoded| STANDARD.decode(encoded.trim()).ok());
    sent.is_some_and(|sent| sent.ct_eq(expected.as_bytes()).into())
}

/// Prefect's version gate: no header is fine, an unreadable or too old one is 400.
pub async fn api_version(request: Request, next: Next) -> Response {
    let outside = ["/api/health", "/api/version"].contains(&request.uri().path());
    match request.headers().get("x-prefect-api-version") {
        Some(sent) if !outside => match check_version(&String::from_utf8_lossy(sent.as_bytes())) {
            Ok(()) => next.run(request).await,
            Err(text) => ApiError::bad_request(text).into_response(),
        },
        _ => next.run(request).await,
    }
}

fn check_version(sent: &str) -> Result<(), String> {
    let parts: Option<Vec<u64>> = sent.split('.').map(|part| part.parse().ok()).collect();
    match parts {
        Some(parts) if parts.len() == 3 && parts.as_slice() < OLDEST.as_slice() => Err(format!(
            "The request specified API version {sent} but this server requires version 0.8.0 or higher."
        )),
        Some(parts) if parts.len() == 3 => Ok(()),
        _ => Err(format!(
            "Invalid X-PREFECT-API-VERSION header format.Expected header in format 'x.y.z' but received {sent}"
        )),
    }
}
