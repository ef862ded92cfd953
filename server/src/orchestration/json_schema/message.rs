//! What is wrong, in the words of Python's `jsonschema`.

use jsonschema::ValidationError;
use jsonschema::error::{TypeKind, ValidationErrorKind as Kind};
use serde_json::Value;

use super::python::{quoted, repr};

/// The sentence about one misfit.
pub fn of(error: &ValidationError<'_>) -> String {
    let value = repr(error.instance());
    match error.kind() {
        Kind::Type { kind: TypeKind::Single(kind) } => format!("{value} is not of type '{kind}'"),
        Kind::Type { kind: TypeKind::Multiple(kinds) } => {
            let kinds: Vec<String> = kinds.iter().map(|kind| format!("'{kind}'")).collect();
            format!("{value} is not of type {}", kinds.join(", "))
        }
        Kind::Required { property } => format!("{} is a required property", repr(property)),
        Kind::Enum { options } => format!("{value} is not one of {}", repr(options)),
        Kind::Constant { expected_value } => format!("{} was expected", repr(expected_value)),
        Kind::AnyOf { .. } | Kind::OneOfNotValid { .. } => {
            format!("{value} is not valid under any of the given schemas")
        }
        Kind::OneOfMultipleValid { .. } => format!("{value} is valid under more than one of the given schemas"),
        Kind::Not { schema } => format!("{value} should not be valid under {}", repr(schema)),
        Kind::FalseSchema => format!("False schema does not allow {value}"),
        Kind::Pattern { pattern } => format!("{value} does not match {}", quoted(pattern)),
        Kind::Format { format } => format!("{value} is not a {}", quoted(format)),
        Kind::Minimum { limit } => format!("{value} is less than the minimum of {}", repr(limit)),
        Kind::Maximum { limit } => format!("{value} is greater than the maximum of {}", repr(limit)),
        Kind::ExclusiveMinimum { limit } => format!("{value} is less than or equal to the minimum of {}", repr(limit)),
        Kind::ExclusiveMaximum { limit } => {
            format!("{value} is greater than or equal to the maximum of {}", repr(limit))
        }
        Kind::MultipleOf { multiple_of } => format!("{value} is not a multiple of {multiple_of}"),
        Kind::MinLength { limit } | Kind::MinItems { limit } if *limit != 1 => format!("{value} is too short"),
        Kind::MinLength { .. } | Kind::MinItems { .. } => format!("{value} should be non-empty"),
        Kind::MaxLength { limit } | Kind::MaxItems { limit } if *limit != 0 => format!("{value} is too long"),
        Kind::MaxLength { .. } | Kind::MaxItems { .. } => format!("{value} is expected to be empty"),
        Kind::MinProperties { .. } => format!("{value} does not have enough properties"),
        Kind::MaxProperties { .. } => format!("{value} has too many properties"),
        Kind::UniqueItems => format!("{value} has non-unique elements"),
        Kind::Contains => format!("{value} does not contain items matching the given schema"),
        Kind::AdditionalProperties { unexpected } => extras("Additional properties", unexpected),
        Kind::UnevaluatedProperties { unexpected } => extras("Unevaluated properties", unexpected),
        Kind::UnevaluatedItems { unexpected } => extras("Unevaluated items", unexpected),
        _ => error.to_string(),
    }
}

/// The name of the member that is missing, if that is what is wrong.
pub fn missing(error: &ValidationError<'_>) -> Option<String> {
    match error.kind() {
        Kind::Required { property: Value::String(name) } => Some(name.clone()),
        _ => None,
    }
}

fn extras(what: &str, unexpected: &[String]) -> String {
    let mut names: Vec<String> = unexpected.iter().map(|name| quoted(name)).collect();
    names.sort();
    let verb = if names.len() == 1 { "was" } else { "were" };
    format!("{what} are not allowed ({} {verb} unexpected)", names.join(", "))
}
