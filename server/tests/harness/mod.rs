//! A server in this process on a fresh database, with a clock that stands still until it is moved.

pub mod each;
pub mod receiver;
pub mod replay;
pub mod socket;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::Router;
use axum::http::{HeaderMap, HeaderValue, Method, header};
use client::transport::in_process::InProcess;
use client::{Call, Client, Transport};
use domain::{Major, Timestamp, Uuid};
use serde_json::Value;
use server::app_state::{AppState, Policy};
use server::clock::Clock;
use store::Store;

/// When every test begins.
pub const START: &str = "2026-11-23T12:00:00Z";

/// The server under test. Dropping it ends its sockets.
pub struct Server {
    pub app: AppState,
    router: Router,
    now: Arc<AtomicI64>,
    _folder: Option<tempfile::TempDir>,
}

impl Server {
    /// A server with default settings.
    pub async fn start() -> Server {
        Server::with(Policy::default()).await
    }

    /// A server with these settings.
    pub async fn with(policy: Policy) -> Server {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let url = format!("sqlite://{}", folder.path().join("reeve.db").display());
        Server::over(Store::open(&url).await.expect("a new file"), policy, Some(folder))
    }

    /// A server over an open store, which may lie in `folder`.
    fn over(store: Store, policy: Policy, folder: Option<tempfile::TempDir>) -> Server {
        let start: Timestamp = START.parse().expect("a datetime");
        let now = Arc::new(AtomicI64::new(start.micros()));
        let told = now.clone();
        let clock = Clock::told_by(move || Timestamp::from_micros(told.load(Ordering::SeqCst)));
        let app = AppState { clock, ..AppState::new(store, policy) };
        Server { router: server::api::router(app.clone()), app, now, _folder: folder }
    }

    /// Lets time pass.
    pub fn pass(&self, seconds: f64) {
        self.now.fetch_add((seconds * 1e6) as i64, Ordering::SeqCst);
    }

    /// Lets time pass until so many seconds after the start; time does not run backwards.
    pub fn pass_until(&self, seconds: f64) {
        let start: Timestamp = START.parse().expect("a datetime");
        self.now.fetch_max(start.plus_seconds(seconds).micros(), Ordering::SeqCst);
    }

    /// The typed calls, as a Prefect client of that major makes them.
    pub fn client(&self, major: Major) -> Client {
        Client::new(self.transport(major))
    }

    /// One call; status and body as they are.
    pub async fn call(&self, major: Major, method: Method, path: &str, body: Option<Value>) -> (u16, Value) {
        let body = body.map(|body| body.to_string().into_bytes());
        let call = Call { method, path: format!("/api{path}"), body };
        let reply = self.transport(major).send(call).await.expect("an answer");
        let body = if reply.body.is_empty() { Value::Null } else { serde_json::from_slice(&reply.body).expect("JSON") };
        (reply.status, body)
    }

    /// One call without a body; status and text.
    pub async fn text(&self, major: Major, method: Method, path: &str) -> (u16, String) {
        let call = Call { method, path: format!("/api{path}"), body: None };
        let reply = self.transport(major).send(call).await.expect("an answer");
        (reply.status, String::from_utf8_lossy(&reply.body).into_owned())
    }

    /// `GET` as Prefect 3.
    pub async fn get(&self, path: &str) -> (u16, Value) {
        self.call(Major::V3, Method::GET, path, None).await
    }

    /// `POST` as Prefect 3.
    pub async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        self.call(Major::V3, Method::POST, path, Some(body)).await
    }

    fn transport(&self, major: Major) -> InProcess {
        let agent = format!("prefect/{} (API 0.8.4)", major.server_version());
        let mut headers = HeaderMap::new();
        headers.insert(header::USER_AGENT, HeaderValue::from_str(&agent).expect("a header"));
        InProcess::new(self.router.clone(), headers)
    }

    /// Listens on a free loopback port until the server stops.
    pub async fn listen(&self) -> SocketAddr {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let silence = std::time::Duration::from_secs(60);
        let serving = server::serve::serve(listener, self.router.clone(), silence, self.app.stopping.clone());
        self.app.sockets.spawn(serving);
        address
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.app.stopping.cancel();
    }
}

/// A fresh id.
pub fn id<T: From<Uuid>>() -> T {
    server::clock::new_id()
}

/// Asserts that `actual` is `expected`, where `"<id>"` stands for any UUID, `"<time>"` for any datetime and
/// `"<any>"` for anything. Objects must have the same keys.
#[track_caller]
pub fn assert_like(actual: &Value, expected: &Value) {
    if let Err(place) = like(actual, expected, "$") {
        panic!("differs at {place}\n  actual: {actual:#}\nexpected: {expected:#}");
    }
}

fn like(actual: &Value, expected: &Value, place: &str) -> Result<(), String> {
    let fits = match (actual, expected) {
        (_, Value::String(any)) if any == "<any>" => true,
        (Value::String(text), Value::String(any)) if any == "<id>" => text.parse::<Uuid>().is_ok(),
        (Value::String(text), Value::String(any)) if any == "<time>" => text.parse::<Timestamp>().is_ok(),
        (Value::Object(actual), Value::Object(expected)) => {
            let missing = expected.keys().find(|key| !actual.contains_key(*key));
            let extra = actual.keys().find(|key| !expected.contains_key(*key));
            if let Some(key) = missing.or(extra) {
                return Err(format!("{place}.{key}"));
            }
            for (key, value) in expected {
                like(&actual[key], value, &format!("{place}.{key}"))?;
            }
            true
        }
        (Value::Array(actual), Value::Array(expected)) if actual.len() == expected.len() => {
            for (n, (actual, expected)) in actual.iter().zip(expected).enumerate() {
                like(actual, expected, &format!("{place}[{n}]"))?;
            }
            true
        }
        _ => actual == expected,
    };
    if fits { Ok(()) } else { Err(place.to_owned()) }
}
