//! `GET /api/reeve/flow_runs/{id}/logs/file`: a run's log as a file, sent stretch by stretch.

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use domain::logs::{Group, LogLine};
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
    /// Groups of levels that are left out, as in `debug,info`.
    #[serde(default)]
    hide: String,
}

async fn file(State(app): State<AppState>, Id(run): Id<FlowRunId>, Asked(ask): Asked<Ask>) -> Result {
    let found = flow_runs::by_id(&mut app.store.read().await?, run, app.clock.now()).await?;
    let found = found.ok_or_else(|| ApiError::not_found("Flow run not found"))?;
    let hidden = Group::list(&ask.hide);
    let stretches = stream::try_unfold(0, move |cursor| {
        let (app, hidden) = (app.clone(), hidden.clone());
        async move {
            let lines = logs::after(&mut app.store.read().await?, run, cursor, 0, STRETCH).await?;
            let Some(last) = lines.last().map(|line| line.seq) else { return Ok(None) };
            let shown = lines.iter().filter(|line| !hidden.contains(&Group::of(line.level)));
            Ok::<_, store::StoreError>(Some((shown.map(written).collect::<String>(), last)))
        }
    });
    let name = format!("attachment; filename=\"{}.log\"", plain(&found.name));
    let headers = [(header::CONTENT_TYPE, "text/plain; charset=utf-8".to_owned()), (header::CONTENT_DISPOSITION, name)];
    let response: Response = (headers, Body::from_stream(stretches)).into_response();
    Ok(response)
}

/// Time, level, text without colours.
fn written(line: &LogLine) -> String {
    let (message, level) = (ansi::parse(&line.message).0, Group::of(line.level).name().to_uppercase());
    format!("{} {level:<7} {}\n", line.timestamp.to_rfc3339(), message.trim_end_matches('\n'))
}

/// A run's name as a file's: what a header or a file system could misunderstand is an underscore.
fn plain(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '_' }).collect()
}
