//! `/api/automations`.
//!
//! Prefect 2 asks for them only when its own experimental setting is on; its server would have to have the
//! same one. Here they are always there, in the shape of either major.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::{delete, get, post};
use domain::AutomationId;
use domain::automations::{AutomationCreate, AutomationPage, AutomationPartialUpdate, AutomationUpdate, Fault};
use domain::problem::Problem;
use serde::Serialize;
use serde_json::{Value, json};
use store::automations;

use super::body::{Body, Id, OptionalBody};
use super::caller::Caller;
use super::checks::refused;
use super::docs::Docs;
use super::error::{ApiError, Result};
use super::page::{limit_of, offset_of};
use crate::app_state::AppState;
use crate::clock::new_id;
use crate::orchestration::AfterCommit;
use crate::orchestration::automations as decide;
use crate::orchestration::refusal::Refusal;

/// Routes below `/api/automations`.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/", post(create))
        .route("/filter", post(filter))
        .route("/count", post(count))
        .route("/related-to/{resource_id}", get(related_to))
        .route("/owned-by/{resource_id}", delete(delete_owned))
        .route("/{id}", get(read).put(replace).patch(enable).delete(delete_one))
}

/// What `/docs` tells of them.
pub fn describe(docs: &mut Docs) {
    use domain::automations::Automation;

    docs.tag("Automations");
    docs.post("/automations/", "Make an automation").takes::<AutomationCreate>().gives::<Automation>(201);
    docs.post("/automations/filter", "Automations that fit").may_take::<AutomationPage>().gives::<Vec<Automation>>(200);
    docs.post("/automations/count", "How many automations fit").may_take::<AutomationPage>().gives::<i64>(200);
    docs.get("/automations/related-to/{resource_id}", "Automations about a resource").gives::<Vec<Automation>>(200);
    docs.delete("/automations/owned-by/{resource_id}", "Delete the automations of a resource").done(202);
    docs.get("/automations/{id}", "An automation").gives::<Automation>(200);
    docs.put("/automations/{id}", "Replace an automation").takes::<AutomationUpdate>().done(204);
    docs.patch("/automations/{id}", "Switch an automation on or off").takes::<AutomationPartialUpdate>().done(204);
    docs.delete("/automations/{id}", "Delete an automation").done(204);
}

async fn create(State(app): State<AppState>, caller: Caller, Body(new): Body<AutomationCreate>) -> Result {
    let now = app.clock.now();
    let (mut automation, owner) = new.clone().into_automation(new_id(), now);
    if let Some(fault) = decide::prepare(&mut automation) {
        return Err(wrong(caller, &fault, &new));
    }
    let mut after = AfterCommit::default();
    let mut tx = app.store.write().await?;
    decide::create(&mut tx, &automation, owner.as_deref(), now, &mut after).await?;
    tx.commit().await?;
    after.tell(&app.live);
    Ok(caller.created(&automation, true))
}

pub async fn replace(
    State(app): State<AppState>,
    caller: Caller,
    Id(id): Id<AutomationId>,
    Body(update): Body<AutomationUpdate>,
) -> Result {
    let now = app.clock.now();
    let mut after = AfterCommit::default();
    let mut tx = app.store.write().await?;
    let mut automation = decide::updated(&mut tx, id, update.clone(), now).await.map_err(missing)?;
    if let Some(fault) = decide::prepare(&mut automation) {
        return Err(wrong(caller, &fault, &update));
    }
    decide::replace(&mut tx, &automation, now, &mut after).await?;
    tx.commit().await?;
    after.tell(&app.live);
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn enable(
    State(app): State<AppState>,
    caller: Caller,
    Id(id): Id<AutomationId>,
    Body(update): Body<AutomationPartialUpdate>,
) -> Result {
    let mut after = AfterCommit::default();
    let mut tx = app.store.write().await?;
    let enabled = decide::enable(&mut tx, id, update.enabled, app.clock.now(), &mut after).await.map_err(missing)?;
    enabled.map_err(|fault| wrong(caller, &fault, &update))?;
    tx.commit().await?;
    after.tell(&app.live);
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn read(State(app): State<AppState>, caller: Caller, Id(id): Id<AutomationId>) -> Result {
    let automation = automations::by_id(&mut app.store.read().await?, id).await?;
    automation.map(|automation| caller.ok(&automation)).ok_or_else(|| missing(decide::not_found()))
}

async fn filter(
    State(app): State<AppState>,
    caller: Caller,
    OptionalBody(page): OptionalBody<AutomationPage>,
) -> Result {
    let (limit, offset) = (limit_of(page.limit)?, offset_of(page.offset));
    Ok(caller.ok(&automations::filter(&mut app.store.read().await?, &page, limit, offset).await?))
}

async fn count(
    State(app): State<AppState>,
    caller: Caller,
    OptionalBody(page): OptionalBody<AutomationPage>,
) -> Result {
    Ok(caller.ok(&automations::count(&mut app.store.read().await?, page.automations.as_ref()).await?))
}

async fn related_to(State(app): State<AppState>, caller: Caller, Path(resource): Path<String>) -> Result {
    Ok(caller.ok(&automations::related_to(&mut app.store.read().await?, &resource, false).await?))
}

async fn delete_one(State(app): State<AppState>, Id(id): Id<AutomationId>) -> Result {
    let mut after = AfterCommit::default();
    let mut tx = app.store.write().await?;
    decide::delete(&mut tx, id, app.clock.now(), &mut after).await.map_err(missing)?;
    tx.commit().await?;
    after.tell(&app.live);
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// 202, as if it were done in the background. Every deploy asks for it.
async fn delete_owned(State(app): State<AppState>, caller: Caller, Path(owner): Path<String>) -> Result {
    let mut after = AfterCommit::default();
    let mut tx = app.store.write().await?;
    decide::delete_owned(&mut tx, &owner, app.clock.now(), &mut after).await?;
    tx.commit().await?;
    after.tell(&app.live);
    Ok(caller.answer(StatusCode::ACCEPTED, &Value::Null))
}

/// An automation that does not exist is told in the words of the layer below the handlers.
fn missing(refusal: Refusal) -> ApiError {
    match refusal {
        Refusal::NotFound(text) => ApiError::Problem(StatusCode::NOT_FOUND, Box::new(Problem::exception(text))),
        other => other.into(),
    }
}

/// 422 with the place of the fault.
fn wrong(caller: Caller, fault: &Fault, body: &impl Serialize) -> ApiError {
    let loc: Vec<Value> = std::iter::once(json!("body")).chain(fault.place.iter().cloned()).collect();
    let whole = json!(body);
    let input = fault.place.iter().try_fold(&whole, |here, step| match step {
        Value::Number(n) => here.get(usize::try_from(n.as_u64()?).ok()?),
        step => here.get(step.as_str()?),
    });
    refused(caller.major, json!(loc), &fault.sentence, input.unwrap_or(&Value::Null), body)
}
