//! `/api/artifacts`.

use super::docs::Docs;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use domain::ArtifactId;
use domain::artifacts::{
    Artifact, ArtifactCollection, ArtifactCreate, ArtifactPage, ArtifactUpdate, cut_metadata, is_legal_key,
};
use serde_json::json;
use store::{Tx, artifacts};

use super::body::{Body, Id, OptionalBody};
use super::caller::Caller;
use super::checks::refused;
use super::error::{ApiError, Result};
use super::page::{limit_of, offset_of};
use crate::app_state::AppState;
use crate::clock::new_id;
use crate::orchestration::AfterCommit;
use crate::orchestration::events::{self, Deed};

/// Routes below `/api/artifacts`.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/", post(create))
        .route("/filter", post(filter))
        .route("/count", post(count))
        .route("/latest/filter", post(filter_latest))
        .route("/latest/count", post(count_latest))
        .route("/{id}", get(read).patch(update).delete(delete))
        .route("/{id}/latest", get(read_latest))
}

/// What `/docs` tells of them.
pub fn describe(docs: &mut Docs) {
    docs.tag("Artifacts");
    docs.post("/artifacts/", "Make an artifact").takes::<ArtifactCreate>().makes::<Artifact>();
    docs.post("/artifacts/filter", "Artifacts that fit").may_take::<ArtifactPage>().gives::<Vec<Artifact>>(200);
    docs.post("/artifacts/count", "How many artifacts fit").may_take::<ArtifactPage>().gives::<i64>(200);
    docs.post("/artifacts/latest/filter", "The newest of each key that fit")
        .may_take::<ArtifactPage>()
        .gives::<Vec<ArtifactCollection>>(200);
    docs.post("/artifacts/latest/count", "How many keys fit").may_take::<ArtifactPage>().gives::<i64>(200);
    docs.get("/artifacts/{key}/latest", "The newest of a key").gives::<Artifact>(200);
    docs.get("/artifacts/{id}", "An artifact").gives::<Artifact>(200);
    docs.patch("/artifacts/{id}", "Change an artifact").takes::<ArtifactUpdate>().done(204);
    docs.delete("/artifacts/{id}", "Delete an artifact").done(204);
}

async fn create(State(app): State<AppState>, caller: Caller, Body(new): Body<ArtifactCreate>) -> Result {
    if let Some(key) = new.key.as_ref().filter(|key| !is_legal_key(key)) {
        let sentence = "Artifact key must only contain lowercase letters, numbers, and dashes.";
        return Err(refused(caller.major, json!(["body", "key"]), sentence, &json!(key), &new));
    }
    let now = app.clock.now();
    let artifact = Artifact {
        id: new_id(),
        created: Some(now),
        updated: Some(now),
        key: new.key,
        kind: new.kind,
        description: new.description,
        data: new.data,
        metadata_: new.metadata_.map(cut_metadata),
        flow_run_id: new.flow_run_id,
        task_run_id: new.task_run_id,
    };
    let mut tx = app.store.write().await?;
    let mut after = AfterCommit::default();
    let collection = new_id();
    artifacts::insert(&mut tx, &artifact, collection, now).await?;
    if let Some(newest) = newest(&mut tx, &artifact).await? {
        let deed = if newest.id.0 == collection { Deed::Created } else { Deed::Updated };
        events::artifacts::tell(&mut tx, deed, &newest, now, &mut after).await?;
    }
    tx.commit().await?;
    after.tell(&app.live);
    Ok(caller.created(&artifact, true))
}

async fn read(State(app): State<AppState>, caller: Caller, Id(id): Id<ArtifactId>) -> Result {
    let artifact = artifacts::by_id(&mut app.store.read().await?, id).await?;
    artifact.map(|artifact| caller.ok(&artifact)).ok_or_else(not_found)
}

/// Shown as an artifact, yet with the collection's id, as Prefect does.
async fn read_latest(State(app): State<AppState>, caller: Caller, Path(key): Path<String>) -> Result {
    let latest = artifacts::latest_by_key(&mut app.store.read().await?, &key).await?.ok_or_else(not_found)?;
    Ok(caller.ok(&Artifact {
        id: latest.id,
        created: latest.created,
        updated: latest.updated,
        key: Some(latest.key),
        kind: latest.kind,
        description: latest.description,
        data: latest.data,
        metadata_: latest.metadata_,
        flow_run_id: latest.flow_run_id,
        task_run_id: latest.task_run_id,
    }))
}

async fn filter(State(app): State<AppState>, caller: Caller, OptionalBody(page): OptionalBody<ArtifactPage>) -> Result {
    let (limit, offset) = (limit_of(page.limit)?, offset_of(page.offset));
    Ok(caller.ok(&artifacts::filter(&mut app.store.read().await?, &page, limit, offset).await?))
}

async fn count(State(app): State<AppState>, caller: Caller, OptionalBody(page): OptionalBody<ArtifactPage>) -> Result {
    Ok(caller.ok(&artifacts::count(&mut app.store.read().await?, &page).await?))
}

async fn filter_latest(
    State(app): State<AppState>,
    caller: Caller,
    OptionalBody(page): OptionalBody<ArtifactPage>,
) -> Result {
    let (limit, offset) = (limit_of(page.limit)?, offset_of(page.offset));
    Ok(caller.ok(&artifacts::filter_latest(&mut app.store.read().await?, &page, limit, offset).await?))
}

async fn count_latest(
    State(app): State<AppState>,
    caller: Caller,
    OptionalBody(page): OptionalBody<ArtifactPage>,
) -> Result {
    Ok(caller.ok(&artifacts::count_latest(&mut app.store.read().await?, &page).await?))
}

async fn update(State(app): State<AppState>, Id(id): Id<ArtifactId>, Body(update): Body<ArtifactUpdate>) -> Result {
    let mut tx = app.store.write().await?;
    let mut artifact = artifacts::by_id(&mut tx, id).await?.ok_or_else(not_found)?;
    update.data.apply(&mut artifact.data);
    update.description.apply(&mut artifact.description);
    if update.metadata_.apply(&mut artifact.metadata_) {
        artifact.metadata_ = artifact.metadata_.map(cut_metadata);
    }
    artifacts::save(&mut tx, &artifact, app.clock.now()).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn delete(State(app): State<AppState>, Id(id): Id<ArtifactId>) -> Result {
    let mut tx = app.store.write().await?;
    let artifact = artifacts::by_id(&mut tx, id).await?.ok_or_else(not_found)?;
    let before = newest(&mut tx, &artifact).await?.filter(|newest| newest.latest_id == id);
    artifacts::delete(&mut tx, id).await?;
    let mut after = AfterCommit::default();
    if let Some(before) = before {
        let (deed, told) = match newest(&mut tx, &artifact).await? {
            Some(is_now) => (Deed::Updated, is_now),
            None => (Deed::Deleted, before),
        };
        events::artifacts::tell(&mut tx, deed, &told, app.clock.now(), &mut after).await?;
    }
    tx.commit().await?;
    after.tell(&app.live);
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// What stands for the artifact's key, if it has one.
async fn newest(tx: &mut Tx, artifact: &Artifact) -> Result<Option<ArtifactCollection>> {
    match &artifact.key {
        Some(key) => Ok(artifacts::latest_by_key(tx, key).await?),
        None => Ok(None),
    }
}

fn not_found() -> ApiError {
    ApiError::not_found("Artifact not found.")
}
