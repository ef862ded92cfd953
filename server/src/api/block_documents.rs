//! `/api/block_documents`.

use super::docs::Docs;
use axum::Router;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use domain::blocks::{BlockDocument, BlockDocumentCreate, BlockDocumentUpdate, BlockPage, is_legal_name};
use domain::events::{NAME, ROLE, Resource};
use domain::{BlockDocumentId, Major};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use store::{Tx, block_documents};

use super::admin::forget_storage;
use super::body::{Body, Id, OptionalBody};
use super::caller::Caller;
use super::checks::refused;
use super::error::{ApiError, Result};
use super::page::{limit_of, offset_of};
use crate::app_state::AppState;
use crate::orchestration::AfterCommit;
use crate::orchestration::blocks::{BlockError, documents};
use crate::orchestration::events::{self, Deed};

/// Routes below `/api/block_documents`.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/", post(create))
        .route("/filter", post(filter))
        .route("/count", post(count))
        .route("/{id}", get(read).patch(update).delete(delete))
}

/// What `/docs` tells of them.
pub fn describe(docs: &mut Docs) {
    docs.tag("Blocks: documents");
    docs.post("/block_documents/", "Make a document")
        .takes::<BlockDocumentCreate>()
        .gives::<BlockDocument>(201)
        .refuses(409, "The name is taken");
    docs.post("/block_documents/filter", "Documents that fit").may_take::<BlockPage>().gives::<Vec<BlockDocument>>(200);
    docs.post("/block_documents/count", "How many documents fit").may_take::<BlockPage>().gives::<i64>(200);
    docs.get("/block_documents/{id}", "A document")
        .asks::<Option<bool>>("include_secrets", false)
        .gives::<BlockDocument>(200);
    docs.patch("/block_documents/{id}", "Change a document").takes::<BlockDocumentUpdate>().done(204);
    docs.delete("/block_documents/{id}", "Delete a document").done(204);
}

/// Whether secrets are to be told.
#[derive(Deserialize)]
pub struct Secrets {
    #[serde(default)]
    pub include_secrets: bool,
}

/// The answer to what was not written.
pub fn refusal(error: BlockError) -> ApiError {
    match error {
        BlockError::Taken => ApiError::conflict(error.to_string()),
        BlockError::NotFound => ApiError::not_found(error.to_string()),
        BlockError::Senseless(text) => ApiError::bad_request(text),
        BlockError::Store(error) => error.into(),
    }
}

async fn create(State(app): State<AppState>, caller: Caller, Body(new): Body<BlockDocumentCreate>) -> Result {
    check_name(caller.major, &new)?;
    let mut tx = app.store.write().await?;
    let document = documents::create(&mut tx, new, app.clock.now()).await.map_err(refusal)?;
    tell(&app, tx, Deed::Created, &document).await?;
    Ok(caller.created(&document, true))
}

/// Names become parts of URLs; only anonymous documents do without.
fn check_name(major: Major, new: &BlockDocumentCreate) -> Result<()> {
    match &new.name {
        Some(name) if !is_legal_name(name) => {
            let sentence = "Block document name must only contain lowercase letters, numbers, and dashes.";
            Err(refused(major, json!(["body", "name"]), sentence, &json!(name), new))
        }
        None if !new.is_anonymous => {
            let sentence = "Names must be provided for block documents.";
            Err(refused(major, json!(["body"]), sentence, &json!(new), new))
        }
        _ => Ok(()),
    }
}

async fn read(
    State(app): State<AppState>,
    caller: Caller,
    Id(id): Id<BlockDocumentId>,
    Query(secrets): Query<Secrets>,
) -> Result {
    let document = documents::read(&mut app.store.read().await?, id, secrets.include_secrets).await.map_err(refusal)?;
    document.map(|document| caller.ok(&document)).ok_or_else(|| refusal(BlockError::NotFound))
}

async fn filter(State(app): State<AppState>, caller: Caller, OptionalBody(page): OptionalBody<BlockPage>) -> Result {
    let (limit, offset) = (limit_of(page.limit)?, offset_of(page.offset));
    let mut tx = app.store.read().await?;
    let mut found = Vec::new();
    for stored in block_documents::filter(&mut tx, &page, limit, offset).await? {
        found.push(documents::whole(&mut tx, stored, page.include_secrets.unwrap_or(false)).await.map_err(refusal)?);
    }
    Ok(caller.ok(&found))
}

async fn count(State(app): State<AppState>, caller: Caller, OptionalBody(page): OptionalBody<BlockPage>) -> Result {
    Ok(caller.ok(&block_documents::count(&mut app.store.read().await?, &page).await?))
}

async fn update(
    State(app): State<AppState>,
    Id(id): Id<BlockDocumentId>,
    Body(update): Body<BlockDocumentUpdate>,
) -> Result {
    let mut tx = app.store.write().await?;
    documents::update(&mut tx, id, update, app.clock.now()).await.map_err(refusal)?;
    let document = documents::read(&mut tx, id, false).await.map_err(refusal)?;
    tell(&app, tx, Deed::Updated, &document.ok_or_else(|| refusal(BlockError::NotFound))?).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn delete(State(app): State<AppState>, Id(id): Id<BlockDocumentId>) -> Result {
    let mut tx = app.store.write().await?;
    let document = documents::read(&mut tx, id, false).await.map_err(refusal)?;
    let document = document.ok_or_else(|| refusal(BlockError::NotFound))?;
    block_documents::delete(&mut tx, id).await?;
    forget_storage(&mut tx, id).await?;
    tell(&app, tx, Deed::Deleted, &document).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Commits, with the event about the document; nobody is told of anonymous ones. The payload has the plain
/// texts of the data only, and no secrets.
async fn tell(app: &AppState, mut tx: Tx, deed: Deed, document: &BlockDocument) -> Result<()> {
    let now = app.clock.now();
    let mut after = AfterCommit::default();
    if !document.is_anonymous {
        let secret = document
            .block_schema
            .as_ref()
            .map(|schema| domain::blocks::secret_fields(&schema.fields))
            .unwrap_or_default();
        let is_open = |(key, value): &(&String, &Value)| value.is_string() && !secret.contains(key);
        let data: Map<String, Value> =
            document.data.iter().filter(is_open).map(|(key, value)| (key.clone(), value.clone())).collect();
        let name = document.name.as_deref().unwrap_or_default();
        let type_name = document.block_type_name.as_deref().unwrap_or_default();
        let schema = document.block_schema.as_ref().map(|schema| {
            json!({ "capabilities": schema.capabilities, "block_type": { "id": document.block_type_id, "name": type_name } })
        });
        let payload = json!({ "name": name, "data": data, "block_schema": schema });
        let event = events::lifecycle("block-document", deed, document.id.0, name, payload, now);
        let event = event.involving([
            Resource::of("block-type", document.block_type_id).with(ROLE, "block-type").with(NAME, type_name),
            Resource::of("block-schema", document.block_schema_id).with(ROLE, "block-schema"),
        ]);
        events::emit(&mut tx, event, now, &mut after).await?;
    }
    tx.commit().await?;
    after.tell(&app.live);
    Ok(())
}
