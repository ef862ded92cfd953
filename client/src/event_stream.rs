//! `/events/out`: events as they happen, over a socket.
//!
//! The connection is one of the ordinary HTTP client's, so that addresses, certificates and credentials are what they
//! are for all other calls.

use std::time::Duration;

use domain::events::Event;
use futures::{SinkExt, StreamExt};
use reqwest::{StatusCode, Upgraded, header};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::protocol::Role;
use tokio_tungstenite::tungstenite::{self, Message};

use crate::transport::http::{Credentials, chain, web_client};
use crate::{ClientError, Result};

/// The server answers within this time, or it does not.
const PATIENCE: Duration = Duration::from_secs(20);

/// An open stream of events.
pub struct EventStream(WebSocketStream<Upgraded>);

/// What the server sends.
#[derive(Deserialize)]
struct Told {
    #[serde(rename = "type")]
    kind: String,
    event: Option<Value>,
}

fn broken(error: impl std::error::Error) -> ClientError {
    ClientError::Unreachable(chain(&error))
}

impl EventStream {
    /// Connects, and asks for the events that `filter` lets through; what happened shortly before is told too.
    pub async fn open(api_url: &str, credentials: &Credentials, filter: &Value) -> Result<EventStream> {
        let address = format!("{}/events/out", api_url.trim_end_matches('/'));
        let request = web_client(credentials, None)?
            .get(address)
            .header(header::CONNECTION, "Upgrade")
            .header(header::UPGRADE, "websocket")
            .header(header::SEC_WEBSOCKET_VERSION, "13")
            .header(header::SEC_WEBSOCKET_KEY, generate_key())
            .header(header::SEC_WEBSOCKET_PROTOCOL, "prefect");
        let late = |_| ClientError::Unreachable("it does not answer".to_owned());
        let response = tokio::time::timeout(PATIENCE, request.send()).await.map_err(late)?.map_err(broken)?;
        if response.status() != StatusCode::SWITCHING_PROTOCOLS {
            return Err(ClientError::Unexpected(format!(
                "the server opens no stream of events ({})",
                response.status()
            )));
        }
        let socket = response.upgrade().await.map_err(broken)?;
        let mut stream = EventStream(WebSocketStream::from_raw_socket(socket, Role::Client, None).await);
        let token = match credentials {
            Credentials::None => None,
            Credentials::Basic(word) | Credentials::Bearer(word) => Some(word),
        };
        stream.say(&json!({ "type": "auth", "token": token })).await?;
        match tokio::time::timeout(PATIENCE, stream.hear()).await.map_err(late)?? {
            Some(told) if told.kind == "auth_success" => {}
            _ => return Err(ClientError::refused(401, "the server lets nobody in with these credentials")),
        }
        stream.say(&json!({ "type": "filter", "filter": filter })).await?;
        Ok(stream)
    }

    /// The next event; none when the server ends the stream.
    pub async fn next(&mut self) -> Result<Option<Event>> {
        loop {
            let Some(told) = self.hear().await? else { return Ok(None) };
            if let ("event", Some(event)) = (told.kind.as_str(), told.event) {
                let event = serde_json::from_value(event);
                return event.map(Some).map_err(|error| ClientError::Unexpected(error.to_string()));
            }
        }
    }

    async fn say(&mut self, message: &Value) -> Result<()> {
        self.0.send(Message::text(message.to_string())).await.map_err(broken)
    }

    async fn hear(&mut self) -> Result<Option<Told>> {
        loop {
            match self.0.next().await {
                Some(Ok(Message::Text(text))) => {
                    let told = serde_json::from_str(&text);
                    return told.map(Some).map_err(|error| ClientError::Unexpected(error.to_string()));
                }
                Some(Ok(Message::Close(Some(frame)))) if u16::from(frame.code) == 1008 => {
                    return Err(ClientError::refused(401, frame.reason.as_str()));
                }
                None | Some(Ok(Message::Close(_)) | Err(tungstenite::Error::ConnectionClosed)) => return Ok(None),
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(broken(error)),
            }
        }
    }
}
