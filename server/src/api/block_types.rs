//! `/api/block_types`, with the documents of a type.

use super::docs::Docs;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use domain::blocks::{
    Any, BlockDocumentFilter, BlockPage, BlockSchemaFilter, BlockType, BlockTypeCreate, BlockTypeFilter,
    BlockTypeUpdate, is_legal_name,
};
use domain::{BlockTypeId, Major};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{StoreError, Tx, block_documents, block_types};

use super::block_documents::{Secrets, refusal};
use super::body::{Body, Id, OptionalBody};
use super::caller::Caller;
use super::checks::refused;
use super::error::{ApiError, Result};
use super::names;
use super::page::{MAX_LIMIT, limit_of, offset_of};
use crate::app_state::AppState;
use crate::clock::new_id;
use crate::orchestration::AfterCommit;
use crate::orchestration::blocks::{catalogue, documents};
use crate::orchestration::events::{self, Deed};

/// Routes below `/api/block_types`.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/", post(create))
        .route("/filter", post(filter))
        .route("/install_system_block_types", post(install))
        .route("/slug/{slug}", get(read_by_slug))
        .route("/slug/{slug}/block_documents", get(documents_of))
        .route("/slug/{slug}/block_documents/name/{name}", get(document_by_name))
        .route("/{id}", get(read).patch(update).delete(delete))
}

/// What `/docs` tells of them.
pub fn describe(docs: &mut Docs) {
    use domain::blocks::BlockDocument;

    docs.tag("Blocks: types");
    docs.post("/block_types/", "Make a type")
        .takes::<BlockTypeCreate>()
        .gives::<BlockType>(201)
        .refuses(409, "The slug is taken");
    docs.post("/block_types/filter", "Types that fit").may_take::<Which>().gives::<Vec<BlockType>>(200);
    docs.post("/block_types/install_system_block_types", "Add the types that Prefect itself has")
        .gives_any(200, json!({ "type": "null" }));
    docs.get("/block_types/slug/{slug}", "A type by its slug").gives::<BlockType>(200);
    docs.get("/block_types/slug/{slug}/block_documents", "Documents of a type")
        .asks::<Option<bool>>("include_secrets", false)
        .gives::<Vec<BlockDocument>>(200);
    docs.get("/block_types/slug/{slug}/block_documents/name/{block_document_name}", "A document by its name")
        .asks::<Option<bool>>("include_secrets", false)
        .gives::<BlockDocument>(200);
    docs.get("/block_types/{id}", "A type").gives::<BlockType>(200);
    docs.patch("/block_types/{id}", "Change a type")
        .takes::<BlockTypeUpdate>()
        .done(204)
        .refuses(403, "The type is protected");
    docs.delete("/block_types/{id}", "Delete a type").done(204).refuses(403, "The type is protected");
}

async fn create(State(app): State<AppState>, caller: Caller, Body(new): Body<BlockTypeCreate>) -> Result {
    if !domain::flows::is_legal_name(&new.name) {
        return Err(names::illegal(caller.major, &new.name, json!(new)));
    }
    if !is_legal_name(&new.slug) {
        let sentence = "Block type slug must only contain lowercase letters, numbers, and dashes.";
        return Err(refused(caller.major, json!(["body", "slug"]), sentence, &json!(new.slug), &new));
    }
    check_urls(caller.major, [&new.logo_url, &new.documentation_url], &new)?;
    if new.name.to_lowercase().starts_with("prefect") {
        let text = "Block type names beginning with 'Prefect' are reserved.";
        return Err(ApiError::Detail(StatusCode::FORBIDDEN, text.to_owned()));
    }
    let now = app.clock.now();
    let block_type = BlockType {
        id: new_id(),
        created: Some(now),
        updated: Some(now),
        name: new.name,
        slug: new.slug,
        logo_url: new.logo_url,
        documentation_url: new.documentation_url,
        description: new.description,
        code_example: new.code_example,
        is_protected: false,
    };
    let mut tx = app.store.write().await?;
    match block_types::insert(&mut tx, &block_type, now).await {
        Err(StoreError::Conflict(_)) => {
            return Err(ApiError::conflict(format!("Block type with name \"{}\" already exists", block_type.name)));
        }
        done => done?,
    }
    tell(&app, tx, Deed::Created, &block_type).await?;
    Ok(caller.created(&block_type, true))
}

async fn read(State(app): State<AppState>, caller: Caller, Id(id): Id<BlockTypeId>) -> Result {
    let block_type = block_types::by_id(&mut app.store.read().await?, id).await?;
    block_type.map(|block_type| caller.ok(&block_type)).ok_or_else(not_found)
}

async fn read_by_slug(State(app): State<AppState>, caller: Caller, Path(slug): Path<String>) -> Result {
    Ok(caller.ok(&by_slug(&mut app.store.read().await?, &slug).await?))
}

/// Body of `filter`; types are not sorted on demand.
#[derive(Deserialize, Default, JsonSchema)]
#[schemars(inline)]
#[serde(default)]
struct Which {
    block_types: Option<BlockTypeFilter>,
    /// Types that have such schemas.
    block_schemas: Option<BlockSchemaFilter>,
    limit: Option<i64>,
    #[serde(deserialize_with = "domain::bounds::at_least::<0, _>")]
    offset: Option<i64>,
}

async fn filter(State(app): State<AppState>, caller: Caller, OptionalBody(which): OptionalBody<Which>) -> Result {
    let page = BlockPage {
        block_types: which.block_types,
        block_schemas: which.block_schemas,
        limit: which.limit,
        offset: which.offset,
        ..BlockPage::default()
    };
    let (limit, offset) = (limit_of(page.limit)?, offset_of(page.offset));
    Ok(caller.ok(&block_types::filter(&mut app.store.read().await?, &page, limit, offset).await?))
}

/// Clients of Prefect 2 cannot read a type whose addresses are none.
fn check_urls(major: Major, urls: [&Option<String>; 2], body: &impl Serialize) -> Result<()> {
    let is_url = |text: &String| {
        ["http://", "https://"].iter().any(|scheme| text.len() > scheme.len() && text.starts_with(scheme))
    };
    for (field, url) in ["logo_url", "documentation_url"].into_iter().zip(urls) {
        if major == Major::V2 && url.as_ref().is_some_and(|url| !is_url(url)) {
            let item = json!({ "loc": ["body", field], "msg": "invalid or missing URL scheme", "type": "value_error.url.scheme" });
            return Err(ApiError::Invalid { items: vec![item], body: json!(body) });
        }
    }
    Ok(())
}

/// Clients send this when the words of their own version differ from the stored ones.
async fn update(
    State(app): State<AppState>,
    caller: Caller,
    Id(id): Id<BlockTypeId>,
    Body(update): Body<BlockTypeUpdate>,
) -> Result {
    let urls = [update.logo_url.clone().value(), update.documentation_url.clone().value()];
    check_urls(caller.major, [&urls[0], &urls[1]], &update)?;
    let mut tx = app.store.write().await?;
    let mut block_type = block_types::by_id(&mut tx, id).await?.ok_or_else(not_found)?;
    let before = block_type.clone();
    update.logo_url.apply(&mut block_type.logo_url);
    update.documentation_url.apply(&mut block_type.documentation_url);
    update.description.apply(&mut block_type.description);
    update.code_example.apply(&mut block_type.code_example);
    if block_type != before {
        block_types::save(&mut tx, &block_type, app.clock.now()).await?;
        tell(&app, tx, Deed::Updated, &block_type).await?;
    }
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn delete(State(app): State<AppState>, Id(id): Id<BlockTypeId>) -> Result {
    let mut tx = app.store.write().await?;
    let block_type = block_types::by_id(&mut tx, id).await?.ok_or_else(not_found)?;
    if block_type.is_protected {
        return Err(ApiError::Detail(StatusCode::FORBIDDEN, "protected block types cannot be deleted.".to_owned()));
    }
    block_types::delete(&mut tx, id).await?;
    tell(&app, tx, Deed::Deleted, &block_type).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn install(State(app): State<AppState>, caller: Caller) -> Result {
    let mut tx = app.store.write().await?;
    catalogue::add(&mut tx, app.clock.now()).await?;
    tx.commit().await?;
    Ok(caller.ok(&()))
}

async fn documents_of(
    State(app): State<AppState>,
    caller: Caller,
    Path(slug): Path<String>,
    Query(secrets): Query<Secrets>,
) -> Result {
    let mut tx = app.store.read().await?;
    let block_type = by_slug(&mut tx, &slug).await?;
    let of_type = BlockDocumentFilter {
        block_type_id: Some(Any { any_: Some(vec![block_type.id]) }),
        ..BlockDocumentFilter::default()
    };
    let page = BlockPage { block_documents: Some(of_type), ..BlockPage::default() };
    let mut found = Vec::new();
    for stored in block_documents::filter(&mut tx, &page, MAX_LIMIT, 0).await? {
        found.push(documents::whole(&mut tx, stored, secrets.include_secrets).await.map_err(refusal)?);
    }
    Ok(caller.ok(&found))
}

async fn document_by_name(
    State(app): State<AppState>,
    caller: Caller,
    Path((slug, name)): Path<(String, String)>,
    Query(secrets): Query<Secrets>,
) -> Result {
    let missing = || ApiError::not_found("Block document not found");
    let mut tx = app.store.read().await?;
    let block_type = block_types::by_slug(&mut tx, &slug).await?.ok_or_else(missing)?;
    let stored = block_documents::by_name(&mut tx, block_type.id, &name).await?.ok_or_else(missing)?;
    let document = documents::whole(&mut tx, stored, secrets.include_secrets).await.map_err(refusal)?;
    Ok(caller.ok(&document))
}

async fn by_slug(tx: &mut Tx, slug: &str) -> Result<BlockType> {
    block_types::by_slug(tx, slug).await?.ok_or_else(not_found)
}

fn not_found() -> ApiError {
    ApiError::not_found("Block type not found")
}

/// Commits, with the event about the type.
async fn tell(app: &AppState, mut tx: Tx, deed: Deed, block_type: &BlockType) -> Result<()> {
    let now = app.clock.now();
    let mut after = AfterCommit::default();
    let payload = json!({
        "name": block_type.name, "slug": block_type.slug, "logo_url": block_type.logo_url,
        "documentation_url": block_type.documentation_url, "description": block_type.description,
        "code_example": block_type.code_example, "is_protected": block_type.is_protected,
    });
    let event = events::lifecycle("block-type", deed, block_type.id.0, &block_type.name, payload, now);
    events::emit(&mut tx, event, now, &mut after).await?;
    tx.commit().await?;
    after.tell(&app.live);
    Ok(())
}
