//! `/api/block_schemas` and `/api/block_capabilities`.

use super::docs::Docs;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use domain::BlockSchemaId;
use domain::blocks::{BlockSchemaCreate, BlockSchemaFilter};
use schemars::JsonSchema;
use serde::Deserialize;
use store::block_schemas;

use super::body::{Body, Id, OptionalBody};
use super::caller::Caller;
use super::error::{ApiError, Result};
use super::page::{limit_of, offset_of};
use crate::app_state::AppState;
use crate::orchestration::blocks::schemas::{self, SchemaError};

/// Routes below `/api/block_schemas`.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/", post(create))
        .route("/filter", post(filter))
        .route("/checksum/{checksum}", get(read_by_checksum))
        .route("/{id}", get(read).delete(delete))
}

/// What `/docs` tells of them.
pub fn describe(docs: &mut Docs) {
    use domain::blocks::BlockSchema;

    docs.tag("Blocks: schemas");
    docs.post("/block_schemas/", "Make a schema, or find the one with that checksum")
        .takes::<BlockSchemaCreate>()
        .makes::<BlockSchema>();
    docs.post("/block_schemas/filter", "Schemas that fit").may_take::<Which>().gives::<Vec<BlockSchema>>(200);
    docs.get("/block_schemas/checksum/{checksum}", "A schema by its checksum")
        .asks::<Option<String>>("version", false)
        .gives::<BlockSchema>(200);
    docs.get("/block_schemas/{id}", "A schema").gives::<BlockSchema>(200);
    docs.delete("/block_schemas/{id}", "Delete a schema").done(204);
    docs.get("/block_capabilities/", "What blocks can do").gives::<Vec<String>>(200);
}

/// `GET /api/block_capabilities`: all that some kind of block can do.
pub async fn capabilities(State(app): State<AppState>, caller: Caller) -> Result {
    Ok(caller.ok(&block_schemas::capabilities(&mut app.store.read().await?).await?))
}

async fn create(State(app): State<AppState>, caller: Caller, Body(new): Body<BlockSchemaCreate>) -> Result {
    let mut tx = app.store.write().await?;
    let registered = schemas::register(&mut tx, new, app.clock.now()).await.map_err(|error| match error {
        SchemaError::NoType(_) => ApiError::not_found(error.to_string()),
        SchemaError::NoInnerType(_) => ApiError::conflict(error.to_string()),
        SchemaError::Store(error) => error.into(),
    });
    let (schema, is_new) = registered?;
    tx.commit().await?;
    Ok(caller.created(&schema, is_new))
}

async fn read(State(app): State<AppState>, caller: Caller, Id(id): Id<BlockSchemaId>) -> Result {
    let schema = block_schemas::by_id(&mut app.store.read().await?, id).await?;
    schema.map(|schema| caller.ok(&schema)).ok_or_else(not_found)
}

#[derive(Deserialize)]
struct OfVersion {
    version: Option<String>,
}

async fn read_by_checksum(
    State(app): State<AppState>,
    caller: Caller,
    Path(checksum): Path<String>,
    Query(of): Query<OfVersion>,
) -> Result {
    let schema = block_schemas::by_checksum(&mut app.store.read().await?, &checksum, of.version.as_deref()).await?;
    schema.map(|schema| caller.ok(&schema)).ok_or_else(not_found)
}

/// Body of `filter`; schemas are not sorted on demand.
#[derive(Deserialize, Default, JsonSchema)]
#[schemars(inline)]
#[serde(default)]
struct Which {
    block_schemas: Option<BlockSchemaFilter>,
    limit: Option<i64>,
    #[serde(deserialize_with = "domain::bounds::at_least::<0, _>")]
    offset: Option<i64>,
}

async fn filter(State(app): State<AppState>, caller: Caller, OptionalBody(which): OptionalBody<Which>) -> Result {
    let (limit, offset) = (limit_of(which.limit)?, offset_of(which.offset));
    let found =
        block_schemas::filter(&mut app.store.read().await?, which.block_schemas.as_ref(), limit, offset).await?;
    Ok(caller.ok(&found))
}

async fn delete(State(app): State<AppState>, Id(id): Id<BlockSchemaId>) -> Result {
    let mut tx = app.store.write().await?;
    let schema = block_schemas::by_id(&mut tx, id).await?.ok_or_else(not_found)?;
    if schema.block_type.is_some_and(|block_type| block_type.is_protected) {
        let text = "Block schemas for protected block types cannot be deleted.";
        return Err(ApiError::Detail(StatusCode::FORBIDDEN, text.to_owned()));
    }
    block_schemas::delete(&mut tx, id).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

fn not_found() -> ApiError {
    ApiError::not_found("Block schema not found")
}
