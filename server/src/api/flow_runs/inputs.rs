//! Values that people and other runs hand to a running flow.

use axum::extract::Path;
use domain::Major;
use domain::flow_run_inputs::{FlowRunInput, FlowRunInputCreate, FlowRunInputPage, is_legal_key};
use serde_json::json;
use store::flow_run_inputs;

use super::*;
use crate::api::body::parse_id;
use crate::clock::new_id;

pub async fn create(
    State(app): State<AppState>,
    caller: Caller,
    Id(flow_run_id): Id<FlowRunId>,
    Body(body): Body<FlowRunInputCreate>,
) -> Result {
    if !is_legal_key(&body.key) {
        return Err(illegal_key(caller.major, &body));
    }
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    if flow_runs::labels(&mut tx, flow_run_id).await?.is_none() {
        return Err(not_found());
    }
    let input = FlowRunInput {
        id: new_id(),
        created: Some(now),
        updated: Some(now),
        flow_run_id,
        key: body.key,
        value: body.value,
        sender: body.sender,
    };
    if !flow_run_inputs::insert(&mut tx, &input, now).await? {
        return Err(ApiError::conflict("A flow run input with this key already exists."));
    }
    tx.commit().await?;
    Ok(caller.answer(StatusCode::CREATED, &Value::Null))
}

pub async fn filter(
    State(app): State<AppState>,
    caller: Caller,
    Id(id): Id<FlowRunId>,
    Body(page): Body<FlowRunInputPage>,
) -> Result {
    Ok(caller.ok(&flow_run_inputs::filter(&mut app.store.read().await?, id, &page).await?))
}

/// The value as it was sent, as plain text.
pub async fn read(State(app): State<AppState>, caller: Caller, Path((id, key)): Path<(String, String)>) -> Result {
    let id = parse_id("id", &id, caller.major)?;
    let value = flow_run_inputs::value(&mut app.store.read().await?, id, &key).await?;
    value.map(IntoResponse::into_response).ok_or_else(no_input)
}

pub async fn delete(State(app): State<AppState>, caller: Caller, Path((id, key)): Path<(String, String)>) -> Result {
    let id = parse_id("id", &id, caller.major)?;
    let mut tx = app.store.write().await?;
    let existed = flow_run_inputs::delete(&mut tx, id, &key).await?;
    tx.commit().await?;
    if existed { Ok(StatusCode::NO_CONTENT.into_response()) } else { Err(no_input()) }
}

fn no_input() -> ApiError {
    ApiError::not_found("Flow run input not found")
}

fn illegal_key(major: Major, body: &FlowRunInputCreate) -> ApiError {
    let text = "value must only contain lowercase letters, numbers, dashes and underscores";
    let item = match major {
        Major::V2 => json!({ "loc": ["body", "key"], "msg": text, "type": "value_error" }),
        Major::V3 => json!({ "type": "value_error", "loc": ["body", "key"], "msg": text, "input": body.key }),
    };
    ApiError::Invalid { items: vec![item], body: json!(body) }
}
