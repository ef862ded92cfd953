//! `/api/reeve/deploy`: many deployments in one request and one transaction.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use domain::Major;
use domain::deploy::Deploy;
use domain::problem::Problem;
use serde_json::{Value, json};

use crate::api::body::Body;
use crate::api::caller::Caller;
use crate::api::deployments::check_create;
use crate::api::error::{ApiError, Result};
use crate::app_state::AppState;
use crate::orchestration::AfterCommit;
use crate::orchestration::asked::Asked;
use crate::orchestration::deploy::batch;

/// Routes below `/api/reeve`.
pub fn routes() -> Router<AppState> {
    Router::new().route("/deploy", post(deploy))
}

async fn deploy(State(app): State<AppState>, caller: Caller, Body(deploy): Body<Deploy>) -> Result {
    let major = if deploy.major == 2 { Major::V2 } else { Major::V3 };
    for (n, one) in deploy.deployments.iter().enumerate() {
        check_create(major, &one.deployment).map_err(|refused| at(n, refused))?;
    }
    let asked = Asked { major, ..caller.asks(&app) };
    let mut after = AfterCommit::default();
    let mut tx = app.store.write().await?;
    let dry_run = deploy.dry_run;
    let done = batch::deploy(&mut tx, &asked, deploy, &mut after).await;
    let done = done.map_err(|(n, refused)| at(n, refused.into()))?;
    if !dry_run {
        tx.commit().await?;
        after.tell(&app.live);
    }
    Ok(caller.ok(&done))
}

/// Tells which of the deployments an error is about: its index stands beside the sentence.
fn at(n: usize, refused: ApiError) -> ApiError {
    let (status, sentence) = match refused {
        ApiError::NotFound(text) => (StatusCode::NOT_FOUND, text),
        ApiError::Detail(status, text) => (status, text),
        ApiError::Invalid { items, .. } => {
            let problem = Problem { exception_detail: Some(Value::Array(items)), ..Problem::default() };
            (StatusCode::UNPROCESSABLE_ENTITY, problem.sentence())
        }
        other => return other,
    };
    let index = Some(json!({ "index": n }));
    ApiError::problem(status, Problem { exception_detail: index, ..Problem::detail(sentence) })
}
