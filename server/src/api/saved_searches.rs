//! `/api/saved_searches`.

use super::docs::Docs;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::{get, post, put};
use domain::SavedSearchId;
use domain::saved_searches::{SavedSearch, SavedSearchCreate};
use schemars::JsonSchema;
use serde::Deserialize;
use store::saved_searches;

use super::body::{Body, Id, OptionalBody};
use super::caller::Caller;
use super::error::{ApiError, Result};
use super::page::{limit_of, offset_of};
use crate::app_state::AppState;
use crate::clock::new_id;

/// Routes below `/api/saved_searches`.
pub fn routes() -> Router<AppState> {
    Router::new().route("/", put(create)).route("/filter", post(filter)).route("/{id}", get(read).delete(delete))
}

/// What `/docs` tells of them.
pub fn describe(docs: &mut Docs) {
    use domain::saved_searches::SavedSearch;

    docs.tag("Saved searches");
    docs.put("/saved_searches/", "Save a search under its name").takes::<SavedSearchCreate>().makes::<SavedSearch>();
    docs.post("/saved_searches/filter", "All saved searches").may_take::<Page>().gives::<Vec<SavedSearch>>(200);
    docs.get("/saved_searches/{id}", "A saved search").gives::<SavedSearch>(200);
    docs.delete("/saved_searches/{id}", "Delete a saved search").done(204);
}

async fn create(State(app): State<AppState>, caller: Caller, Body(new): Body<SavedSearchCreate>) -> Result {
    let search = SavedSearch { id: new_id(), created: None, updated: None, name: new.name, filters: new.filters };
    let mut tx = app.store.write().await?;
    let stored = saved_searches::put(&mut tx, &search, app.clock.now()).await?;
    tx.commit().await?;
    Ok(caller.created(&stored, stored.id == search.id))
}

async fn read(State(app): State<AppState>, caller: Caller, Id(id): Id<SavedSearchId>) -> Result {
    let search = saved_searches::by_id(&mut app.store.read().await?, id).await?;
    search.map(|search| caller.ok(&search)).ok_or_else(not_found)
}

#[derive(Deserialize, Default, JsonSchema)]
#[schemars(inline)]
#[serde(default)]
struct Page {
    limit: Option<i64>,
    #[serde(deserialize_with = "domain::bounds::at_least::<0, _>")]
    offset: Option<i64>,
}

async fn filter(State(app): State<AppState>, caller: Caller, OptionalBody(page): OptionalBody<Page>) -> Result {
    let (limit, offset) = (limit_of(page.limit)?, offset_of(page.offset));
    Ok(caller.ok(&saved_searches::page(&mut app.store.read().await?, limit, offset).await?))
}

async fn delete(State(app): State<AppState>, Id(id): Id<SavedSearchId>) -> Result {
    let mut tx = app.store.write().await?;
    let existed = saved_searches::delete(&mut tx, id).await?;
    tx.commit().await?;
    if existed { Ok(StatusCode::NO_CONTENT.into_response()) } else { Err(not_found()) }
}

fn not_found() -> ApiError {
    ApiError::not_found("Saved search not found")
}
