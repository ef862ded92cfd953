//! `/api/variables`.

use super::docs::Docs;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use domain::variables::{MAX_NAME, MAX_VALUE, Variable, VariableCreate, VariablePage, VariableUpdate, is_legal_name};
use domain::{Major, Patch, VariableId};
use serde::Serialize;
use serde_json::{Value, json};
use store::{StoreError, Tx, variables};

use super::body::{Body, Id, OptionalBody};
use super::caller::Caller;
use super::checks::refused;
use super::error::{ApiError, Result};
use super::page::{limit_of, offset_of};
use crate::app_state::AppState;
use crate::clock::new_id;
use crate::orchestration::AfterCommit;
use crate::orchestration::events::{self, Deed};

/// Routes below `/api/variables`.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/", post(create))
        .route("/filter", post(filter))
        .route("/count", post(count))
        .route("/name/{name}", get(read_by_name).patch(update_by_name).delete(delete_by_name))
        .route("/{id}", get(read).patch(update).delete(delete))
}

/// What `/docs` tells of them.
pub fn describe(docs: &mut Docs) {
    docs.tag("Variables");
    docs.post("/variables/", "Make a variable")
        .takes::<VariableCreate>()
        .gives::<Variable>(201)
        .refuses(409, "The name is taken");
    docs.post("/variables/filter", "Variables that fit").may_take::<VariablePage>().gives::<Vec<Variable>>(200);
    docs.post("/variables/count", "How many variables fit").may_take::<VariablePage>().gives::<i64>(200);
    docs.get("/variables/name/{name}", "A variable by its name").gives::<Variable>(200);
    docs.patch("/variables/name/{name}", "Change a variable by its name").takes::<VariableUpdate>().done(204);
    docs.delete("/variables/name/{name}", "Delete a variable by its name").done(204);
    docs.get("/variables/{id}", "A variable").gives::<Variable>(200);
    docs.patch("/variables/{id}", "Change a variable").takes::<VariableUpdate>().done(204);
    docs.delete("/variables/{id}", "Delete a variable").done(204);
}

async fn create(State(app): State<AppState>, caller: Caller, Body(new): Body<VariableCreate>) -> Result {
    check(caller.major, Some(&new.name), Some(&new.value), &new)?;
    let now = app.clock.now();
    let variable = Variable {
        id: new_id(),
        created: Some(now),
        updated: Some(now),
        name: new.name,
        value: new.value,
        tags: new.tags,
    };
    let mut tx = app.store.write().await?;
    match variables::insert(&mut tx, &variable, now).await {
        Err(StoreError::Conflict(_)) if caller.major == Major::V3 => {
            return Err(ApiError::conflict(format!("A variable with the name '{}' already exists.", variable.name)));
        }
        done => done?,
    }
    tell(&app, tx, Deed::Created, &variable).await?;
    Ok(caller.created(&variable, true))
}

async fn read(State(app): State<AppState>, caller: Caller, Id(id): Id<VariableId>) -> Result {
    Ok(caller.ok(&find(&mut app.store.read().await?, Which::Id(id)).await?))
}

async fn read_by_name(State(app): State<AppState>, caller: Caller, Path(name): Path<String>) -> Result {
    Ok(caller.ok(&find(&mut app.store.read().await?, Which::Name(name)).await?))
}

async fn filter(State(app): State<AppState>, caller: Caller, OptionalBody(page): OptionalBody<VariablePage>) -> Result {
    let (limit, offset) = (limit_of(page.limit)?, offset_of(page.offset));
    Ok(caller.ok(&variables::filter(&mut app.store.read().await?, &page, limit, offset).await?))
}

async fn count(State(app): State<AppState>, caller: Caller, OptionalBody(page): OptionalBody<VariablePage>) -> Result {
    Ok(caller.ok(&variables::count(&mut app.store.read().await?, page.variables.as_ref()).await?))
}

pub async fn update(
    State(app): State<AppState>,
    caller: Caller,
    Id(id): Id<VariableId>,
    Body(update): Body<VariableUpdate>,
) -> Result {
    change(app, caller, Which::Id(id), update).await
}

async fn update_by_name(
    State(app): State<AppState>,
    caller: Caller,
    Path(name): Path<String>,
    Body(update): Body<VariableUpdate>,
) -> Result {
    change(app, caller, Which::Name(name), update).await
}

async fn delete(State(app): State<AppState>, Id(id): Id<VariableId>) -> Result {
    remove(app, Which::Id(id)).await
}

async fn delete_by_name(State(app): State<AppState>, Path(name): Path<String>) -> Result {
    remove(app, Which::Name(name)).await
}

/// How a variable is named in a path.
enum Which {
    Id(VariableId),
    Name(String),
}

async fn find(tx: &mut Tx, which: Which) -> Result<Variable> {
    let found = match which {
        Which::Id(id) => variables::by_id(tx, id).await?,
        Which::Name(name) => variables::by_name(tx, &name).await?,
    };
    found.ok_or_else(|| ApiError::not_found("Variable not found."))
}

async fn change(app: AppState, caller: Caller, which: Which, update: VariableUpdate) -> Result {
    let sent = |patch: &Patch<Value>| match patch {
        Patch::Absent => None,
        Patch::Null => Some(Value::Null),
        Patch::Value(value) => Some(value.clone()),
    };
    check(caller.major, update.name.clone().value().as_ref(), sent(&update.value).as_ref(), &update)?;
    let mut tx = app.store.write().await?;
    let mut variable = find(&mut tx, which).await?;
    update.name.replace(&mut variable.name);
    if let Some(value) = sent(&update.value) {
        variable.value = value;
    }
    update.tags.replace(&mut variable.tags);
    variables::save(&mut tx, &variable, app.clock.now()).await?;
    tell(&app, tx, Deed::Updated, &variable).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn remove(app: AppState, which: Which) -> Result {
    let mut tx = app.store.write().await?;
    let variable = find(&mut tx, which).await?;
    variables::delete(&mut tx, variable.id).await?;
    tell(&app, tx, Deed::Deleted, &variable).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Commits, with the event about the variable.
async fn tell(app: &AppState, mut tx: Tx, deed: Deed, variable: &Variable) -> Result<()> {
    let now = app.clock.now();
    let mut after = AfterCommit::default();
    let payload = json!({ "name": variable.name, "value": variable.value, "tags": variable.tags });
    let event = events::lifecycle("variable", deed, variable.id.0, &variable.name, payload, now);
    events::emit(&mut tx, event, now, &mut after).await?;
    tx.commit().await?;
    after.tell(&app.live);
    Ok(())
}

/// The rules for names and values of the caller's major. `body` is echoed.
fn check(major: Major, name: Option<&String>, value: Option<&Value>, body: &impl Serialize) -> Result<()> {
    if let Some(name) = name {
        let (dashes, which) = match major {
            Major::V2 => (false, "and underscores"),
            Major::V3 => (true, "and dashes or underscores"),
        };
        if !is_legal_name(name, dashes) {
            let sentence = format!("Variable name must only contain lowercase letters, numbers, {which}.");
            return Err(refused(major, json!(["body", "name"]), &sentence, &json!(name), body));
        }
        if name.chars().count() > MAX_NAME {
            return Err(too_long(major, "name", MAX_NAME, name, body));
        }
    }
    match (major, value) {
        (Major::V2, Some(Value::String(text))) if text.chars().count() > MAX_VALUE => {
            Err(too_long(major, "value", MAX_VALUE, text, body))
        }
        (Major::V3, Some(value)) if value.to_string().chars().count() > MAX_VALUE => {
            let sentence = format!("Variable value must be less than {MAX_VALUE} characters");
            Err(refused(major, json!(["body", "value"]), &sentence, value, body))
        }
        (Major::V2, Some(value)) if !value.is_string() => {
            let (msg, kind) = match value {
                Value::Null => ("none is not an allowed value", "type_error.none.not_allowed"),
                _ => ("str type expected", "type_error.str"),
            };
            let item = json!({ "loc": ["body", "value"], "msg": msg, "type": kind });
            Err(ApiError::Invalid { items: vec![item], body: json!(body) })
        }
        _ => Ok(()),
    }
}

fn too_long(major: Major, field: &str, most: usize, text: &str, body: &impl Serialize) -> ApiError {
    let item = match major {
        Major::V2 => json!({
            "loc": ["body", field], "msg": format!("ensure this value has at most {most} characters"),
            "type": "value_error.any_str.max_length", "ctx": { "limit_value": most },
        }),
        Major::V3 => json!({
            "type": "string_too_long", "loc": ["body", field], "msg": format!("String should have at most {most} characters"),
            "input": text, "ctx": { "max_length": most },
        }),
    };
    ApiError::Invalid { items: vec![item], body: json!(body) }
}
