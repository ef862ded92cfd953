//! `/api/events/out`: what happens, told to whoever listens. Running flows of Prefect 3 learn here that
//! they are to be cancelled or suspended.

use std::collections::{HashSet, VecDeque};

use axum::extract::State;
use axum::extract::ws::WebSocketUpgrade;
use axum::http::HeaderMap;
use axum::response::Response;
use domain::events::{Event, EventFilter, EventOrder};
use domain::{EventId, Timestamp};
use serde_json::json;
use store::events::{self, Window};
use tokio::sync::broadcast::error::RecvError;

use super::handshake::{self, Wish};
use super::websocket::{End, Heard, Result, Socket};
use crate::app_state::AppState;

/// How far back a listener may begin, in seconds.
const BACKFILL: f64 = 15.0 * 60.0;

/// Events of one page of it.
const PAGE: i64 = 250;

/// Clocks of clients differ: what has just been stored may have occurred this many seconds before or after.
const SLACK: f64 = 120.0;

/// So many events are remembered as told.
const REMEMBERED: usize = 20_000;

/// `GET /api/events/out`.
pub async fn open(State(app): State<AppState>, headers: HeaderMap, upgrade: WebSocketUpgrade) -> Response {
    handshake::open(upgrade, &headers, app, |app, socket| Box::pin(tell(app, socket)))
}

async fn tell(app: &AppState, socket: &mut Socket) -> Result<()> {
    let (wish, filter) = Wish::hear::<EventFilter>(socket).await?;
    // What happens while the past is told waits here.
    let mut live = app.live.events();
    let began = app.clock.now();
    let mut teller =
        Teller { app, filter: EventFilter { order: Some(EventOrder::Asc), ..filter }, told: Told::default() };
    if wish.backfill {
        teller.catch_up(socket, began.plus_seconds(-BACKFILL)).await?;
    }
    loop {
        tokio::select! {
            heard = socket.next() => if let Heard::Close = heard? {
                return Err(End::Gone);
            },
            event = live.recv() => match event {
                Ok(event) => teller.tell(socket, &event).await?,
                // Some are gone from the channel; the database has them.
                Err(RecvError::Lagged(_)) => {
                    let lately = app.clock.now().plus_seconds(-SLACK);
                    teller.catch_up(socket, lately.max(began)).await?;
                }
                Err(RecvError::Closed) => return Err(End::Gone),
            },
        }
    }
}

/// Tells one listener everything once.
struct Teller<'a> {
    app: &'a AppState,
    filter: EventFilter,
    told: Told,
}

impl Teller<'_> {
    async fn tell(&mut self, socket: &mut Socket, event: &Event) -> Result<()> {
        if self.filter.includes(event) && self.told.is_new(event.id) {
            socket.send(&json!({ "type": "event", "event": event })).await?;
        }
        Ok(())
    }

    /// Tells what is stored since then.
    async fn catch_up(&mut self, socket: &mut Socket, since: Timestamp) -> Result<()> {
        let occurred = self.filter.occurred.clone().unwrap_or_default();
        let window = Window {
            since: occurred.since.map_or(since, |asked| asked.max(since)),
            until: occurred.until.unwrap_or_else(|| self.app.clock.now().plus_seconds(SLACK)),
        };
        let mut offset = 0;
        loop {
            let page = self.page(window, offset).await.map_err(|error| End::failed(&error))?;
            for event in &page {
                self.tell(socket, event).await?;
            }
            offset += page.len() as i64;
            if (page.len() as i64) < PAGE {
                return Ok(());
            }
        }
    }

    async fn page(&self, window: Window, offset: i64) -> store::Result<Vec<Event>> {
        events::filter(&mut self.app.store.read().await?, &self.filter, window, PAGE, offset).await
    }
}

/// The ids that were told last.
#[derive(Default)]
struct Told {
    ids: HashSet<EventId>,
    order: VecDeque<EventId>,
}

impl Told {
    /// Remembers the id; whether it is new.
    fn is_new(&mut self, id: EventId) -> bool {
        if !self.ids.insert(id) {
            return false;
        }
        self.order.push_back(id);
        if self.order.len() > REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.ids.remove(&oldest);
        }
        true
    }
}
