//! In the browser: a fetch to the server that the page came from.

use async_trait::async_trait;
use gloo_net::http::RequestBuilder;
use send_wrapper::SendWrapper;

use super::{Call, Reply, Transport};
use crate::{ClientError, Result};

/// Fetches relative to the page, so that a proxy in front changes nothing.
pub struct Browser;

#[async_trait]
impl Transport for Browser {
    async fn send(&self, call: Call) -> Result<Reply> {
        // Browser futures are not Send; there is one thread, so the wrapper never panics.
        SendWrapper::new(fetch(call)).await
    }
}

async fn fetch(call: Call) -> Result<Reply> {
    let unreachable = |error: gloo_net::Error| ClientError::Unreachable(error.to_string());
    let builder = RequestBuilder::new(&call.path).method(call.method).header("Content-Type", "application/json");
    let request = match call.body {
        Some(body) => builder.body(String::from_utf8_lossy(&body).into_owned()),
        None => builder.build(),
    };
    let response = request.map_err(unreachable)?.send().await.map_err(unreachable)?;
    let status = response.status();
    let body = response.binary().await.map_err(unreachable)?;
    Ok(Reply { status, body: body.into() })
}
