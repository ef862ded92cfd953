//! Schedules of a deployment, and pausing them.

use axum::response::Response;
use domain::ScheduleId;
use domain::deployments::{DeploymentScheduleCreate, DeploymentScheduleUpdate};
use domain::problem::Problem;

use super::*;
use crate::api::body::parse_id;

pub async fn list(State(app): State<AppState>, caller: Caller, Id(id): Id<DeploymentId>) -> Result {
    let deployment = deployments::by_id(&mut app.store.read().await?, id).await?;
    let deployment = deployment.ok_or_else(|| ApiError::not_found("Deployment not found."))?;
    Ok(caller.ok(&deployment.schedules))
}

pub async fn create(
    State(app): State<AppState>,
    caller: Caller,
    Id(id): Id<DeploymentId>,
    Body(new): Body<Vec<DeploymentScheduleCreate>>,
) -> Result {
    bodies::check_schedules(caller.major, &new, &["body"], &new)?;
    let mut tx = app.store.write().await?;
    let made = deploy::add_schedules(&mut tx, &caller.asks(&app), id, new).await?;
    tx.commit().await?;
    changed(&app, id);
    Ok(caller.answer(StatusCode::CREATED, &made))
}

/// Both ids of the path.
fn ids(caller: Caller, (id, schedule): (String, String)) -> Result<(DeploymentId, ScheduleId)> {
    Ok((parse_id("id", &id, caller.major)?, parse_id("schedule_id", &schedule, caller.major)?))
}

pub async fn update(
    State(app): State<AppState>,
    caller: Caller,
    Path(path): Path<(String, String)>,
    Body(update): Body<DeploymentScheduleUpdate>,
) -> Result {
    let (id, schedule) = ids(caller, path)?;
    bodies::check_schedule_update(caller.major, &update, &[json!("body")], &update)?;
    let mut tx = app.store.write().await?;
    deploy::update_schedule(&mut tx, &caller.asks(&app), id, schedule, update).await?;
    tx.commit().await?;
    changed(&app, id);
    Ok(StatusCode::NO_CONTENT.into_response())
}

pub async fn delete(State(app): State<AppState>, caller: Caller, Path(path): Path<(String, String)>) -> Result {
    let (id, schedule) = ids(caller, path)?;
    let mut tx = app.store.write().await?;
    deploy::delete_schedule(&mut tx, &caller.asks(&app), id, schedule).await?;
    tx.commit().await?;
    changed(&app, id);
    Ok(StatusCode::NO_CONTENT.into_response())
}

pub async fn pause(State(app): State<AppState>, caller: Caller, Id(id): Id<DeploymentId>) -> Result {
    one_schedule(&app, caller, id).await?;
    let mut tx = app.store.write().await?;
    deploy::pause(&mut tx, &caller.asks(&app), id).await?;
    tx.commit().await?;
    changed(&app, id);
    Ok(null(caller))
}

pub async fn resume(State(app): State<AppState>, caller: Caller, Id(id): Id<DeploymentId>) -> Result {
    one_schedule(&app, caller, id).await?;
    let mut tx = app.store.write().await?;
    deploy::resume(&mut tx, &caller.asks(&app), id).await?;
    tx.commit().await?;
    changed(&app, id);
    Ok(null(caller))
}

pub async fn pause_by_its_old_name(app: State<AppState>, caller: Caller, id: Id<DeploymentId>) -> Result {
    only_v2(caller)?;
    pause(app, caller, id).await
}

pub async fn resume_by_its_old_name(app: State<AppState>, caller: Caller, id: Id<DeploymentId>) -> Result {
    only_v2(caller)?;
    resume(app, caller, id).await
}

/// Prefect 2 pauses by the only schedule: with several of them it refuses.
async fn one_schedule(app: &AppState, caller: Caller, id: DeploymentId) -> Result<()> {
    if caller.major == Major::V3 {
        return Ok(());
    }
    let deployment = existing(&mut app.store.read().await?, id).await?;
    if deployment.schedules.len() <= 1 {
        return Ok(());
    }
    let text = deploy::multiple_schedules(id).to_string();
    let problem = Problem { detail: Some(json!([text])), ..Problem::default() };
    Err(ApiError::problem(StatusCode::UNPROCESSABLE_ENTITY, problem))
}

fn null(caller: Caller) -> Response {
    caller.ok(&Value::Null)
}
