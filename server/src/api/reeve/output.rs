//! `/api/reeve/flow_runs/{id}/output`: what the containers of a run printed, kept by its worker and read as text.

use axum::Router;
use axum::body::Body as Stream;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use domain::logs::{LogLine, Sieve, Source};
use domain::output::Output;
use domain::{FlowRunId, ansi};
use futures::stream;
use serde::Deserialize;
use store::{StoreError, flow_runs, logs, pod_lines};

use crate::api::body::{Body, Id};
use crate::api::caller::Caller;
use crate::api::error::{ApiError, Result};
use crate::api::query::Asked;
use crate::app_state::AppState;
use crate::clock::new_id;

/// Lines of one stretch.
const STRETCH: i64 = 2000;

/// Routes below `/api/reeve`.
pub fn routes() -> Router<AppState> {
    Router::new().route("/flow_runs/{id}/output", get(text).post(keep)).route("/flow_runs/{id}/output/end", get(end))
}

/// 204; 404 for a run that is gone.
async fn keep(State(app): State<AppState>, Id(id): Id<FlowRunId>, Body(mut output): Body<Output>) -> Result {
    for line in output.lines.iter_mut().filter(|line| line.text.contains('\0')) {
        line.text = line.text.replace('\0', "");
    }
    let (mut tx, now) = (app.store.write().await?, app.clock.now());
    let new = pod_lines::insert(&mut tx, id, &output, now, new_id).await?.ok_or_else(no_such_run)?;
    tx.commit().await?;
    if new > 0 {
        app.live.logs_stored(vec![id]);
    }
    Ok(StatusCode::NO_CONTENT.into_response())
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OfPod {
    pod: String,
}

/// The time and number of the last line that is kept of a pod, or `null`.
async fn end(State(app): State<AppState>, caller: Caller, Id(id): Id<FlowRunId>, Asked(of): Asked<OfPod>) -> Result {
    Ok(caller.ok(&pod_lines::end(&mut app.store.read().await?, id, &of.pod).await?))
}

/// All of it as text, sent stretch by stretch.
async fn text(State(app): State<AppState>, Id(run): Id<FlowRunId>) -> Result {
    if flow_runs::by_id(&mut app.store.read().await?, run, app.clock.now()).await?.is_none() {
        return Err(no_such_run());
    }
    let sieve = Sieve { source: Some(Source::Pod), ..Sieve::default() };
    let stretches = stream::try_unfold(0, move |seq| {
        let app = app.clone();
        async move {
            let lines = logs::shown_after(&mut app.store.read().await?, run, sieve, seq, 0, STRETCH).await?;
            let Some(last) = lines.last().map(|line| line.seq) else { return Ok(None) };
            Ok::<_, StoreError>(Some((lines.iter().map(written).collect::<String>(), last)))
        }
    });
    let headers = [(header::CONTENT_TYPE, "text/plain; charset=utf-8")];
    let response: Response = (headers, Stream::from_stream(stretches)).into_response();
    Ok(response)
}

/// Time and text, without colours.
fn written(line: &LogLine) -> String {
    format!("{} {}\n", line.timestamp.to_rfc3339(), ansi::parse(&line.message).0)
}

fn no_such_run() -> ApiError {
    ApiError::not_found("Flow run not found")
}
