//! `/api/reeve/dry_run`: would the cluster take this Job? A worker of the pool asks it, as itself.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::post;
use domain::Uuid;
use domain::dry_run::{DryRun, DryRunCreate, DryRunOutcome, DryRunQuestion};
use domain::job_template::refusal;
use domain::work_pools::WorkPool;
use store::{Tx, deployments};

use super::work_pools::existing;
use crate::api::body::Body;
use crate::api::caller::Caller;
use crate::api::error::{ApiError, Result};
use crate::app_state::AppState;
use crate::clock::new_id;
use crate::dry_runs::Silence;

/// Routes below `/api/reeve`.
pub fn routes() -> Router<AppState> {
    Router::new().route("/dry_run", post(create)).route("/dry_run/{id}", post(answer))
}

/// The cluster's words. A template that cannot be saved is refused as it would be then.
async fn create(State(app): State<AppState>, caller: Caller, Body(ask): Body<DryRunCreate>) -> Result {
    let pool = pool_of(&mut app.store.read().await?, &ask).await?;
    if pool.kind != "kubernetes" {
        return Err(ApiError::unprocessable(format!(
            "Work pool \"{}\" is of type {}: there is no cluster to ask.",
            pool.name, pool.kind
        )));
    }
    let template = ask.base_job_template.unwrap_or(pool.base_job_template);
    if let Some(sentence) = refusal(&template) {
        return Err(ApiError::unprocessable(sentence));
    }
    let id = new_id();
    let question = DryRunQuestion { id, base_job_template: template, deployment_id: ask.deployment_id };
    let answer = app.unless_stopping(app.dry_runs.ask(pool.id, &question, &app.clock)).await;
    let answer = match answer.unwrap_or(Ok(Err(Silence::NotAnswered)))? {
        Ok(answer) => answer.bounded(),
        Err(silence) => DryRun::new(DryRunOutcome::Unanswered, words(silence, &pool.name)),
    };
    Ok(caller.ok(&answer))
}

/// The pool that is meant; with a deployment it must be the deployment's, or that of a template to come.
async fn pool_of(tx: &mut Tx, ask: &DryRunCreate) -> Result<WorkPool> {
    let deployment = match ask.deployment_id {
        Some(id) => {
            let found = deployments::by_id(tx, id).await?;
            Some(found.ok_or_else(|| ApiError::not_found("Deployment not found"))?)
        }
        None => None,
    };
    let of_deployment = deployment.and_then(|deployment| deployment.work_pool_name);
    let name = ask.work_pool_name.clone().or(of_deployment);
    let name = name.ok_or_else(|| ApiError::unprocessable("A work pool, or a deployment that has one, is needed."))?;
    existing(tx, &name).await
}

fn words(silence: Silence, pool: &str) -> String {
    match silence {
        Silence::Busy => "Too many dry runs are under way; try again in a moment.".to_owned(),
        Silence::NotTaken => format!("No Kubernetes worker of pool \"{pool}\" is online to ask the cluster."),
        Silence::NotAnswered => format!("The worker of pool \"{pool}\" has not said what the cluster answered."),
    }
}

/// What a worker heard; 404 when nobody waits for it any more.
async fn answer(State(app): State<AppState>, Path(id): Path<Uuid>, Body(answer): Body<DryRun>) -> Result {
    match app.dry_runs.answer(id, &answer.bounded()).await? {
        true => Ok(StatusCode::NO_CONTENT.into_response()),
        false => Err(ApiError::not_found("Nobody waits for this answer.")),
    }
}
