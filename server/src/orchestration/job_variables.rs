//! Job variables against the schema that a work pool's base job template declares for them.

use domain::Uuid;
use serde_json::{Map, Value};
use store::Tx;

use super::blocks::{self, BlockError};
use super::json_schema::{self, Reading, SchemaError};
use super::refusal::{Decided, Refusal};

/// How a set of variables is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// The template alone: its own defaults must fit.
    Template,
    /// A deployment: runs may still add what is required.
    Deployment,
    /// A run: nothing will be added.
    Run,
}

/// Checks `layers` laid over the template's defaults, the last one on top. `prefix` begins the sentence of a
/// refusal.
pub async fn check(
    tx: &mut Tx,
    template: &Map<String, Value>,
    layers: &[&Map<String, Value>],
    stage: Stage,
    prefix: &str,
) -> Decided<()> {
    let Some(schema @ Value::Object(declared)) = template.get("variables") else { return Ok(()) };
    if declared.is_empty() {
        return Ok(());
    }
    json_schema::check_schema(schema).map_err(|error| Refusal::Invalid(error.to_string()))?;
    let (mut variables, bad_defaults) = defaults(tx, schema, stage).await?;
    for layer in layers {
        variables.extend(layer.iter().map(|(name, value)| (name.clone(), value.clone())));
    }
    let reading = Reading { ignore_required: stage != Stage::Run || bad_defaults, allow_none_with_default: true };
    match json_schema::validate(&Value::Object(variables), schema, reading) {
        Ok(()) => Ok(()),
        Err(error @ SchemaError::NoSchema(_)) => Err(Refusal::Invalid(error.to_string())),
        Err(error @ SchemaError::Misfit(_)) => Err(Refusal::Invalid(format!("{prefix}: {error}"))),
    }
}

/// The defaults that the schema gives, and whether some were left out because they do not fit it. Those of
/// a template that is being judged itself are all kept.
async fn defaults(tx: &mut Tx, schema: &Value, stage: Stage) -> Decided<(Map<String, Value>, bool)> {
    let mut found = Map::new();
    let mut left_out = false;
    let Some(Value::Object(members)) = schema.get("properties") else { return Ok((found, left_out)) };
    for (name, member) in members {
        let Some(default) = member.get("default") else { continue };
        let value = match default.get("$ref") {
            Some(reference) => match block(tx, reference).await? {
                Some(data) => data,
                None => continue,
            },
            None => default.clone(),
        };
        let one = Value::Object(Map::from_iter([(name.clone(), value.clone())]));
        if stage == Stage::Template || fits_as_it_is(&one, schema) {
            found.insert(name.clone(), value);
        } else {
            left_out = true;
        }
    }
    Ok((found, left_out))
}

/// Defaults are held against the schema as it is written: where it does not allow null, null is no default.
fn fits_as_it_is(value: &Value, schema: &Value) -> bool {
    json_schema::validate_literally(value, schema, true).is_ok()
}

/// The data of the block document that a default refers to.
async fn block(tx: &mut Tx, reference: &Value) -> Decided<Option<Value>> {
    let Some(id) = reference.get("block_document_id") else { return Ok(None) };
    let missing = || Refusal::NotFound("Block not found.".to_owned());
    let id: Uuid = id.as_str().and_then(|id| id.parse().ok()).ok_or_else(missing)?;
    match blocks::data(tx, id).await {
        Ok(Some(data)) => Ok(Some(data)),
        Err(BlockError::Store(error)) => Err(error.into()),
        Ok(None) | Err(_) => Err(missing()),
    }
}
