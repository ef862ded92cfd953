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

/// Refuses what another site's page makes a browser send: writes, and websockets, whose `Origin` is not
/// this server. Clients that are no browsers send no `Origin`.
pub async fn same_origin(request: Request, next: Next) -> Response {
    let reads = request.method().is_safe() && !is_websocket(request.headers());
    if reads || is_same_origin(request.headers()) {
        return next.run(request).await;
    }
    let text =
        "This request comes from a page of another site. Open the dashboard at the address that this server has.";
    ApiError::Detail(StatusCode::FORBIDDEN, text.to_owned()).into_response()
}

fn is_same_origin(headers: &HeaderMap) -> bool {
    let text = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let Some(origin) = text(header::ORIGIN) else {
        return true;
    };
    let host = origin.split_once("://").map_or(origin, |(_, host)| host);
    // Behind a proxy the Host may be an inner one; the proxy says which one the browser used.
    let forwarded = headers.get("x-forwarded-host").and_then(|value| value.to_str().ok());
    text(header::HOST) == Some(host) || forwarded == Some(host)
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
        Some(parts) if parts.len() == 3 && parts.as_slice() < OLDEST.as_slice() => {
            Err(format!("The request specified API version {sent} but this server requires version 0.8.0 or higher."))
        }
        Some(parts) if parts.len() == 3 => Ok(()),
        _ => Err(format!(
            "Invalid X-PREFECT-API-VERSION header format.Expected header in format 'x.y.z' but received {sent}"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn only_pages_of_this_server_may_write() {
        let cases = [
            (None, "reeve:4200", true),
            (Some("http://reeve:4200"), "reeve:4200", true),
            (Some("https://reeve:4200"), "reeve:4200", true),
            (Some("http://evil.example"), "reeve:4200", false),
            (Some("http://reeve:4201"), "reeve:4200", false),
            (Some("null"), "reeve:4200", false),
        ];
        for (origin, host, allowed) in cases {
            let mut headers = HeaderMap::from_iter([(header::HOST, HeaderValue::from_static(host))]);
            if let Some(origin) = origin {
                headers.insert(header::ORIGIN, HeaderValue::from_static(origin));
            }
            assert_eq!(is_same_origin(&headers), allowed, "{origin:?} on {host}");
        }
    }

    #[test]
    fn versions_below_0_8_and_texts_that_are_none_are_refused() {
        for (sent, accepted) in
            [("0.8.4", true), ("9.9.9", true), ("0.8.0", true), ("0.7.9", false), ("abc", false), ("1.2", false)]
        {
            assert_eq!(check_version(sent).is_ok(), accepted, "{sent}");
        }
    }

    #[test]
    fn basic_credentials_are_compared_whole() {
        let with =
            |text: &str| HeaderMap::from_iter([(header::AUTHORIZATION, HeaderValue::from_str(text).expect("ascii"))]);
        assert!(carries(&with(&format!("Basic {}", STANDARD.encode("admin:pass"))), "admin:pass"));
        assert!(!carries(&with(&format!("Basic {}", STANDARD.encode("admin:pas"))), "admin:pass"));
        assert!(!carries(&with("Bearer admin:pass"), "admin:pass"));
        assert!(!carries(&HeaderMap::new(), "admin:pass"));
    }
}
