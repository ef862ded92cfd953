//! `/api/reeve/origins`: where things were brought up from.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::get;
use domain::Uuid;
use domain::deploy::Origin;
use store::origins;

use crate::api::body::Body;
use crate::api::caller::Caller;
use crate::api::error::{ApiError, Result};
use crate::app_state::AppState;

/// Routes below `/api/reeve`.
pub fn routes() -> Router<AppState> {
    Router::new().route("/origins/{kind}", get(list)).route("/origins/{kind}/{id}", get(read).put(put).delete(forget))
}

async fn list(State(app): State<AppState>, caller: Caller, Path(kind): Path<String>) -> Result {
    Ok(caller.ok(&origins::named(&mut app.store.read().await?, &kind, None).await?))
}

async fn read(State(app): State<AppState>, caller: Caller, Path((kind, id)): Path<(String, Uuid)>) -> Result {
    let origin = origins::of(&mut app.store.read().await?, &kind, id).await?;
    origin.map(|origin| caller.ok(&origin)).ok_or_else(|| ApiError::not_found("It comes from no file."))
}

async fn put(
    State(app): State<AppState>,
    Path((kind, id)): Path<(String, Uuid)>,
    Body(origin): Body<Origin>,
) -> Result {
    let mut tx = app.store.write().await?;
    origins::put(&mut tx, &kind, &Origin { object_id: id, ..origin }, app.clock.now()).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// The thing is nobody's file's any more: what it is now is kept.
async fn forget(State(app): State<AppState>, Path((kind, id)): Path<(String, Uuid)>) -> Result {
    let mut tx = app.store.write().await?;
    origins::forget(&mut tx, &kind, id).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
