//! `/api/reeve/flow_runs/{id}/output`: what the containers of a run printed, kept by its worker and read as text.

use axum::Router;
use axum::body::Body as Stream;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use domain::output::{Output, OutputLine};
use domain::{FlowRunId, Timestamp, ansi};
use futures::stream;
use serde::Deserialize;
use store::{StoreError, flow_run_output, flow_runs};

use crate::api::body::{Body, Id};
use crate::api::caller::Caller;
use crate::api::error::{ApiError, Result};
use crate::api::query::Asked;
use crate::app_state::AppState;

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
    let mut tx = app.store.write().await?;
    if !flow_run_output::insert(&mut tx, id, &output).await? {
        return Err(no_such_run());
    }
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OfPod {
    pod: String,
}

/// The time and number of the last line that is kept of a pod, or `null`.
async fn end(State(app): State<AppState>, caller: Caller, Id(id): Id<FlowRunId>, Asked(of): Asked<OfPod>) -> Result {
    Ok(caller.ok(&flow_run_output::end(&mut app.store.read().await?, id, &of.pod).await?))
}

/// All of it as text, sent stretch by stretch.
async fn text(State(app): State<AppState>, Id(run): Id<FlowRunId>) -> Result {
    if flow_runs::by_id(&mut app.store.read().await?, run, app.clock.now()).await?.is_none() {
        return Err(no_such_run());
    }
    let start = (Timestamp::from_micros(0), String::new(), -1);
    let stretches = stream::try_unfold(start, move |from| {
        let app = app.clone();
        async move {
            let lines = flow_run_output::after(&mut app.store.read().await?, run, &from, STRETCH).await?;
            let Some((pod, last)) = lines.last() else { return Ok(None) };
            let next = (last.at, pod.clone(), last.nth);
            Ok::<_, StoreError>(Some((lines.iter().map(|(_, line)| written(line)).collect::<String>(), next)))
        }
    });
    let headers = [(header::CONTENT_TYPE, "text/plain; charset=utf-8")];
    let response: Response = (headers, Stream::from_stream(stretches)).into_response();
    Ok(response)
}

/// Time and text, without colours.
pub fn written(line: &OutputLine) -> String {
    format!("{} {}\n", line.at.to_rfc3339(), ansi::parse(&line.text).0)
}

fn no_such_run() -> ApiError {
    ApiError::not_found("Flow run not found")
}
