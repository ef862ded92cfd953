//! A websocket client as browsers and Prefect's clients are.

use std::net::SocketAddr;
use std::time::Duration;

use axum::http::{HeaderName, HeaderValue};
use futures::{SinkExt, StreamExt};
use serde::Serialize;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// An open connection.
pub struct Peer(WebSocketStream<MaybeTlsStream<TcpStream>>);

/// Connects with these headers; the status when the server refuses.
pub async fn connect(address: SocketAddr, path: &str, headers: &[(&'static str, &str)]) -> Result<Peer, u16> {
    let mut request = format!("ws://{address}/api{path}").into_client_request().expect("a request");
    for (name, value) in headers {
        request.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_str(value).expect("a header"));
    }
    match connect_async(request).await {
        Ok((stream, _)) => Ok(Peer(stream)),
        Err(tungstenite::Error::Http(response)) => Err(response.status().as_u16()),
        Err(error) => panic!("no answer: {error}"),
    }
}

impl Peer {
    /// Sends JSON.
    pub async fn say(&mut self, message: &impl Serialize) {
        let text = serde_json::to_string(message).expect("JSON");
        self.0.send(Message::text(text)).await.expect("the server reads");
    }

    /// The next JSON message; it must come within five seconds.
    pub async fn hear(&mut self) -> Value {
        loop {
            let next = tokio::time::timeout(Duration::from_secs(5), self.0.next()).await.expect("a message in time");
            match next.expect("the connection is open").expect("a frame") {
                Message::Text(text) => return serde_json::from_str(&text).expect("JSON"),
                Message::Close(frame) => panic!("closed: {frame:?}"),
                _ => {}
            }
        }
    }

    /// Whether nothing comes within `time`.
    pub async fn hears_nothing_for(&mut self, time: Duration) -> bool {
        let heard = async {
            while let Some(Ok(message)) = self.0.next().await {
                if matches!(message, Message::Text(_) | Message::Close(_)) {
                    return;
                }
            }
        };
        tokio::time::timeout(time, heard).await.is_err()
    }

    /// The code with which the server closes; other messages are passed over.
    pub async fn closed_with(&mut self) -> u16 {
        let code = async {
            loop {
                match self.0.next().await {
                    Some(Ok(Message::Close(frame))) => return frame.map_or(1005, |frame| frame.code.into()),
                    Some(Ok(_)) => {}
                    Some(Err(_)) | None => return 1006,
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(5), code).await.expect("closed in time")
    }

    /// Says goodbye and waits for the answer: whatever was sent is stored by then.
    pub async fn leave(mut self) {
        self.0.close(None).await.expect("the server reads");
        while let Some(Ok(_)) = self.0.next().await {}
    }
}
