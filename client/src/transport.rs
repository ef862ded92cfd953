//! How a call travels: one trait, and a file for each way.

#[cfg(target_arch = "wasm32")]
pub mod browser;
#[cfg(not(target_arch = "wasm32"))]
pub mod http;
#[cfg(not(target_arch = "wasm32"))]
pub mod in_process;

use ::http::Method;
use async_trait::async_trait;
use bytes::Bytes;

use crate::Result;

/// A request on its way.
#[derive(Debug, Clone)]
pub struct Call {
    pub method: Method,
    /// Path and query, beginning with `/api`.
    pub path: String,
    /// JSON text.
    pub body: Option<Vec<u8>>,
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Reply {
    pub status: u16,
    pub body: Bytes,
}

/// Carries calls to a server. An `Err` means that no answer came; every answer is an `Ok`.
#[async_trait]
pub trait Transport: Send + Sync {
    /// Sends one call and waits for the whole answer.
    async fn send(&self, call: Call) -> Result<Reply>;
}
