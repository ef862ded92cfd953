//! `GET /api/reeve/flow_runs/{id}/logs`: a stretch of what a run's clients sent to its log, in the order of
//! storing.

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use domain::FlowRunId;
use domain::logs::LogSlice;
use serde::Deserialize;
use store::logs;

use crate::api::body::Id;
use crate::api::caller::Caller;
use crate::api::error::{ApiError, Result};
use crate::api::query::Asked;
use crate::app_state::AppState;

/// The most lines of one answer.
const MAX_LINES: i64 = 2000;

/// Routes below `/api/reeve`.
pub fn routes() -> Router<AppState> {
    Router::new().route("/flow_runs/{id}/logs", get(slice))
}

/// Without `after` and `before`: the newest lines.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Window {
    #[serde(default = "most")]
    limit: i64,
    #[serde(default)]
    min_level: i64,
    after: Option<i64>,
    before: Option<i64>,
}

fn most() -> i64 {
    MAX_LINES
}

async fn slice(
    State(app): State<AppState>,
    caller: Caller,
    Id(run): Id<FlowRunId>,
    Asked(window): Asked<Window>,
) -> Result {
    if !(1..=MAX_LINES).contains(&window.limit) {
        return Err(ApiError::unprocessable(format!("Invalid limit: must be from 1 to {MAX_LINES}.")));
    }
    // Asked first: what is stored meanwhile has a greater seq and is read by whoever follows from the cursor.
    let index = &app.log_indexes;
    let (all, newest) = index.with(&app.store, run, |index| (index.places.counts(), index.places.newest())).await?;
    let counts: [i64; 4] = std::array::from_fn(|group| all[group]);
    let mut tx = app.store.read().await?;
    let (limit, level) = (window.limit, window.min_level);
    let lines = match (window.after, window.before) {
        (None, None) => logs::tail(&mut tx, run, level, limit).await?,
        (Some(seq), None) => logs::after(&mut tx, run, seq, level, limit).await?,
        (None, Some(seq)) => logs::before(&mut tx, run, seq, level, limit).await?,
        (Some(_), Some(_)) => return Err(ApiError::unprocessable("Give either after or before, not both.")),
    };
    let last = lines.last().map_or(0, |line| line.seq);
    let is_cut_off = (window.after.is_some() && lines.len() as i64 == limit) || window.before.is_some();
    let cursor = if is_cut_off { last } else { last.max(newest).max(window.after.unwrap_or(0)) };
    let has_earlier = match lines.first() {
        Some(first) => logs::has_before(&mut tx, run, first.seq, level).await?,
        None => false,
    };
    Ok(caller.ok(&LogSlice { lines, cursor, total: counts.iter().sum(), counts, has_earlier }))
}
