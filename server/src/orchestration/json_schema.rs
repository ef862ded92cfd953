//! Values against JSON schemas, with the sentences that Prefect's servers say.
//!
//! Both servers validate with Python's `jsonschema` after a few repairs of what pydantic writes; clients and
//! people know the words of that library, so what is wrong is said in them.

mod best;
mod message;
mod python;
mod repair;

use jsonschema::{Draft, ValidationError, Validator};
use serde_json::Value;

pub use python::repr;

/// How strictly to read a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reading {
    /// Nothing is required: values from elsewhere may still be added.
    pub ignore_required: bool,
    /// A member with a default may be null, too.
    pub allow_none_with_default: bool,
}

/// A place inside a value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    Index(usize),
    Key(String),
}

/// One thing that does not fit.
#[derive(Debug, Clone, PartialEq)]
pub struct Misfit {
    pub path: Vec<Step>,
    pub message: String,
    /// The member that is missing, when that is what is wrong.
    pub missing: Option<String>,
}

/// Why a value is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SchemaError {
    /// The value does not fit; the sentence names the field.
    #[error("{0}")]
    Misfit(String),
    /// The schema itself is none.
    #[error("Invalid schema: {0}")]
    NoSchema(String),
}

/// Checks `value`; an error is the one that says most.
pub fn validate(value: &Value, schema: &Value, reading: Reading) -> Result<(), SchemaError> {
    fits(value, &repair::repaired(schema, reading))
}

/// The same with a schema that is taken literally, but for what it requires.
pub fn validate_literally(value: &Value, schema: &Value, ignore_required: bool) -> Result<(), SchemaError> {
    let mut schema = schema.clone();
    if ignore_required {
        repair::forget_required(&mut schema);
    }
    fits(value, &schema)
}

fn fits(value: &Value, schema: &Value) -> Result<(), SchemaError> {
    let validator = validator(schema)?;
    let errors: Vec<ValidationError<'_>> = validator.iter_errors(value).collect();
    let Some(error) = best::best_match(&errors, schema) else { return Ok(()) };
    let place = best::path(error);
    let field = match place.as_slice() {
        [] => "Validation failed.".to_owned(),
        place => format!("Validation failed for field {}.", python::quoted(&json_path(place))),
    };
    Err(SchemaError::Misfit(format!("{field} Failure reason: {}", message::of(error))))
}

/// Checks `value` and tells all that does not fit, in the schema's order.
pub fn misfits(value: &Value, schema: &Value, reading: Reading) -> Result<Vec<Misfit>, SchemaError> {
    let schema = repair::repaired(schema, reading);
    let validator = validator(&schema)?;
    let misfit = |error: ValidationError<'_>| Misfit {
        path: best::path(&error),
        message: message::of(&error),
        missing: message::missing(&error),
    };
    Ok(validator.iter_errors(value).map(misfit).collect())
}

/// Whether `schema` is a JSON schema at all.
pub fn check_schema(schema: &Value) -> Result<(), SchemaError> {
    let validator = jsonschema::draft202012::meta::validator();
    let errors: Vec<ValidationError<'_>> = validator.iter_errors(schema).collect();
    match best::best_match(&errors, &Value::Null) {
        Some(error) => Err(SchemaError::NoSchema(message::of(error))),
        None => Ok(()),
    }
}

/// References to other documents are never followed: schemas come from outside.
fn validator(schema: &Value) -> Result<Validator, SchemaError> {
    let options = jsonschema::options().with_draft(Draft::Draft202012).should_validate_formats(false).offline();
    options.build(schema).map_err(|error| SchemaError::NoSchema(error.to_string()))
}

/// `a.b[0]`, and `a['odd key']` for keys that are no words.
fn json_path(place: &[Step]) -> String {
    let mut text = String::new();
    for step in place {
        match step {
            Step::Index(index) => text.push_str(&format!("[{index}]")),
            Step::Key(key) if is_word(key) && text.is_empty() => text.push_str(key),
            Step::Key(key) if is_word(key) => text.push_str(&format!(".{key}")),
            Step::Key(key) => {
                let start = if text.is_empty() { "$" } else { "" };
                text.push_str(&format!("{start}[{}]", python::quoted(key)));
            }
        }
    }
    text
}

fn is_word(key: &str) -> bool {
    key.starts_with(|c: char| c.is_ascii_alphabetic()) && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn said(value: Value, schema: Value, reading: Reading) -> String {
        validate(&value, &schema, reading).map_or_else(|error| error.to_string(), |()| "fits".to_owned())
    }

    #[test]
    fn says_what_python_says() {
        let typed =
            |kind: &str| json!({ "type": "object", "properties": { "p": { "type": kind } }, "required": ["p"] });
        let cases = [
            (json!({ "p": 1 }), typed("integer"), "fits"),
            (
                json!({ "p": "x" }),
                typed("integer"),
                "Validation failed for field 'p'. Failure reason: 'x' is not of type 'integer'",
            ),
            (
                json!({ "p": true }),
                typed("integer"),
                "Validation failed for field 'p'. Failure reason: True is not of type 'integer'",
            ),
            (
                json!({ "p": { "a": [1.0, null, "it's"] } }),
                typed("string"),
                "Validation failed for field 'p'. Failure reason: {'a': [1.0, None, \"it's\"]} is not of type 'string'",
            ),
            (json!({}), typed("integer"), "Validation failed. Failure reason: 'p' is a required property"),
            (
                json!({ "p": { "q": [1, "x"] } }),
                json!({ "properties": { "p": { "properties": { "q": { "items": { "type": "integer" } } } } } }),
                "Validation failed for field 'p.q[1]'. Failure reason: 'x' is not of type 'integer'",
            ),
            (
                json!({ "p": "d" }),
                json!({ "properties": { "p": { "enum": ["a", "b"] } } }),
                "Validation failed for field 'p'. Failure reason: 'd' is not one of ['a', 'b']",
            ),
            (
                json!({ "p": 3 }),
                json!({ "properties": { "p": { "maximum": 2 } } }),
                "Validation failed for field 'p'. Failure reason: 3 is greater than the maximum of 2",
            ),
            (
                json!({ "p": 1, "z": 2 }),
                json!({ "properties": { "p": {} }, "additionalProperties": false }),
                "Validation failed. Failure reason: Additional properties are not allowed ('z' was unexpected)",
            ),
        ];
        for (value, schema, expected) in cases {
            assert_eq!(said(value.clone(), schema, Reading::default()), expected, "{value}");
        }
    }

    #[test]
    fn what_is_not_required_may_be_null_when_it_has_no_default() {
        let schema = |default: Option<i64>| {
            let mut member = json!({ "type": "integer" });
            if let Some(default) = default {
                member["default"] = json!(default);
            }
            json!({ "type": "object", "properties": { "n": member } })
        };
        let lenient = Reading { allow_none_with_default: true, ..Reading::default() };
        assert_eq!(said(json!({ "n": null }), schema(None), Reading::default()), "fits");
        assert_eq!(said(json!({ "n": null }), schema(Some(1)), lenient), "fits");
        let refused = "Validation failed for field 'n'. Failure reason: None is not of type 'integer'";
        assert_eq!(said(json!({ "n": null }), schema(Some(1)), Reading::default()), refused);
        let none_fits =
            "Validation failed for field 'n'. Failure reason: 'x' is not valid under any of the given schemas";
        assert_eq!(said(json!({ "n": "x" }), schema(None), Reading::default()), none_fits);
    }

    #[test]
    fn nothing_is_required_when_values_are_still_to_come() {
        let schema = json!({ "type": "object", "properties": { "n": { "type": "integer" } }, "required": ["n"] });
        let partial = Reading { ignore_required: true, ..Reading::default() };
        assert_eq!(said(json!({}), schema, partial), "fits");
    }

    #[test]
    fn other_documents_are_not_fetched() {
        let schema = json!({ "properties": { "p": { "$ref": "http://127.0.0.1:9/x.json" } } });
        assert!(matches!(validate(&json!({ "p": 1 }), &schema, Reading::default()), Err(SchemaError::NoSchema(_))));
        assert!(matches!(check_schema(&json!({ "type": 12 })), Err(SchemaError::NoSchema(_))));
    }

    #[test]
    fn all_misfits_are_told() {
        let schema = json!({ "properties": { "a": { "type": "integer" } }, "required": ["a", "b"] });
        let found = misfits(&json!({ "a": "x" }), &schema, Reading::default()).expect("a schema");
        assert_eq!(found.len(), 2);
        assert!(found.iter().any(|misfit| misfit.missing.as_deref() == Some("b") && misfit.path.is_empty()));
        assert!(found.iter().any(|misfit| misfit.path == [Step::Key("a".to_owned())]));
    }
}
