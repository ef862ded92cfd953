//! `GET /api/reeve/sheets/{path of the page}?…`: the pages that are described by data, one file each.

mod artifacts;
mod automations;
mod bars;
mod blocks;
mod calendar;
mod doctor;
mod drift;
mod events;
mod flows;
mod health;
mod limits;
mod list;
mod logs;
mod markdown;
pub mod run;
mod settings;
mod storage;
mod task_runs;
mod templates;
mod variables;
mod why;
mod work_queues;

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::Uri;
use axum::routing::get;
use domain::Timestamp;
use domain::sheet::Sheet;
use percent_encoding::percent_decode_str;
use serde_json::Value;
use store::Tx;

use crate::api::caller::Caller;
use crate::api::error::{ApiError, Result};
use crate::app_state::AppState;

/// Rows of one page of a list.
const SIZE: i64 = 100;

/// Routes below `/api/reeve`.
pub fn routes() -> Router<AppState> {
    Router::new().route("/sheets/{*path}", get(read))
}

/// The question of a page's address.
pub struct Ask<'a> {
    pub app: &'a AppState,
    pub now: Timestamp,
    query: Vec<(String, String)>,
}

impl Ask<'_> {
    /// The value of that name in the query, without blanks around it; nothing for an empty one.
    pub fn value(&self, name: &str) -> Option<&str> {
        let found = self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.trim());
        found.filter(|value| !value.is_empty())
    }

    /// A part of a name.
    pub fn q(&self) -> Option<&str> {
        self.value("q")
    }

    /// The page, from 1; what makes no sense is the first one.
    pub fn page(&self) -> i64 {
        self.value("page").and_then(|page| page.parse().ok()).unwrap_or(1).clamp(1, 100_000)
    }

    fn limit(&self) -> i64 {
        SIZE
    }

    fn offset(&self) -> i64 {
        (self.page() - 1) * SIZE
    }
}

async fn read(State(app): State<AppState>, caller: Caller, uri: Uri, RawQuery(query): RawQuery) -> Result {
    let path = uri.path().split_once("/sheets/").map_or("", |(_, rest)| rest);
    let parts: Vec<String> =
        path.split('/').map(|part| percent_decode_str(part).decode_utf8_lossy().into_owned()).collect();
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    let query = url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned().collect();
    let ask = Ask { app: &app, now: app.clock.now(), query };
    let mut tx = app.store.read().await?;
    let sheet = sheet(&mut tx, &ask, &parts).await?;
    sheet.map(|sheet| caller.ok(&sheet)).ok_or_else(|| ApiError::not_found("Not Found"))
}

/// The table of these pages.
async fn sheet(tx: &mut Tx, ask: &Ask<'_>, path: &[&str]) -> store::Result<Option<Sheet>> {
    match path {
        ["flows"] => flows::list(tx, ask).await.map(Some),
        ["flows", id] => flows::one(tx, ask, id).await,
        ["runs", id, "brief"] => run::brief::brief(tx, ask, id).await.map(Some),
        ["task-runs", id] => task_runs::one(tx, ask, id).await,
        ["queues"] => work_queues::list(tx, ask).await.map(Some),
        ["pools", pool, "queues", queue] => work_queues::one(tx, ask, pool, queue).await,
        ["pools", pool, "history"] => templates::list(tx, ask, pool).await,
        ["pools", pool, "history", number] => templates::one(tx, ask, pool, number).await,
        ["variables"] => variables::list(tx, ask).await.map(Some),
        ["variables", name] => variables::one(tx, ask, name).await,
        ["limits"] => limits::list(tx, ask).await.map(Some),
        ["limits", id] => limits::one(tx, ask, id).await,
        ["automations"] => automations::list(tx, ask).await.map(Some),
        ["automations", id] => automations::one(tx, ask, id).await,
        ["calendar"] => calendar::page(tx, ask).await.map(Some),
        ["logs"] => logs::page(tx, ask).await.map(Some),
        ["health"] => health::page(tx, ask).await.map(Some),
        ["storage"] => storage::page(tx, ask).await.map(Some),
        ["drift"] => drift::page(tx, ask).await.map(Some),
        ["doctor"] => doctor::page(tx, ask).await.map(Some),
        ["settings"] => Ok(Some(settings::page(ask))),
        ["blocks", "catalog"] => blocks::catalog(tx, ask).await.map(Some),
        ["blocks", "catalog", slug] => blocks::new(tx, ask, slug).await,
        ["blocks", id] => blocks::one(tx, ask, id).await,
        ["blocks"] => blocks::list(tx, ask).await.map(Some),
        ["artifacts"] => artifacts::list(tx, ask).await.map(Some),
        ["artifacts", id] => artifacts::one(tx, ask, id).await,
        ["events"] => events::list(tx, ask).await.map(Some),
        ["events", id] => events::one(tx, ask, id).await,
        ["why"] => why::list(tx, ask).await.map(Some),
        _ => Ok(None),
    }
}

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
