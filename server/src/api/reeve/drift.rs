//! `/api/reeve/drift`: what is no longer as its file says, and what to do about it: take the file's state again, or
//! keep what there is.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use domain::deploy::{Deploy, DeployOne, Drift};
use domain::deployments::DeploymentCreate;
use domain::{AutomationId, Major, Uuid, VariableId, WorkQueueId};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use store::{Tx, origins};

use super::templates::{self, Save};
use crate::api::body::{Body, Id};
use crate::api::caller::Caller;
use crate::api::error::{ApiError, Result};
use crate::api::{automations, concurrency_limits_v2, variables, work_pools, work_queues};
use crate::app_state::AppState;
use crate::orchestration::AfterCommit;
use crate::orchestration::asked::Asked;
use crate::orchestration::deploy::batch;
use crate::orchestration::drift;

/// Routes below `/api/reeve`.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/drift", get(list))
        .route("/drift/{kind}/{id}/take", post(take))
        .route("/drift/{kind}/{id}/keep", post(keep))
}

async fn list(State(app): State<AppState>, caller: Caller) -> Result {
    Ok(caller.ok(&drift::all(&mut app.store.read().await?).await?))
}

async fn found(tx: &mut Tx, kind: &str, id: Uuid) -> Result<Drift> {
    let missing = || ApiError::not_found("It comes from no file, or is gone.");
    let origin = origins::of(tx, kind, id).await?.ok_or_else(missing)?;
    drift::of(tx, kind, origin).await?.ok_or_else(missing)
}

/// What differs now is as it should be, until the file or the thing changes again.
async fn keep(State(app): State<AppState>, Path((kind, id)): Path<(String, Uuid)>) -> Result {
    let mut tx = app.store.write().await?;
    let drift = found(&mut tx, &kind, id).await?;
    origins::accept(&mut tx, &kind, id, &drift.differs).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// The thing becomes what its file says, through the door that everybody else changes it by.
async fn take(State(app): State<AppState>, caller: Caller, Path((kind, id)): Path<(String, Uuid)>) -> Result {
    let drift = found(&mut app.store.read().await?, &kind, id).await?;
    if drift.differs.is_empty() {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let said = drift.origin.said.as_object().cloned().unwrap_or_default();
    let state = State(app.clone());
    match kind.as_str() {
        "work-pool" => pool(app, caller, &drift, changed(&drift, said)).await,
        "work-queue" => {
            work_queues::update(state, caller, Id(WorkQueueId(id)), Body(read(changed(&drift, said))?)).await
        }
        "variable" => variables::update(state, caller, Id(VariableId(id)), Body(read(changed(&drift, said))?)).await,
        "concurrency-limit" => {
            let update = Body(read(changed(&drift, said))?);
            concurrency_limits_v2::update(state, caller, Path(id.to_string()), update).await
        }
        // There is no changing of parts: an automation is replaced as a whole.
        "automation" => automations::replace(state, caller, Id(AutomationId(id)), Body(read(said)?)).await,
        _ => redeploy(app, caller, drift).await,
    }
}

/// A pool's template gets a new version that tells where it is from.
async fn pool(app: AppState, caller: Caller, drift: &Drift, mut changed: Map<String, Value>) -> Result {
    let name = || Path(drift.name.clone());
    if let Some(Value::Object(base_job_template)) = changed.shift_remove("base_job_template") {
        let (note, author) = ("Taken from the file again".to_owned(), Some(drift.origin.name.clone()));
        let save = Save { base_job_template, was: None, note, author, source: None };
        templates::save(State(app.clone()), caller, name(), Body(save)).await?;
    }
    if changed.contains_key("type") {
        let sentence = "The type of a work pool cannot be changed: delete it, and it is made anew from its file.";
        return Err(ApiError::conflict(sentence));
    }
    match changed.is_empty() {
        true => Ok(StatusCode::NO_CONTENT.into_response()),
        false => work_pools::update(State(app), caller, name(), Body(read(changed)?)).await,
    }
}

/// The members that differ, as the file says them.
fn changed(drift: &Drift, said: Map<String, Value>) -> Map<String, Value> {
    let differs = |key: &str| drift.differs.iter().any(|it| it.path.split('.').next() == Some(key));
    said.into_iter().filter(|(key, _)| differs(key)).collect()
}

fn read<T: DeserializeOwned>(said: Map<String, Value>) -> Result<T> {
    serde_json::from_value(Value::Object(said)).map_err(|why| ApiError::unprocessable(why.to_string()))
}

/// Deploys again what was said last, schedules and pauses too.
async fn redeploy(app: AppState, caller: Caller, drift: Drift) -> Result {
    let asked = Asked { major: Major::V3, ..caller.asks(&app) };
    let deployment: DeploymentCreate = read(drift.origin.said.as_object().cloned().unwrap_or_default())?;
    let (flow_name, _) = drift.name.split_once('/').unwrap_or_default();
    let one = DeployOne { flow_name: flow_name.to_owned(), deployment, triggers: None };
    let deploy = Deploy {
        major: 3,
        dry_run: false,
        source: drift.origin.source,
        project: drift.origin.name,
        deployments: vec![one],
        prune: false,
        take: true,
    };
    let (mut after, mut tx) = (AfterCommit::default(), app.store.write().await?);
    batch::deploy(&mut tx, &asked, deploy, &mut after).await.map_err(|(_, refused)| ApiError::from(refused))?;
    tx.commit().await?;
    after.tell(&app.live);
    Ok(StatusCode::NO_CONTENT.into_response())
}
