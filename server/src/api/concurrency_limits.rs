//! `/api/concurrency_limits`: limits on tags of tasks, and the task runs that hold their slots.

use super::docs::Docs;
use schemars::JsonSchema;
use std::collections::HashMap;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use domain::concurrency_limits::{
    ConcurrencyLimit, HolderKind, MinimalConcurrencyLimit, TAG, TagLimit, TagLimitCreate, TagLimitReset, TagSlots,
};
use domain::problem::Problem;
use domain::{ConcurrencyLimitId, Major, TaskRunId, Timestamp};
use serde::Deserialize;
use store::{Tx, concurrency_leases, concurrency_limits};

use super::body::{Body, Id, OptionalBody};
use super::caller::Caller;
use super::concurrency_limits_v2::tell;
use super::error::{ApiError, Result};
use super::page::{limit_of, offset_of};
use super::root::wrong_method;
use crate::app_state::AppState;
use crate::orchestration::AfterCommit;
use crate::orchestration::concurrency::{self, Tags};
use crate::orchestration::events::Deed;

/// Seconds after which a task asks again for a slot of its tag.
const WAIT: f64 = 10.0;

/// Routes below `/api/concurrency_limits`.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/", post(create))
        .route("/filter", post(filter))
        .route("/increment", post(increment))
        .route("/decrement", post(decrement))
        .route("/tag/{tag}", get(read_by_tag).delete(delete_by_tag))
        .route("/tag/{tag}/reset", post(reset))
        .route("/{id}", get(read).delete(delete))
}

/// What `/docs` tells of them.
pub fn describe(docs: &mut Docs) {
    use serde_json::json;

    docs.tag("Limits on tags");
    docs.post("/concurrency_limits/", "Set the limit of a tag").takes::<TagLimitCreate>().makes::<TagLimit>();
    docs.post("/concurrency_limits/filter", "All limits on tags").may_take::<Page>().gives::<Vec<TagLimit>>(200);
    docs.post("/concurrency_limits/increment", "Take slots for a task run (Prefect 3)")
        .takes::<TagSlots>()
        .gives::<Vec<MinimalConcurrencyLimit>>(200)
        .refuses(423, "No slot is free; Retry-After tells when to ask again");
    docs.post("/concurrency_limits/decrement", "Give slots back (Prefect 3)")
        .takes::<TagSlots>()
        .gives::<Vec<MinimalConcurrencyLimit>>(200);
    docs.get("/concurrency_limits/tag/{tag}", "The limit of a tag").gives::<TagLimit>(200);
    docs.delete("/concurrency_limits/tag/{tag}", "Delete the limit of a tag").gives_any(200, json!({ "type": "null" }));
    docs.post("/concurrency_limits/tag/{tag}/reset", "Take all slots back")
        .may_take::<TagLimitReset>()
        .gives_any(200, json!({ "type": "null" }));
    docs.get("/concurrency_limits/{id}", "A limit on a tag").gives::<TagLimit>(200);
    docs.delete("/concurrency_limits/{id}", "Delete a limit on a tag").gives_any(200, json!({ "type": "null" }));
}

/// Prefect 2 says 200 for a new one as well.
async fn create(State(app): State<AppState>, caller: Caller, Body(wish): Body<TagLimitCreate>) -> Result {
    let now = app.clock.now();
    let mut after = AfterCommit::default();
    let mut tx = app.store.write().await?;
    let (limit, is_new) = concurrency::set_tag_limit(&mut tx, &wish, now).await?;
    let deed = if is_new { Deed::Created } else { Deed::Updated };
    tell(&mut tx, deed, &limit, now, &mut after).await?;
    let shown = shown(&mut tx, vec![limit], now).await?.remove(0);
    tx.commit().await?;
    after.tell(&app.live);
    Ok(caller.created(&shown, is_new && caller.major == Major::V3))
}

async fn read(State(app): State<AppState>, caller: Caller, Id(id): Id<ConcurrencyLimitId>) -> Result {
    let mut tx = app.store.read().await?;
    let limit = by_id(&mut tx, id).await?;
    Ok(caller.ok(&shown(&mut tx, vec![limit], app.clock.now()).await?[0]))
}

async fn read_by_tag(State(app): State<AppState>, caller: Caller, Path(tag): Path<String>) -> Result {
    let mut tx = app.store.read().await?;
    let limit = by_tag(&mut tx, &tag).await?;
    Ok(caller.ok(&shown(&mut tx, vec![limit], app.clock.now()).await?[0]))
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
    let mut tx = app.store.read().await?;
    let found = concurrency_limits::page(&mut tx, true, limit, offset).await?;
    Ok(caller.ok(&shown(&mut tx, found, app.clock.now()).await?))
}

async fn reset(
    State(app): State<AppState>,
    caller: Caller,
    Path(tag): Path<String>,
    OptionalBody(wish): OptionalBody<TagLimitReset>,
) -> Result {
    let mut tx = app.store.write().await?;
    let limit = by_tag(&mut tx, &tag).await?;
    let holders = wish.slot_override.unwrap_or_default();
    concurrency::reset(&mut tx, limit.id, &holders, app.clock.now()).await?;
    tx.commit().await?;
    Ok(caller.ok(&()))
}

async fn delete(State(app): State<AppState>, caller: Caller, Id(id): Id<ConcurrencyLimitId>) -> Result {
    let mut tx = app.store.write().await?;
    let limit = by_id(&mut tx, id).await?;
    remove(&app, caller, tx, limit).await
}

async fn delete_by_tag(State(app): State<AppState>, caller: Caller, Path(tag): Path<String>) -> Result {
    let mut tx = app.store.write().await?;
    let limit = by_tag(&mut tx, &tag).await?;
    remove(&app, caller, tx, limit).await
}

async fn remove(app: &AppState, caller: Caller, mut tx: Tx, limit: ConcurrencyLimit) -> Result {
    let mut after = AfterCommit::default();
    concurrency_limits::delete(&mut tx, limit.id).await?;
    tell(&mut tx, Deed::Deleted, &limit, app.clock.now(), &mut after).await?;
    tx.commit().await?;
    after.tell(&app.live);
    Ok(caller.ok(&()))
}

async fn increment(State(app): State<AppState>, caller: Caller, Body(wish): Body<TagSlots>) -> Result {
    if caller.major == Major::V2 {
        return Err(wrong_method().await);
    }
    let mut tx = app.store.write().await?;
    let taken = concurrency::take_tags(&mut tx, &wish.names, wish.task_run_id, app.clock.now()).await?;
    tx.commit().await?;
    let locked = |text: String| (StatusCode::LOCKED, axum::Json(Problem::detail(text)));
    Ok(match taken {
        Tags::Taken(limits) => caller.ok(&by_tag_name(&limits)),
        Tags::Never(tag) => locked(format!(
            "The concurrency limit on tag \"{tag}\" is 0 and will deadlock if the task tries to run again."
        ))
        .into_response(),
        Tags::Full(tag) => {
            let text = format!("Concurrency limit for the {tag} tag has been reached");
            ([(header::RETRY_AFTER, format!("{WAIT:?}"))], locked(text)).into_response()
        }
    })
}

async fn decrement(State(app): State<AppState>, caller: Caller, Body(wish): Body<TagSlots>) -> Result {
    if caller.major == Major::V2 {
        return Err(wrong_method().await);
    }
    let names: Vec<String> = wish.names.iter().map(|tag| format!("{TAG}{tag}")).collect();
    let mut tx = app.store.write().await?;
    let limits = concurrency_limits::lock_by_names(&mut tx, &names).await?;
    concurrency::give_tags_back(&mut tx, wish.task_run_id, app.clock.now()).await?;
    tx.commit().await?;
    let minimal: Vec<MinimalConcurrencyLimit> = limits.iter().map(MinimalConcurrencyLimit::from).collect();
    Ok(caller.ok(&minimal))
}

/// Under the tag's name, not the limit's.
fn by_tag_name(limits: &[ConcurrencyLimit]) -> Vec<MinimalConcurrencyLimit> {
    let named = |limit: &ConcurrencyLimit| MinimalConcurrencyLimit {
        name: limit.tag().unwrap_or(&limit.name).to_owned(),
        ..MinimalConcurrencyLimit::from(limit)
    };
    limits.iter().filter(|limit| limit.active).map(named).collect()
}

async fn by_tag(tx: &mut Tx, tag: &str) -> Result<ConcurrencyLimit> {
    concurrency_limits::by_name(tx, &format!("{TAG}{tag}")).await?.ok_or_else(not_found)
}

async fn by_id(tx: &mut Tx, id: ConcurrencyLimitId) -> Result<ConcurrencyLimit> {
    let limit = concurrency_limits::by_id(tx, id).await?;
    limit.filter(|limit| limit.tag().is_some()).ok_or_else(not_found)
}

fn not_found() -> ApiError {
    ApiError::not_found("Concurrency limit not found")
}

/// The limits as they are shown here, with the task runs that hold slots.
async fn shown(tx: &mut Tx, limits: Vec<ConcurrencyLimit>, now: Timestamp) -> Result<Vec<TagLimit>> {
    let ids: Vec<ConcurrencyLimitId> = limits.iter().map(|limit| limit.id).collect();
    let mut holders: HashMap<ConcurrencyLimitId, Vec<TaskRunId>> = HashMap::new();
    for (limit, holder) in concurrency_leases::holders(tx, &ids, now).await? {
        if holder.kind == HolderKind::TaskRun {
            holders.entry(limit).or_default().push(TaskRunId(holder.id));
        }
    }
    let shown = limits.into_iter().map(|limit| TagLimit {
        tag: limit.tag().unwrap_or_default().to_owned(),
        active_slots: holders.remove(&limit.id).unwrap_or_default(),
        id: limit.id,
        created: limit.created,
        updated: limit.updated,
        concurrency_limit: limit.limit,
    });
    Ok(shown.collect())
}
