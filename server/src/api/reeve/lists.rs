//! `GET /api/reeve/lists/{noun}?q=&page=`: what the dashboard lists without working with it.

mod artifacts;
mod blocks;
pub mod events;
mod everything;
mod flows;
mod limits;
mod variables;
mod work_queues;

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;
use domain::Timestamp;
use domain::listing::{Listing, ListingRow};
use serde::Deserialize;
use serde_json::Value;

use crate::api::caller::Caller;
use crate::api::error::{ApiError, Result};
use crate::api::query::Asked;
use crate::app_state::AppState;

/// Rows of one page.
const SIZE: i64 = 100;

/// Routes below `/api/reeve`.
pub fn routes() -> Router<AppState> {
    Router::new().route("/lists/{noun}", get(read))
}

/// A part of a name, and the page from 1.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct PageOfRows {
    q: String,
    page: Option<i64>,
}

/// The question as the lists take it.
pub struct Ask {
    /// Nothing for everything.
    pub q: Option<String>,
    pub limit: i64,
    pub offset: i64,
    pub now: Timestamp,
}

async fn read(
    State(app): State<AppState>,
    caller: Caller,
    Path(noun): Path<String>,
    Asked(asked): Asked<PageOfRows>,
) -> Result {
    let page = asked.page.unwrap_or(1);
    if !(1..=100_000).contains(&page) {
        return Err(ApiError::unprocessable("Invalid page: must be from 1 to 100000."));
    }
    let q = Some(asked.q.trim().to_owned()).filter(|q| !q.is_empty());
    let ask = Ask { q, limit: SIZE, offset: (page - 1) * SIZE, now: app.clock.now() };
    let mut tx = app.store.read().await?;
    let (rows, count) = match noun.as_str() {
        "flows" => flows::rows(&mut tx, &ask).await?,
        "variables" => variables::rows(&mut tx, &ask).await?,
        "limits" => limits::rows(&mut tx, &ask).await?,
        "blocks" => blocks::rows(&mut tx, &ask).await?,
        "artifacts" => artifacts::rows(&mut tx, &ask).await?,
        "everything" => everything::rows(&mut tx, &ask).await?,
        "events" => events::rows(&mut tx, &ask).await?,
        "work_queues" => work_queues::rows(&mut tx, &ask).await?,
        _ => return Err(ApiError::not_found("Not Found")),
    };
    Ok(caller.ok(&Listing { rows, count, now: ask.now }))
}

/// A page of rows, and how many there are in all.
type Rows = (Vec<ListingRow>, i64);

/// JSON on one line, not longer than a row can show.
fn brief(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    match text.char_indices().nth(200) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
