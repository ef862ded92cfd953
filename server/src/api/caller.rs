//! Who asks: which Prefect generation, and answers in its shape.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::Major;
use serde::Serialize;
use std::convert::Infallible;

use crate::app_state::AppState;
use crate::orchestration::Asked;

/// What the request says about its sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caller {
    /// Decides shapes and rules; callers that are no Prefect client count as 3.x.
    pub major: Major,
    /// The client's version, when the User-Agent is `prefect/<version> (API …)`.
    pub version: Option<(u64, u64, u64)>,
}

impl Caller {
    /// Reads the User-Agent that both Python clients send.
    pub fn of(headers: &HeaderMap) -> Self {
        let agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let version = agent.strip_prefix("prefect/").and_then(version);
        let major = if version.is_some_and(|(major, ..)| major < 3) { Major::V2 } else { Major::V3 };
        Caller { major, version }
    }

    /// The caller's facts for a decision that is made now.
    pub fn asks(&self, app: &AppState) -> Asked {
        Asked { major: self.major, version: self.version, at: app.clock.now() }
    }

    /// What it is, in words: `Prefect 3.8.8`.
    pub fn called(&self) -> String {
        match self.version {
            Some((major, minor, patch)) => format!("Prefect {major}.{minor}.{patch}"),
            None => "a client of the API".to_owned(),
        }
    }

    /// 200 with `value` in the caller's shape.
    pub fn ok(&self, value: &(impl Serialize + ?Sized)) -> Response {
        self.answer(StatusCode::OK, value)
    }

    /// 201 when the thing is new, 200 when it was there.
    pub fn created(&self, value: &(impl Serialize + ?Sized), is_new: bool) -> Response {
        self.answer(if is_new { StatusCode::CREATED } else { StatusCode::OK }, value)
    }

    /// Any status with `value` in the caller's shape.
    pub fn answer(&self, status: StatusCode, value: &(impl Serialize + ?Sized)) -> Response {
        match self.major.scope(|| serde_json::to_vec(value)) {
            Ok(body) => (status, [(header::CONTENT_TYPE, "application/json")], body).into_response(),
            Err(error) => {
                tracing::error!(%error, "an answer could not be written as JSON");
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
        }
    }
}

/// `3.8.8 (API 0.8.4)` → (3, 8, 8); what follows the digits of the patch number is left out.
fn version(text: &str) -> Option<(u64, u64, u64)> {
    let mut numbers = text.split(' ').next()?.splitn(3, '.');
    let mut next = || {
        let part = numbers.next()?;
        let digits = part.find(|c: char| !c.is_ascii_digit()).map_or(part, |end| &part[..end]);
        digits.parse().ok()
    };
    Some((next()?, next()?, next()?))
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Caller::of(&parts.headers))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn the_user_agent_tells_the_major() {
        let cases = [
            ("prefect/2.20.26 (API 0.8.4)", Major::V2, Some((2, 20, 26))),
            ("prefect/3.8.8 (API 0.8.4)", Major::V3, Some((3, 8, 8))),
            ("prefect/3.0.0rc20 (API 0.8.4)", Major::V3, Some((3, 0, 0))),
            ("curl/8.0", Major::V3, None),
            ("", Major::V3, None),
        ];
        for (agent, major, version) in cases {
            let headers = HeaderMap::from_iter([(header::USER_AGENT, HeaderValue::from_static(agent))]);
            assert_eq!(Caller::of(&headers), Caller { major, version }, "{agent}");
        }
    }
}
