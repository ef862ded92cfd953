//! `/api/admin`, `/api/csrf-token` and `/ui-settings`: what clients and dashboards ask about the server.

use super::docs::{AnyObject, Docs};
use schemars::JsonSchema;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use axum::{Json, Router};
use domain::{BlockDocumentId, Major};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::{Tx, configuration};

use super::body::{Body, OptionalBody};
use super::caller::Caller;
use super::error::{ApiError, Result};
use super::page::MAX_LIMIT;
use super::root::unknown_route;
use crate::app_state::{AppState, Policy};
use crate::orchestration::blocks::catalogue;

/// Where the default storage of results is kept.
const STORAGE: &str = "server-default-result-storage";

/// Routes directly below `/api`.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/admin/settings", get(settings))
        .route("/admin/storage", get(read_storage).put(set_storage).delete(clear_storage))
        .route("/admin/database/clear", post(clear_database))
        .route("/admin/database/drop", post(clear_database))
        .route("/admin/database/create", post(create_database))
        .route("/csrf-token", get(csrf_token))
}

/// What `/docs` tells of them.
pub fn describe(docs: &mut Docs) {
    docs.tag("Server");
    docs.get("/admin/settings", "The settings that this server goes by").gives::<AnyObject>(200);
    docs.get("/admin/storage", "Where results go when nothing else is said (Prefect 3)").gives::<Storage>(200);
    docs.put("/admin/storage", "Choose where results go (Prefect 3)").takes::<NewStorage>().gives::<Storage>(200);
    docs.delete("/admin/storage", "Results go nowhere in particular (Prefect 3)").done(204);
    docs.post("/admin/database/clear", "Delete everything (Prefect 2)").may_take::<Sure>().done(204);
    docs.post("/admin/database/drop", "Delete everything (Prefect 2)").may_take::<Sure>().done(204);
    docs.post("/admin/database/create", "Nothing: the tables are there (Prefect 2)").may_take::<Sure>().done(204);
    docs.get("/csrf-token", "Tokens are not used, which clients hear here").asks::<String>("client", true);
}

/// Clients switch their tokens off when they hear this. Writes from other sites' pages are refused by their
/// origin instead.
async fn csrf_token() -> ApiError {
    ApiError::unprocessable("CSRF protection is disabled.")
}

/// Which block results go to when nothing else is said (Prefect 3).
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
struct Storage {
    default_result_storage_block_id: Option<BlockDocumentId>,
}

async fn read_storage(State(app): State<AppState>, caller: Caller) -> Result {
    if caller.major == Major::V2 {
        return Err(unknown_route().await);
    }
    Ok(caller.ok(&stored(&mut app.store.read().await?).await?))
}

async fn stored(tx: &mut Tx) -> Result<Storage> {
    let value = configuration::get(tx, STORAGE).await?;
    Ok(value.and_then(|value| serde_json::from_value(value).ok()).unwrap_or_default())
}

/// The block must be able to write.
#[derive(Deserialize, JsonSchema)]
#[schemars(inline)]
struct NewStorage {
    default_result_storage_block_id: BlockDocumentId,
}

async fn set_storage(State(app): State<AppState>, caller: Caller, Body(new): Body<NewStorage>) -> Result {
    if caller.major == Major::V2 {
        return Err(unknown_route().await);
    }
    let id = new.default_result_storage_block_id;
    let mut tx = app.store.write().await?;
    let capabilities = store::block_documents::capabilities(&mut tx, id).await?;
    let capabilities = capabilities.ok_or_else(|| ApiError::not_found(format!("Block document {id} not found.")))?;
    if !capabilities.iter().any(|capability| capability == "write-path") {
        return Err(ApiError::unprocessable(format!("Block document {id} cannot be used for result storage.")));
    }
    let storage = Storage { default_result_storage_block_id: Some(id) };
    configuration::set(&mut tx, STORAGE, &json!(storage)).await?;
    tx.commit().await?;
    Ok(caller.ok(&storage))
}

async fn clear_storage(State(app): State<AppState>, caller: Caller) -> Result {
    if caller.major == Major::V2 {
        return Err(unknown_route().await);
    }
    let mut tx = app.store.write().await?;
    configuration::remove(&mut tx, STORAGE).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Forgets the default storage if it is this block, which is about to be deleted.
pub async fn forget_storage(tx: &mut Tx, id: BlockDocumentId) -> Result<()> {
    if stored(tx).await?.default_result_storage_block_id == Some(id) {
        configuration::remove(tx, STORAGE).await?;
    }
    Ok(())
}

/// What must be said before the database is touched (Prefect 2).
#[derive(Deserialize, Default, JsonSchema)]
#[schemars(inline)]
#[serde(default)]
struct Sure {
    confirm: bool,
}

/// Deletes everything that clients stored. A server that runs keeps its tables, whatever they ask.
async fn clear_database(State(app): State<AppState>, caller: Caller, sure: OptionalBody<Sure>) -> Result {
    if !is_sure(caller, sure).await? {
        return Ok(StatusCode::BAD_REQUEST.into_response());
    }
    let mut tx = app.store.write().await?;
    store::clear(&mut tx).await?;
    configuration::remove(&mut tx, STORAGE).await?;
    catalogue::add(&mut tx, app.clock.now()).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// The tables are there for as long as the server runs.
async fn create_database(caller: Caller, sure: OptionalBody<Sure>) -> Result {
    let status = if is_sure(caller, sure).await? { StatusCode::NO_CONTENT } else { StatusCode::BAD_REQUEST };
    Ok(status.into_response())
}

async fn is_sure(caller: Caller, OptionalBody(sure): OptionalBody<Sure>) -> Result<bool> {
    match caller.major {
        Major::V2 => Ok(sure.confirm),
        Major::V3 => Err(unknown_route().await),
    }
}

/// The settings that this server goes by, under Prefect's names; secrets are not among them.
async fn settings(State(app): State<AppState>, caller: Caller) -> Result {
    Ok(caller.ok(&match caller.major {
        Major::V2 => flat(&app.policy),
        Major::V3 => nested(&app.policy),
    }))
}

fn seconds(duration: Duration) -> f64 {
    duration.as_secs_f64()
}

fn flat(policy: &Policy) -> Value {
    let scheduler = &policy.scheduler;
    json!({
        "PREFECT_API_DEFAULT_LIMIT": MAX_LIMIT,
        "PREFECT_API_SERVICES_LATE_RUNS_AFTER_SECONDS": seconds(policy.late_after),
        "PREFECT_API_SERVICES_SCHEDULER_LOOP_SECONDS": seconds(scheduler.loop_interval),
        "PREFECT_API_SERVICES_SCHEDULER_MAX_RUNS": scheduler.max_runs,
        "PREFECT_API_SERVICES_SCHEDULER_MAX_SCHEDULED_TIME": seconds(scheduler.max_scheduled_time),
        "PREFECT_API_SERVICES_SCHEDULER_MIN_RUNS": scheduler.min_runs,
        "PREFECT_API_SERVICES_SCHEDULER_MIN_SCHEDULED_TIME": seconds(scheduler.min_scheduled_time),
        "PREFECT_EXPERIMENTAL_ENABLE_WORKERS": true,
        "PREFECT_EXPERIMENTAL_ENABLE_WORK_POOLS": true,
        "PREFECT_EXPERIMENTAL_EVENTS": false,
        "PREFECT_SERVER_ANALYTICS_ENABLED": false,
        "PREFECT_SERVER_CSRF_PROTECTION_ENABLED": false,
    })
}

fn nested(policy: &Policy) -> Value {
    let scheduler = &policy.scheduler;
    json!({
        "server": {
            "analytics_enabled": false,
            "api": { "csrf_protection_enabled": false, "default_limit": MAX_LIMIT },
            "logs": { "stream_out_enabled": true, "stream_publishing_enabled": true },
            "services": {
                "cancellation_cleanup": { "cancelling_timeout_seconds": seconds(policy.cancelling_timeout) },
                "late_runs": { "after_seconds": seconds(policy.late_after) },
                "scheduler": {
                    "loop_seconds": seconds(scheduler.loop_interval),
                    "max_runs": scheduler.max_runs,
                    "max_scheduled_time": seconds(scheduler.max_scheduled_time),
                    "min_runs": scheduler.min_runs,
                    "min_scheduled_time": seconds(scheduler.min_scheduled_time),
                    "recent_deployments_loop_seconds": seconds(scheduler.recent_interval),
                },
            },
        },
    })
}

/// `GET /ui-settings`, outside of `/api`: where a dashboard that is served elsewhere finds the API.
pub async fn ui_settings(State(app): State<AppState>, headers: HeaderMap) -> Json<Value> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let scheme = text("x-forwarded-proto").unwrap_or("http");
    let host = text("x-forwarded-host").or_else(|| text(header::HOST.as_str())).unwrap_or("localhost");
    Json(json!({
        "api_url": format!("{scheme}://{host}/api"),
        "csrf_enabled": false,
        "auth": app.policy.auth_string.as_ref().map(|_| "BASIC"),
        "flags": [],
    }))
}
