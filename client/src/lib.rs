//! Typed calls of the public REST API; everything outside of the server's core goes through here.
//!
//! The dashboard (while it is rendered and in the browser), workers, the command line and the tests use
//! these functions: one file a noun, one function a route. How a call travels is the transport's business.

pub mod concurrency_limits;
pub mod deploy;
pub mod deployments;
pub mod dry_run;
#[cfg(not(target_arch = "wasm32"))]
pub mod event_stream;
pub mod events;
pub mod flow_runs;
pub mod flows;
pub mod json;
pub mod logs;
pub mod now;
pub mod origins;
#[cfg(not(target_arch = "wasm32"))]
pub mod outgoing;
pub mod task_runs;
pub mod transport;
pub mod work_pools;

use std::sync::Arc;

use domain::problem::Problem;
use http::Method;
use serde::Serialize;
use serde::de::DeserializeOwned;

pub use transport::{Call, Reply, Transport};

/// A way to reach one server's API. Cheap to clone.
#[derive(Clone)]
pub struct Client {
    transport: Arc<dyn Transport>,
}

/// Why a call gave no value.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ClientError {
    /// The server was not reached, or the connection broke. Worth another try.
    #[error("cannot reach the server: {0}")]
    Unreachable(String),
    /// The server answered with an error status.
    #[error("{}", problem.sentence())]
    Refused {
        /// HTTP status, 400 to 599.
        status: u16,
        /// The body, as far as it was one of the known shapes.
        problem: Box<Problem>,
    },
    /// The server answered something that is not what this route answers.
    #[error("unexpected answer: {0}")]
    Unexpected(String),
}

impl ClientError {
    /// An answer with an error status and a sentence.
    #[cfg(not(target_arch = "wasm32"))]
    pub(crate) fn refused(status: u16, sentence: &str) -> ClientError {
        ClientError::Refused { status, problem: Box::new(Problem::detail(sentence)) }
    }

    /// The HTTP status, when there was an answer.
    pub fn status(&self) -> Option<u16> {
        match self {
            ClientError::Refused { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// True for failures that may pass: no connection, 408, 429, 502, 503.
    pub fn is_transient(&self) -> bool {
        match self {
            ClientError::Unreachable(_) => true,
            ClientError::Refused { status, .. } => matches!(status, 408 | 429 | 502 | 503),
            ClientError::Unexpected(_) => false,
        }
    }
}

/// What a call gives.
pub type Result<T> = std::result::Result<T, ClientError>;

impl Client {
    /// A client that sends its calls through `transport`.
    pub fn new(transport: impl Transport + 'static) -> Self {
        Client { transport: Arc::new(transport) }
    }

    /// `GET path`; 404 is `None`.
    pub async fn get<R: DeserializeOwned>(&self, path: &str) -> Result<Option<R>> {
        match self.answer(Method::GET, path, None).await {
            Ok(reply) => reply.json().map(Some),
            Err(error) if error.status() == Some(404) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// `GET path` of something that always exists.
    pub async fn fetch<R: DeserializeOwned>(&self, path: &str) -> Result<R> {
        self.answer(Method::GET, path, None).await?.json()
    }

    /// `GET path` of a text.
    pub async fn text(&self, path: &str) -> Result<String> {
        let reply = self.answer(Method::GET, path, None).await?;
        Ok(String::from_utf8_lossy(&reply.body).into_owned())
    }

    /// `POST path` with a JSON body and a JSON answer.
    pub async fn post<R: DeserializeOwned>(&self, path: &str, body: &(impl Serialize + ?Sized)) -> Result<R> {
        self.answer(Method::POST, path, Some(encode(body)?)).await?.json()
    }

    /// Any method with an optional JSON body; the answer's body is not looked at.
    pub async fn send<B: Serialize + ?Sized>(&self, method: Method, path: &str, body: Option<&B>) -> Result<()> {
        let body = body.map(encode).transpose()?;
        self.answer(method, path, body).await.map(drop)
    }

    /// `PATCH path` with a JSON body.
    pub async fn patch(&self, path: &str, body: &(impl Serialize + ?Sized)) -> Result<()> {
        self.send(Method::PATCH, path, Some(body)).await
    }

    /// `DELETE path`.
    pub async fn delete(&self, path: &str) -> Result<()> {
        self.send::<()>(Method::DELETE, path, None).await
    }

    /// The answer as it came; statuses from 400 on are errors.
    pub async fn answer(&self, method: Method, path: &str, body: Option<Vec<u8>>) -> Result<Reply> {
        let reply = self.transport.send(Call { method, path: format!("/api{path}"), body }).await?;
        if reply.status < 400 {
            return Ok(reply);
        }
        let problem = json::decode(&reply.body).unwrap_or_else(|_| {
            Problem::detail(String::from_utf8_lossy(&reply.body).chars().take(500).collect::<String>())
        });
        Err(ClientError::Refused { status: reply.status, problem: Box::new(problem) })
    }
}

fn encode(body: &(impl Serialize + ?Sized)) -> Result<Vec<u8>> {
    serde_json::to_vec(body).map_err(|error| ClientError::Unexpected(error.to_string()))
}

impl Reply {
    /// Reads the body as JSON; an empty body counts as `null`.
    pub fn json<R: DeserializeOwned>(&self) -> Result<R> {
        let text: &[u8] = if self.body.is_empty() { b"null" } else { &self.body };
        json::decode(text).map_err(ClientError::Unexpected)
    }
}

/// A path segment with everything escaped that would end it.
pub fn segment(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => escaped.push(byte as char),
            _ => escaped.push_str(&format!("%{byte:02X}")),
        }
    }
    escaped
}
