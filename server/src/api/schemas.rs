//! `POST /api/ui/schemas/validate` and `POST /api/templates/validate`: forms check what people type.

use super::docs::Docs;
use axum::Json;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::post;
use minijinja::Environment;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::body::{Body, OptionalBody};
use super::caller::Caller;
use super::error::{ApiError, Result};
use crate::app_state::AppState;
use crate::orchestration::json_schema::{Misfit, Reading, Step, check_schema, misfits};
use crate::orchestration::parameters::{HydrationError, hydrate};

/// Routes directly below `/api`.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/ui/schemas/validate", post(validate))
        .route("/templates/validate", post(validate_template))
        .route("/automations/templates/validate", post(validate_template))
}

/// What `/docs` tells of them.
pub fn describe(docs: &mut Docs) {
    docs.tag("Checks");
    docs.post("/ui/schemas/validate", "Whether values fit a schema").takes::<Question>().gives_any(200, json!({ "type": "object", "properties": { "errors": { "type": "array", "items": {} }, "valid": { "type": "boolean" } }, "required": ["errors", "valid"] }));
    docs.post("/templates/validate", "Whether a text is a template").may_take::<String>().done(200).done(204);
    docs.post("/automations/templates/validate", "Whether a text is a template")
        .may_take::<String>()
        .done(200)
        .done(204);
}

#[derive(Deserialize, JsonSchema)]
#[schemars(inline)]
struct Question {
    schema: Value,
    values: Map<String, Value>,
}

async fn validate(State(app): State<AppState>, caller: Caller, Body(asked): Body<Question>) -> Result {
    let invalid = |error: crate::orchestration::json_schema::SchemaError| ApiError::unprocessable(error.to_string());
    check_schema(&asked.schema).map_err(invalid)?;
    let values = match hydrate(&mut app.store.read().await?, asked.values).await {
        Ok(values) => Value::Object(values),
        Err(HydrationError::Store(error)) => return Err(error.into()),
        // Prefect names the field here; the sentence says what is wrong with it.
        Err(error) => return Ok(caller.ok(&json!({ "errors": [error.to_string()], "valid": false }))),
    };
    let found = misfits(&values, &asked.schema, Reading::default()).map_err(invalid)?;
    let mut errors = Vec::new();
    for misfit in &found {
        note(&mut errors, misfit);
    }
    Ok(caller.ok(&json!({ "valid": errors.is_empty(), "errors": errors })))
}

/// Puts the sentence where it belongs in a tree of `{property, errors}` and `{index, errors}`. What is
/// missing is wrong at the place where it should be.
fn note(errors: &mut Vec<Value>, misfit: &Misfit) {
    let missing = misfit.missing.clone().map(Step::Key);
    let mut here = errors;
    for step in misfit.path.iter().cloned().chain(missing) {
        let (name, place) = match step {
            Step::Key(key) => ("property", json!(key)),
            Step::Index(index) => ("index", json!(index)),
        };
        let known = here.iter().position(|entry| entry.get(name) == Some(&place));
        let at = known.unwrap_or_else(|| {
            here.push(json!({ name: place, "errors": [] }));
            here.len() - 1
        });
        match here[at]["errors"].as_array_mut() {
            Some(deeper) => here = deeper,
            None => return,
        }
    }
    here.push(json!(misfit.message));
}

/// 204 for a template that can be read, or where it cannot.
async fn validate_template(OptionalBody(template): OptionalBody<String>) -> Result {
    Ok(match Environment::new().template_from_str(&template) {
        Ok(_) => StatusCode::NO_CONTENT.into_response(),
        Err(error) => {
            let problem = json!({ "line": error.line(), "message": error.to_string(), "source": template });
            (StatusCode::UNPROCESSABLE_ENTITY, Json(json!({ "error": problem }))).into_response()
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_are_put_where_they_belong() {
        let key = |name: &str| Step::Key(name.to_owned());
        let misfit = |path: Vec<Step>, message: &str, missing: Option<&str>| Misfit {
            path,
            message: message.to_owned(),
            missing: missing.map(str::to_owned),
        };
        let mut errors = Vec::new();
        note(&mut errors, &misfit(vec![key("a"), Step::Index(1)], "no number", None));
        note(&mut errors, &misfit(vec![key("a"), Step::Index(1)], "too small", None));
        note(&mut errors, &misfit(vec![], "'b' is a required property", Some("b")));
        note(&mut errors, &misfit(vec![], "odd", None));
        assert_eq!(
            Value::Array(errors),
            json!([
                { "property": "a", "errors": [{ "index": 1, "errors": ["no number", "too small"] }] },
                { "property": "b", "errors": ["'b' is a required property"] },
                "odd",
            ])
        );
    }
}
