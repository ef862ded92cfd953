//! `/api/events/in`: clients tell what has happened, among it every state of Prefect 3's task runs.
//!
//! Nothing is answered but pings. A client counts an event as arrived once a later ping of its is answered,
//! and sends the others again when the connection breaks: so pings, like a close, are answered after
//! everything before them is stored.

use std::time::Duration;

use axum::extract::State;
use axum::extract::ws::WebSocketUpgrade;
use axum::http::HeaderMap;
use axum::response::Response;
use domain::events::{Event, MAX_EVENT};
use store::StoreError;
use tokio::time::{Instant, sleep, sleep_until};

use super::error::causes;
use super::handshake;
use super::websocket::{End, Heard, Result, Socket};
use crate::app_state::AppState;
use crate::orchestration::{AfterCommit, events};

/// What comes within this time is stored together.
const GATHER: Duration = Duration::from_millis(25);

/// No more events than this wait.
const MOST: usize = 200;

/// How often a database that is busy is asked again before the client is sent away.
const ATTEMPTS: u32 = 5;

/// `GET /api/events/in`.
pub async fn open(State(app): State<AppState>, headers: HeaderMap, upgrade: WebSocketUpgrade) -> Response {
    handshake::open(upgrade, &headers, app, |app, socket| Box::pin(listen(app, socket)))
}

async fn listen(app: &AppState, socket: &mut Socket) -> Result<()> {
    let mut waiting: Vec<Event> = Vec::new();
    let mut due = Instant::now();
    loop {
        let heard = tokio::select! {
            heard = socket.next() => Some(heard),
            () = sleep_until(due), if !waiting.is_empty() => None,
        };
        if let Some(Ok(Heard::Text(text))) = &heard {
            if waiting.is_empty() {
                due = Instant::now() + GATHER;
            }
            waiting.extend(read(text));
            if waiting.len() < MOST {
                continue;
            }
        }
        store(app, std::mem::take(&mut waiting)).await?;
        match heard {
            Some(Ok(Heard::Close)) => return Err(End::Gone),
            Some(Err(end)) => return Err(end),
            _ => {}
        }
    }
}

/// The event in a frame. What is none is told and passed over: to end the connection would make the client
/// send it again for ever.
fn read(text: &str) -> Option<Event> {
    if text.len() > MAX_EVENT {
        tracing::warn!(bytes = text.len(), "an event is too large and is dropped");
        return None;
    }
    match serde_json::from_str(text) {
        Ok(event) => Some(event),
        Err(error) => {
            tracing::warn!(%error, "an event cannot be read and is dropped");
            None
        }
    }
}

async fn store(app: &AppState, sent: Vec<Event>) -> Result<()> {
    if sent.is_empty() {
        return Ok(());
    }
    match persist(app, sent.clone()).await {
        Ok(()) => Ok(()),
        Err(error @ StoreError::Busy(_)) => Err(End::failed(&error)),
        Err(_) => one_by_one(app, sent).await,
    }
}

/// One that cannot be stored must not take the others with it.
async fn one_by_one(app: &AppState, sent: Vec<Event>) -> Result<()> {
    for event in sent {
        let (id, name) = (event.id, event.event.clone());
        match persist(app, vec![event]).await {
            Ok(()) => {}
            Err(error @ StoreError::Busy(_)) => return Err(End::failed(&error)),
            Err(error) => {
                tracing::error!(error = %causes(&error), %id, name, "an event cannot be stored and is dropped")
            }
        }
    }
    Ok(())
}

/// Stores and tells; tries again while the database is busy.
async fn persist(app: &AppState, sent: Vec<Event>) -> store::Result<()> {
    let mut attempt = 0;
    loop {
        match write(app, sent.clone()).await {
            Err(StoreError::Busy(_)) if attempt < ATTEMPTS => {
                sleep(Duration::from_millis(100 << attempt)).await;
                attempt += 1;
            }
            done => return done,
        }
    }
}

async fn write(app: &AppState, sent: Vec<Event>) -> store::Result<()> {
    let mut after = AfterCommit::default();
    let mut tx = app.store.write().await?;
    events::take(&mut tx, sent, app.clock.now(), &mut after).await?;
    tx.commit().await?;
    after.tell(&app.live);
    Ok(())
}
