//! One server's API as the generator sees it: JSON in, JSON out, any refusal is an error.

use anyhow::{Context, Result, ensure};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue, USER_AGENT};
use serde_json::Value;

/// Keep-alive connections to one server. Clones share them.
#[derive(Clone)]
pub struct Api {
    base: String,
    http: reqwest::Client,
}

impl Api {
    /// `base` is what `PREFECT_API_URL` would be; `agent` tells a server of both majors which one it speaks to.
    pub fn new(base: &str, agent: &str) -> Result<Api> {
        let mut headers = HeaderMap::new();
        headers.insert(USER_AGENT, HeaderValue::from_str(agent)?);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let http = reqwest::Client::builder().default_headers(headers).pool_max_idle_per_host(64).build()?;
        Ok(Api { base: base.trim_end_matches('/').to_owned(), http })
    }

    /// The websocket of `path`.
    pub fn socket(&self, path: &str) -> String {
        format!("ws{}{path}", self.base.trim_start_matches("http"))
    }

    /// `POST` of a value.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Value> {
        self.post_text(path, body.to_string()).await
    }

    /// `POST` of JSON that is text already.
    pub async fn post_text(&self, path: &str, body: String) -> Result<Value> {
        let request = self.http.post(format!("{}{path}", self.base)).body(body);
        read(path, request.send().await?).await
    }

    /// `GET` of a value.
    pub async fn get(&self, path: &str) -> Result<Value> {
        read(path, self.http.get(format!("{}{path}", self.base)).send().await?).await
    }

    /// The bytes of a file as brotli, from the root of the server.
    pub async fn compressed(&self, path: &str) -> Result<Vec<u8>> {
        let root = self.base.trim_end_matches("/api");
        let answer = self.http.get(format!("{root}{path}")).header("Accept-Encoding", "br").send().await?;
        Ok(answer.error_for_status()?.bytes().await?.to_vec())
    }

    /// The `id` of what a `POST` made.
    pub async fn made(&self, path: &str, body: &Value) -> Result<String> {
        let made = self.post(path, body).await?;
        Ok(made["id"].as_str().with_context(|| format!("{path} gave no id: {made}"))?.to_owned())
    }
}

async fn read(path: &str, answer: reqwest::Response) -> Result<Value> {
    let status = answer.status();
    let text = answer.text().await?;
    ensure!(status.is_success(), "{path}: {status} {}", text.chars().take(300).collect::<String>());
    if text.is_empty() { Ok(Value::Null) } else { Ok(serde_json::from_str(&text)?) }
}
