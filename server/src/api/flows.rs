//! `/api/flows`.

use super::docs::Docs;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use domain::filter::{Filters, Page, Paginated};
use domain::flows::{Flow, FlowCreate, FlowFilter, FlowSort, FlowUpdate, Labels, is_legal_name};
use domain::{FlowId, Patch};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::flows;

use super::body::{Body, Id, OptionalBody};
use super::caller::Caller;
use super::error::{ApiError, Result};
use super::page::{Deleted, bulk_limit, limit_of, number_of, offset_of, pages, rows_before};
use crate::app_state::AppState;
use crate::clock::new_id;
use crate::orchestration::AfterCommit;
use crate::orchestration::events::{self, Deed};

/// Routes below `/api/flows`.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/", post(create))
        .route("/count", post(count))
        .route("/filter", post(filter))
        .route("/paginate", post(paginate))
        .route("/bulk_delete", post(bulk_delete))
        .route("/name/{name}", get(read_by_name))
        .route("/{id}", get(read).patch(update).delete(delete))
}

/// What `/docs` tells of them.
pub fn describe(docs: &mut Docs) {
    docs.tag("Flows");
    docs.post("/flows/", "Make a flow, or find the one of that name").takes::<FlowCreate>().makes::<Flow>();
    docs.post("/flows/filter", "Flows that fit").may_take::<Page<FlowSort>>().gives::<Vec<Flow>>(200);
    docs.post("/flows/count", "How many flows fit").may_take::<Page<FlowSort>>().gives::<i64>(200);
    docs.post("/flows/paginate", "A page of the flows that fit")
        .may_take::<Page<FlowSort>>()
        .gives::<Paginated<Flow>>(200);
    docs.post("/flows/bulk_delete", "Delete flows that fit").may_take::<BulkDelete>().gives::<Deleted<FlowId>>(200);
    docs.get("/flows/name/{name}", "A flow by its name").gives::<Flow>(200);
    docs.get("/flows/{id}", "A flow").gives::<Flow>(200);
    docs.patch("/flows/{id}", "Change a flow").takes::<FlowUpdate>().done(204);
    docs.delete("/flows/{id}", "Delete a flow with its runs and deployments").done(204);
}

async fn create(State(app): State<AppState>, caller: Caller, Body(flow): Body<FlowCreate>) -> Result {
    if !is_legal_name(&flow.name) {
        return Err(super::names::illegal(caller.major, &flow.name, json!(flow)));
    }
    let flow = Flow {
        id: new_id(),
        created: None,
        updated: None,
        name: flow.name,
        tags: flow.tags,
        labels: Some(flow.labels.unwrap_or_else(Labels::new)),
    };
    let mut tx = app.store.write().await?;
    let (flow, is_new) = flows::insert_or_get(&mut tx, &flow, app.clock.now()).await?;
    let mut after = AfterCommit::default();
    if is_new {
        events::flows::tell(&mut tx, Deed::Created, &flow, app.clock.now(), &mut after).await?;
    }
    tx.commit().await?;
    after.tell(&app.live);
    Ok(caller.created(&flow, is_new))
}

async fn read(State(app): State<AppState>, caller: Caller, Id(id): Id<FlowId>) -> Result {
    let flow = flows::by_id(&mut app.store.read().await?, id).await?;
    flow.map(|flow| caller.ok(&flow)).ok_or_else(not_found)
}

async fn read_by_name(State(app): State<AppState>, caller: Caller, Path(name): Path<String>) -> Result {
    let flow = flows::by_name(&mut app.store.read().await?, &name).await?;
    flow.map(|flow| caller.ok(&flow)).ok_or_else(not_found)
}

async fn filter(
    State(app): State<AppState>,
    caller: Caller,
    OptionalBody(page): OptionalBody<Page<FlowSort>>,
) -> Result {
    let (limit, offset) = (limit_of(page.limit)?, offset_of(page.offset));
    let found = flows::filter(&mut app.store.read().await?, &page, limit, offset).await?;
    Ok(caller.ok(&found))
}

async fn count(
    State(app): State<AppState>,
    caller: Caller,
    OptionalBody(page): OptionalBody<Page<FlowSort>>,
) -> Result {
    Ok(caller.ok(&flows::count(&mut app.store.read().await?, &page.filters).await?))
}

async fn paginate(
    State(app): State<AppState>,
    caller: Caller,
    OptionalBody(page): OptionalBody<Page<FlowSort>>,
) -> Result {
    let (limit, number) = (limit_of(page.limit)?, number_of(page.page));
    let mut tx = app.store.read().await?;
    let count = flows::count(&mut tx, &page.filters).await?;
    let results = flows::filter(&mut tx, &page, limit, rows_before(number, limit)).await?;
    Ok(caller.ok(&Paginated { results, count, limit, pages: pages(count, limit), page: number }))
}

/// Body of `bulk_delete` (Prefect 3).
#[derive(Deserialize, Serialize, Default, JsonSchema)]
#[schemars(inline)]
#[serde(default)]
struct BulkDelete {
    flows: Option<FlowFilter>,
    limit: Option<i64>,
}

/// Deletes flows with their runs and deployments.
async fn bulk_delete(
    State(app): State<AppState>,
    caller: Caller,
    OptionalBody(body): OptionalBody<BulkDelete>,
) -> Result {
    let limit = bulk_limit(caller.major, body.limit, &body)?;
    let page = Page { filters: Filters { flows: body.flows, ..Filters::default() }, ..Page::default() };
    let mut tx = app.store.write().await?;
    let (mut deleted, mut after) = (Vec::new(), AfterCommit::default());
    for flow in flows::filter(&mut tx, &page, limit, 0).await? {
        events::flows::tell(&mut tx, Deed::Deleted, &flow, app.clock.now(), &mut after).await?;
        flows::delete(&mut tx, flow.id).await?;
        deleted.push(flow.id);
    }
    tx.commit().await?;
    after.tell(&app.live);
    Ok(caller.ok(&Deleted { deleted }))
}

async fn update(State(app): State<AppState>, Id(id): Id<FlowId>, Body(update): Body<FlowUpdate>) -> Result {
    let mut tx = app.store.write().await?;
    let now = app.clock.now();
    if let Patch::Value(tags) = update.tags {
        flows::set_tags(&mut tx, id, &tags, now).await?;
    }
    let flow = flows::by_id(&mut tx, id).await?.ok_or_else(not_found)?;
    let mut after = AfterCommit::default();
    events::flows::tell(&mut tx, Deed::Updated, &flow, now, &mut after).await?;
    tx.commit().await?;
    after.tell(&app.live);
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn delete(State(app): State<AppState>, Id(id): Id<FlowId>) -> Result {
    let mut tx = app.store.write().await?;
    let flow = flows::by_id(&mut tx, id).await?.ok_or_else(not_found)?;
    let mut after = AfterCommit::default();
    events::flows::tell(&mut tx, Deed::Deleted, &flow, app.clock.now(), &mut after).await?;
    flows::delete(&mut tx, id).await?;
    tx.commit().await?;
    after.tell(&app.live);
    Ok(StatusCode::NO_CONTENT.into_response())
}

fn not_found() -> ApiError {
    ApiError::not_found("Flow not found")
}
