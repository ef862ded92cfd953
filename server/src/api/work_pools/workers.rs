//! `/api/work_pools/{name}/workers`.

use domain::work_pools::{WorkerFilter, WorkerHeartbeat};
use store::workers;

use super::*;
use crate::api::error::ApiError;

#[derive(Deserialize, Default, JsonSchema)]
#[schemars(inline)]
#[serde(default)]
pub struct Which {
    workers: Option<WorkerFilter>,
    limit: Option<i64>,
    #[serde(deserialize_with = "domain::bounds::at_least::<0, _>")]
    offset: Option<i64>,
}

/// The first heartbeat in a pool that waits for a worker makes the pool ready.
pub async fn heartbeat(
    State(app): State<AppState>,
    Path(pool): Path<String>,
    Parameters(beat): Parameters<WorkerHeartbeat>,
) -> Result {
    let pool = existing(&mut app.store.read().await?, &pool).await?;
    let interval = beat.heartbeat_interval_seconds.map(|seconds| seconds.round() as i64);
    super::beat(&app, pool.id, &beat.name, interval).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

pub async fn filter(
    State(app): State<AppState>,
    caller: Caller,
    Path(pool): Path<String>,
    OptionalBody(which): OptionalBody<Which>,
) -> Result {
    let mut tx = app.store.read().await?;
    let pool = existing(&mut tx, &pool).await?;
    let query = workers::Query {
        filter: which.workers.as_ref(),
        beats: app.policy.foreman.beats(),
        interval: app.policy.foreman.interval_seconds(),
        limit: limit_of(which.limit)?,
        offset: offset_of(which.offset),
    };
    Ok(caller.ok(&workers::of_pool(&mut tx, pool.id, &query, app.clock.now()).await?))
}

pub async fn delete(State(app): State<AppState>, Path((pool, worker)): Path<(String, String)>) -> Result {
    let mut tx = app.store.write().await?;
    let pool = existing(&mut tx, &pool).await?;
    if !workers::delete(&mut tx, pool.id, &worker).await? {
        return Err(ApiError::not_found("Worker not found."));
    }
    tx.commit().await?;
    app.live.changed(Changed::Worker, pool.id);
    Ok(StatusCode::NO_CONTENT.into_response())
}
