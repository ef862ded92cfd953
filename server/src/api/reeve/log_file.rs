//! `GET /api/reeve/flow_runs/{id}/logs/file`: a run's log as text, sent stretch by stretch.

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use domain::logs::{Address, Group, LogLine, Sieve};
use domain::{FlowRunId, ansi};
use futures::stream;
use serde::Deserialize;
use store::{flow_runs, logs};

use crate::api::body::Id;
use crate::api::error::{ApiError, Result};
use crate::api::query::Asked;
use crate::app_state::AppState;

/// Lines of one stretch.
const STRETCH: i64 = 2000;

/// Routes below `/api/reeve`.
pub fn routes() -> Router<AppState> {
    Router::new().route("/flow_runs/{id}/logs/file", get(file))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Ask {
    /// Which lines are shown, as [`Sieve::parse`] reads it.
    #[serde(default)]
    hide: String,
    #[serde(default)]
    source: String,
    /// Only these, as in `L4-L6`.
    lines: Option<String>,
    /// The most lines.
    limit: Option<i64>,
}

/// Where the reading is.
struct Place {
    app: AppState,
    run: FlowRunId,
    sieve: Sieve,
    /// Lines stored after this one are still to come, up to `last`, and no more than `left`.
    seq: i64,
    last: i64,
    left: i64,
}

async fn file(State(app): State<AppState>, Id(run): Id<FlowRunId>, Asked(ask): Asked<Ask>) -> Result {
    let found = flow_runs::by_id(&mut app.store.read().await?, run, app.clock.now()).await?;
    let found = found.ok_or_else(|| ApiError::not_found("Flow run not found"))?;
    let sieve = Sieve::parse(&ask.hide, &ask.source);
    let left = ask.limit.unwrap_or(i64::MAX);
    let mut place = Place { app, run, sieve, seq: 0, last: i64::MAX, left };
    if let Some(lines) = &ask.lines {
        let range = Address::range(lines).ok_or_else(|| ApiError::unprocessable("Invalid lines: such as L4-L6."))?;
        let (indexes, store) = (place.app.log_indexes.clone(), place.app.store.clone());
        let ends = indexes.with(&store, run, |index| [range.0, range.1].map(|line| index.places.by_address(line)));
        let [from, to] = ends.await?;
        let from = from.ok_or_else(|| ApiError::not_found("There is no such line"))?;
        (place.seq, place.last) = (from - 1, to.unwrap_or(i64::MAX));
    }
    let name = format!("attachment; filename=\"{}.log\"", plain(&found.name));
    let headers = [(header::CONTENT_TYPE, "text/plain; charset=utf-8".to_owned()), (header::CONTENT_DISPOSITION, name)];
    let response: Response = (headers, Body::from_stream(stream::try_unfold(place, next))).into_response();
    Ok(response)
}

/// The next stretch as text.
async fn next(mut place: Place) -> store::Result<Option<(Bytes, Place)>> {
    let limit = place.left.min(STRETCH);
    if limit <= 0 {
        return Ok(None);
    }
    let mut tx = place.app.store.read().await?;
    let mut lines = logs::shown_after(&mut tx, place.run, place.sieve, place.seq, 0, limit).await?;
    drop(tx);
    lines.retain(|line| line.seq <= place.last);
    let Some(last) = lines.last() else { return Ok(None) };
    (place.seq, place.left) = (last.seq, place.left - lines.len() as i64);
    let is_merged = place.sieve.source.is_none();
    let text: String = lines.iter().map(|line| written(line, is_merged)).collect();
    Ok(Some((Bytes::from(text), place)))
}

/// Time, level, text without colours; and the source, where there are several.
fn written(line: &LogLine, is_merged: bool) -> String {
    let (message, level) = (ansi::parse(&line.message).0, Group::of(line.level).name().to_uppercase());
    let source = match (is_merged, &line.pod) {
        (true, Some(_)) => "pod    ",
        (true, None) => "client ",
        _ => "",
    };
    format!("{} {source}{level:<7} {}\n", line.timestamp.to_rfc3339(), message.trim_end_matches('\n'))
}

/// A run's name as a file's: what a header or a file system could misunderstand is an underscore.
fn plain(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '_' }).collect()
}
