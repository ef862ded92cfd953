//! Inside the server: the request object goes straight to the router, authentication included.

use async_trait::async_trait;
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, header};
use http_body_util::BodyExt;
use tower::ServiceExt;

use super::{Call, Reply, Transport};
use crate::{ClientError, Result};

/// The server's own router, and the headers that say on whose behalf it is asked.
pub struct InProcess {
    router: Router,
    headers: HeaderMap,
}

impl InProcess {
    /// `headers` go onto every call: a visitor's cookie and authorization while a page is rendered, or
    /// the server's own credentials for what it hosts.
    pub fn new(router: Router, headers: HeaderMap) -> Self {
        InProcess { router, headers }
    }
}

#[async_trait]
impl Transport for InProcess {
    async fn send(&self, call: Call) -> Result<Reply> {
        let mut request = Request::builder()
            .method(call.method)
            .uri(&call.path)
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(call.body.unwrap_or_default()))
            .map_err(|error| ClientError::Unexpected(error.to_string()))?;
        request.headers_mut().extend(self.headers.clone());
        let response = match self.router.clone().oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        };
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.map_err(|error| ClientError::Unreachable(error.to_string()))?;
        Ok(Reply { status, body: body.to_bytes() })
    }
}
