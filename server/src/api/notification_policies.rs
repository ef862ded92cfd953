//! `/api/flow_run_notification_policies`, which only Prefect 2 has.

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use domain::filter::BoolOps;
use domain::notification_policies::{NotificationPolicy, NotificationPolicyCreate, NotificationPolicyUpdate};
use domain::{Major, NotificationPolicyId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::notification_policies;

use super::body::{Body, Id, OptionalBody};
use super::caller::Caller;
use super::checks::refused;
use super::docs::Docs;
use super::error::{ApiError, Result};
use super::page::{limit_of, offset_of};
use super::root::unknown_route;
use crate::app_state::AppState;
use crate::clock::new_id;
use crate::orchestration::notification_policies::fault;

/// Routes below `/api/flow_run_notification_policies`.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/", post(create))
        .route("/filter", post(filter))
        .route("/{id}", get(read).patch(update).delete(delete))
        .route_layer(middleware::from_fn(only_in_v2))
}

/// What `/docs` tells of them.
pub fn describe(docs: &mut Docs) {
    docs.tag("Notification policies");
    docs.post("/flow_run_notification_policies/", "Make a policy (Prefect 2)")
        .takes::<NotificationPolicyCreate>()
        .gives::<NotificationPolicy>(201);
    docs.post("/flow_run_notification_policies/filter", "Policies that fit (Prefect 2)")
        .may_take::<Page>()
        .gives::<Vec<NotificationPolicy>>(200);
    docs.get("/flow_run_notification_policies/{id}", "A policy (Prefect 2)").gives::<NotificationPolicy>(200);
    docs.patch("/flow_run_notification_policies/{id}", "Change a policy (Prefect 2)")
        .takes::<NotificationPolicyUpdate>()
        .done(204);
    docs.delete("/flow_run_notification_policies/{id}", "Delete a policy (Prefect 2)").done(204);
}

async fn only_in_v2(caller: Caller, request: Request, next: Next) -> Response {
    match caller.major {
        Major::V2 => next.run(request).await,
        Major::V3 => unknown_route().await.into_response(),
    }
}

async fn create(State(app): State<AppState>, caller: Caller, Body(new): Body<NotificationPolicyCreate>) -> Result {
    check(caller, new.message_template.as_deref(), &new)?;
    let now = app.clock.now();
    let policy = NotificationPolicy {
        id: new_id(),
        created: Some(now),
        updated: Some(now),
        is_active: new.is_active,
        state_names: new.state_names,
        tags: new.tags,
        block_document_id: new.block_document_id,
        message_template: new.message_template,
    };
    let mut tx = app.store.write().await?;
    notification_policies::insert(&mut tx, &policy, now).await?;
    tx.commit().await?;
    Ok(caller.created(&policy, true))
}

async fn read(State(app): State<AppState>, caller: Caller, Id(id): Id<NotificationPolicyId>) -> Result {
    let policy = notification_policies::by_id(&mut app.store.read().await?, id).await?;
    policy.map(|policy| caller.ok(&policy)).ok_or_else(not_found)
}

#[derive(Deserialize, Default, JsonSchema)]
#[schemars(inline)]
#[serde(default)]
struct Page {
    flow_run_notification_policy_filter: Option<Filter>,
    limit: Option<i64>,
    #[serde(deserialize_with = "domain::bounds::at_least::<0, _>")]
    offset: Option<i64>,
}

#[derive(Deserialize, JsonSchema)]
#[schemars(inline)]
#[serde(deny_unknown_fields)]
struct Filter {
    #[serde(default = "inactive")]
    is_active: Option<BoolOps>,
}

/// What Prefect takes a filter to mean that says nothing.
fn inactive() -> Option<BoolOps> {
    Some(BoolOps { eq_: Some(false) })
}

async fn filter(State(app): State<AppState>, caller: Caller, OptionalBody(page): OptionalBody<Page>) -> Result {
    let (limit, offset) = (limit_of(page.limit)?, offset_of(page.offset));
    let active = page.flow_run_notification_policy_filter.and_then(|filter| filter.is_active?.eq_);
    Ok(caller.ok(&notification_policies::page(&mut app.store.read().await?, active, limit, offset).await?))
}

async fn update(
    State(app): State<AppState>,
    caller: Caller,
    Id(id): Id<NotificationPolicyId>,
    Body(update): Body<NotificationPolicyUpdate>,
) -> Result {
    check(caller, update.message_template.clone().value().as_deref(), &update)?;
    let mut tx = app.store.write().await?;
    let stored = notification_policies::by_id(&mut tx, id).await?;
    let missing = || ApiError::not_found(format!("Flow run notification policy {id} not found"));
    let mut policy = stored.ok_or_else(missing)?;
    update.is_active.replace(&mut policy.is_active);
    update.state_names.replace(&mut policy.state_names);
    update.tags.replace(&mut policy.tags);
    update.block_document_id.replace(&mut policy.block_document_id);
    update.message_template.apply(&mut policy.message_template);
    notification_policies::save(&mut tx, &policy, app.clock.now()).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn delete(State(app): State<AppState>, Id(id): Id<NotificationPolicyId>) -> Result {
    let mut tx = app.store.write().await?;
    let existed = notification_policies::delete(&mut tx, id).await?;
    tx.commit().await?;
    if existed { Ok(StatusCode::NO_CONTENT.into_response()) } else { Err(not_found()) }
}

fn not_found() -> ApiError {
    ApiError::not_found("flow run notification policy not found")
}

/// 422 for a template that names what there is not.
fn check(caller: Caller, template: Option<&str>, body: &impl Serialize) -> Result<()> {
    match template.and_then(fault) {
        Some(sentence) => {
            Err(refused(caller.major, json!(["body", "message_template"]), &sentence, &json!(template), body))
        }
        None => Ok(()),
    }
}
