//! Somebody on the loopback network who is called, and remembers it.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use tokio_util::sync::CancellationToken;

/// A call that came.
#[derive(Debug, Clone)]
pub struct Call {
    pub method: Method,
    pub path: String,
    pub headers: HeaderMap,
    pub body: String,
}

type Calls = Arc<Mutex<Vec<Call>>>;

/// Dropping it ends it.
pub struct Receiver {
    pub address: SocketAddr,
    calls: Calls,
    stopping: CancellationToken,
}

impl Receiver {
    /// Answers every call with 200 and `thanks`, but those whose path is a status.
    pub async fn start() -> Receiver {
        let calls = Calls::default();
        let router = Router::new().fallback(receive).with_state(calls.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let stopping = CancellationToken::new();
        #[expect(clippy::disallowed_methods, reason = "somebody else's server")]
        tokio::spawn(server::serve::serve(listener, router, Duration::from_secs(60), stopping.clone()));
        Receiver { address, calls, stopping }
    }

    /// An address of it.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The calls since the last time.
    pub fn calls(&self) -> Vec<Call> {
        std::mem::take(&mut *self.calls.lock().expect("nobody panicked"))
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.stopping.cancel();
    }
}

async fn receive(
    State(calls): State<Calls>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, &'static str) {
    let body = String::from_utf8_lossy(&body).into_owned();
    let status = uri.path().trim_start_matches('/').parse().unwrap_or(StatusCode::OK);
    calls.lock().expect("nobody panicked").push(Call { method, path: uri.to_string(), headers, body });
    (status, "thanks")
}
