//! What all sockets share: they end with the server, notice a peer that is gone, and never wait for ever
//! for one that does not read.

use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use futures::future::BoxFuture;
use serde::Serialize;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at, timeout};
use tokio_util::sync::CancellationToken;

use crate::app_state::AppState;

/// Close codes of RFC 6455.
pub const NORMAL: u16 = 1000;
pub const GOING_AWAY: u16 = 1001;
pub const PROTOCOL_ERROR: u16 = 1002;
pub const POLICY_VIOLATION: u16 = 1008;
pub const SERVER_ERROR: u16 = 1011;

/// Prefect's servers ping so often.
const PING: Duration = Duration::from_secs(20);

/// A peer that has said nothing for so long, not even a pong, is gone.
const SILENCE: Duration = Duration::from_secs(65);

/// A peer that has not taken a message for so long is dropped.
const PATIENCE: Duration = Duration::from_secs(30);

/// Time for a last frame.
const GOODBYE: Duration = Duration::from_secs(1);

/// Why a conversation ends.
#[derive(Debug)]
pub enum End {
    /// The peer closed, or is gone.
    Gone,
    /// We close, with a code and a reason.
    Close(u16, String),
}

impl End {
    /// We close, and say why.
    pub fn close(code: u16, reason: impl Into<String>) -> End {
        End::Close(code, reason.into())
    }

    /// Something failed here: it is logged, and the peer may come again.
    pub fn failed(error: &(dyn std::error::Error + 'static)) -> End {
        tracing::error!(error = %crate::api::error::causes(error), "a socket ends");
        End::close(SERVER_ERROR, "the server failed")
    }
}

/// What a conversation gives on its way to its end.
pub type Result<T> = std::result::Result<T, End>;

/// An open socket.
pub struct Socket {
    inner: WebSocket,
    pings: Interval,
    heard: Instant,
    stopping: CancellationToken,
}

/// What a peer says.
#[derive(Debug)]
pub enum Heard {
    Text(String),
    /// Its pong leaves with the next [`Socket::next`]: what must be stored before it is, is stored now.
    Ping,
    /// Likewise for the answer to a close.
    Close,
}

/// Takes the connection over and holds `conversation` on it until that ends.
pub fn converse<C>(upgrade: WebSocketUpgrade, app: AppState, conversation: C) -> Response
where
    C: for<'a> FnOnce(&'a AppState, &'a mut Socket) -> BoxFuture<'a, Result<()>> + Send + 'static,
{
    let sockets = app.sockets.clone();
    upgrade.on_upgrade(move |inner| {
        sockets.track_future(async move {
            let mut socket = Socket::new(inner, app.stopping.clone());
            let end = conversation(&app, &mut socket).await.err();
            socket.end(end.unwrap_or(End::Close(NORMAL, String::new()))).await;
        })
    })
}

impl Socket {
    fn new(inner: WebSocket, stopping: CancellationToken) -> Socket {
        let mut pings = interval_at(Instant::now() + PING, PING);
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Socket { inner, pings, heard: Instant::now(), stopping }
    }

    /// The next thing that matters; pings the peer meanwhile, and ends with the server. Dropping the future
    /// loses nothing.
    pub async fn next(&mut self) -> Result<Heard> {
        loop {
            let message = tokio::select! {
                message = self.inner.recv() => message,
                () = self.stopping.cancelled() => return Err(End::close(GOING_AWAY, "the server stops")),
                _ = self.pings.tick() => {
                    self.ping().await?;
                    continue;
                }
            };
            self.heard = Instant::now();
            match message {
                Some(Ok(Message::Text(text))) => return Ok(Heard::Text(text.as_str().to_owned())),
                Some(Ok(Message::Binary(bytes))) => {
                    return Ok(Heard::Text(String::from_utf8_lossy(&bytes).into_owned()));
                }
                Some(Ok(Message::Ping(_))) => return Ok(Heard::Ping),
                Some(Ok(Message::Pong(_))) => {}
                Some(Ok(Message::Close(_))) => return Ok(Heard::Close),
                Some(Err(_)) | None => return Err(End::Gone),
            }
        }
    }

    /// The next text; a close ends the conversation.
    pub async fn text(&mut self) -> Result<String> {
        loop {
            match self.next().await? {
                Heard::Text(text) => return Ok(text),
                Heard::Ping => {}
                Heard::Close => return Err(End::Gone),
            }
        }
    }

    /// Sends a JSON text.
    pub async fn send(&mut self, message: &impl Serialize) -> Result<()> {
        match serde_json::to_string(message) {
            Ok(text) => self.send_text(text).await,
            Err(error) => Err(End::failed(&error)),
        }
    }

    /// Sends a text.
    pub async fn send_text(&mut self, text: String) -> Result<()> {
        self.frame(Message::Text(text.into())).await
    }

    async fn ping(&mut self) -> Result<()> {
        if self.heard.elapsed() > SILENCE {
            return Err(End::Gone);
        }
        self.frame(Message::Ping(Default::default())).await
    }

    async fn frame(&mut self, message: Message) -> Result<()> {
        match timeout(PATIENCE, self.inner.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(End::Gone),
        }
    }

    /// Says goodbye: the reason of ours, or the answer to theirs.
    async fn end(mut self, end: End) {
        let last = async {
            match end {
                End::Close(code, reason) => {
                    let frame = CloseFrame { code, reason: shortened(&reason).into() };
                    // An error means that the peer is gone already.
                    let _ = self.inner.send(Message::Close(Some(frame))).await;
                    while let Some(Ok(_)) = self.inner.recv().await {}
                }
                End::Gone => while let Some(Ok(_)) = self.inner.recv().await {},
            }
        };
        let _ = timeout(GOODBYE, last).await;
    }
}

/// A close frame holds at most 123 bytes of reason.
fn shortened(reason: &str) -> String {
    let mut end = reason.len().min(123);
    while !reason.is_char_boundary(end) {
        end -= 1;
    }
    reason[..end].to_owned()
}
