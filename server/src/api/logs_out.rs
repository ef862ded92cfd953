//! `/api/logs/out`: lines as they are stored, without what was before.

use axum::extract::State;
use axum::extract::ws::WebSocketUpgrade;
use axum::http::HeaderMap;
use axum::response::Response;
use domain::logs::LogFilter;
use serde_json::json;
use store::logs;
use tokio::sync::broadcast::error::RecvError;

use super::handshake::{self, Wish};
use super::websocket::{End, Heard, Result, Socket};
use crate::app_state::AppState;

/// Lines that are read at once.
const PAGE: i64 = 500;

/// `GET /api/logs/out`.
pub async fn open(State(app): State<AppState>, headers: HeaderMap, upgrade: WebSocketUpgrade) -> Response {
    handshake::open(upgrade, &headers, app, |app, socket| Box::pin(tell(app, socket)))
}

async fn tell(app: &AppState, socket: &mut Socket) -> Result<()> {
    let (_, filter) = Wish::hear::<LogFilter>(socket).await?;
    let mut stored = app.live.logs();
    let mut cursor = newest(app).await.map_err(|error| End::failed(&error))?;
    loop {
        tokio::select! {
            heard = socket.next() => if let Heard::Close = heard? {
                return Err(End::Gone);
            },
            woken = stored.recv() => match woken {
                Err(RecvError::Closed) => return Err(End::Gone),
                Ok(_) | Err(RecvError::Lagged(_)) => cursor = read_on(app, socket, &filter, cursor).await?,
            },
        }
    }
}

/// Sends the lines after `cursor`; the new cursor.
async fn read_on(app: &AppState, socket: &mut Socket, filter: &LogFilter, mut cursor: i64) -> Result<i64> {
    loop {
        let lines = page(app, filter, cursor).await.map_err(|error| End::failed(&error))?;
        for (_, log) in &lines {
            socket.send(&json!({ "type": "log", "log": log })).await?;
        }
        cursor = lines.last().map_or(cursor, |(seq, _)| *seq);
        if (lines.len() as i64) < PAGE {
            return Ok(cursor);
        }
    }
}

async fn newest(app: &AppState) -> store::Result<i64> {
    logs::newest(&mut app.store.read().await?).await
}

async fn page(app: &AppState, filter: &LogFilter, cursor: i64) -> store::Result<Vec<(i64, domain::logs::Log)>> {
    logs::stored_after(&mut app.store.read().await?, filter, cursor, PAGE).await
}
