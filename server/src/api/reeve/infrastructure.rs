//! `PUT /api/reeve/flow_runs/{id}/infrastructure`: a worker tells what stands behind a run in its cluster.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::put;
use domain::FlowRunId;
use domain::infrastructure::{Infrastructure, without_secrets};
use domain::live::Changed;
use store::flow_run_infrastructure;

use crate::api::body::{Body, Id};
use crate::api::error::{ApiError, Result};
use crate::app_state::AppState;
use crate::orchestration::AfterCommit;

/// Routes below `/api/reeve`.
pub fn routes() -> Router<AppState> {
    Router::new().route("/flow_runs/{id}/infrastructure", put(save))
}

/// 204; 404 for a run that is gone. What may be secret is hidden here as well, whoever the worker is.
async fn save(State(app): State<AppState>, Id(id): Id<FlowRunId>, Body(mut told): Body<Infrastructure>) -> Result {
    told.manifest = told.manifest.map(without_secrets);
    let mut tx = app.store.write().await?;
    if !flow_run_infrastructure::save(&mut tx, id, &told, app.clock.now()).await? {
        return Err(ApiError::not_found("Flow run not found"));
    }
    tx.commit().await?;
    let mut after = AfterCommit::default();
    after.changed(Changed::FlowRun, id);
    after.tell(&app.live);
    Ok(StatusCode::NO_CONTENT.into_response())
}
