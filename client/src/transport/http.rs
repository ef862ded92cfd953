//! Over the network: remote workers and the command line.

use std::time::Duration;

use async_trait::async_trait;
use reqwest::header::{self, HeaderMap, HeaderName, HeaderValue};

use super::{Call, Reply, Transport};
use crate::{ClientError, Result};

/// Connections that are kept for the next call: a burst of calls opens more, which are not needed after it.
const IDLE: usize = 32;

/// An HTTP connection pool to one server.
pub struct Http {
    http: reqwest::Client,
    base: String,
    more: HeaderMap,
}

/// How to show who we are.
#[derive(Debug, Clone, Default)]
pub enum Credentials {
    #[default]
    None,
    /// `user:password`, the form of `PREFECT_API_AUTH_STRING`.
    Basic(String),
    /// An API key.
    Bearer(String),
}

impl Http {
    /// `api_url` is what users put into `PREFECT_API_URL`: it ends in `/api`.
    pub fn new(api_url: &str, credentials: &Credentials) -> Result<Self> {
        let base = api_url.trim_end_matches('/');
        let base = base.strip_suffix("/api").unwrap_or(base).to_owned();
        Ok(Http { http: web_client(credentials, Some(Duration::from_secs(90)))?, base, more: HeaderMap::new() })
    }
}

impl Http {
    /// The same with headers of one's own in every call.
    pub fn with_headers(api_url: &str, credentials: &Credentials, more: Vec<(String, String)>) -> Result<Self> {
        let mut http = Http::new(api_url, credentials)?;
        let no_header = |name: &str| ClientError::Unexpected(format!("{name:?} is no header"));
        for (name, value) in more {
            let key = HeaderName::from_bytes(name.as_bytes()).map_err(|_| no_header(&name))?;
            http.more.insert(key, HeaderValue::from_str(&value).map_err(|_| no_header(&name))?);
        }
        Ok(http)
    }
}

/// A client that shows these credentials with every call; `timeout` is for a whole call with its answer.
pub(crate) fn web_client(credentials: &Credentials, timeout: Option<Duration>) -> Result<reqwest::Client> {
    install_cryptography();
    let mut client = reqwest::Client::builder()
        .default_headers(headers(credentials)?)
        .user_agent(concat!("reeve/", env!("CARGO_PKG_VERSION")))
        .pool_max_idle_per_host(IDLE)
        .connect_timeout(Duration::from_secs(10));
    if let Some(timeout) = timeout {
        client = client.timeout(timeout);
    }
    client.build().map_err(|error| ClientError::Unexpected(error.to_string()))
}

/// Chooses the cryptography of the process, unless that is done.
pub(crate) fn install_cryptography() {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // Err means that somebody else installed one in between, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
}

fn headers(credentials: &Credentials) -> Result<HeaderMap> {
    use base64::Engine;
    let mut headers = HeaderMap::new();
    let text = match credentials {
        Credentials::None => return Ok(headers),
        Credentials::Basic(pair) => format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair)),
        Credentials::Bearer(key) => format!("Bearer {key}"),
    };
    let mut value = HeaderValue::from_str(&text)
        .map_err(|_| ClientError::Unexpected("the credentials hold a line break".into()))?;
    value.set_sensitive(true);
    headers.insert(header::AUTHORIZATION, value);
    Ok(headers)
}

#[async_trait]
impl Transport for Http {
    async fn send(&self, call: Call) -> Result<Reply> {
        let mut request =
            self.http.request(call.method, format!("{}{}", self.base, call.path)).headers(self.more.clone());
        if let Some(body) = call.body {
            request = request.header(header::CONTENT_TYPE, "application/json").body(body);
        }
        let unreachable = |error: reqwest::Error| ClientError::Unreachable(chain(&error));
        let response = request.send().await.map_err(unreachable)?;
        let status = response.status().as_u16();
        let body = response.bytes().await.map_err(unreachable)?;
        Ok(Reply { status, body })
    }
}

/// The error and its causes in one line; the cause is what tells "refused" from "no such host".
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
