//! Which of several misfits is told: the choice that Python's `jsonschema` makes.
//!
//! Misfits higher up in the value say more; of those in one place, an alternative (`anyOf`, `oneOf`) says
//! least. When an alternative is all there is, the deepest of its own misfits is told, unless they are all
//! alike.

use std::cmp::Reverse;

use jsonschema::ValidationError;
use jsonschema::error::ValidationErrorKind as Kind;
use jsonschema::paths::LocationSegment;
use serde_json::Value;

use super::Step;

/// What misfits are compared by; the greatest says most.
type Relevance = (Reverse<usize>, Vec<Step>, bool, bool);

/// The misfit to tell, if there is any.
pub fn best_match<'e, 'i>(errors: &'e [ValidationError<'i>], schema: &Value) -> Option<&'e ValidationError<'i>> {
    let mut best = errors.first()?;
    let mut most = relevance(best, schema);
    for error in &errors[1..] {
        let this = relevance(error, schema);
        if this > most {
            (best, most) = (error, this);
        }
    }
    Some(deepest(best, schema))
}

/// Where a misfit is.
pub fn path(error: &ValidationError<'_>) -> Vec<Step> {
    let step = |segment: LocationSegment<'_>| match segment {
        LocationSegment::Property(key) => Step::Key(key.into_owned()),
        LocationSegment::Index(index) => Step::Index(index),
    };
    error.instance_path().iter().map(step).collect()
}

fn deepest<'e, 'i>(mut best: &'e ValidationError<'i>, schema: &Value) -> &'e ValidationError<'i> {
    loop {
        let (Kind::AnyOf { context } | Kind::OneOfNotValid { context }) = best.kind() else { return best };
        let mut inner: Vec<(Relevance, &ValidationError<'static>)> =
            context.iter().flatten().map(|error| (relevance(error, schema), error)).collect();
        inner.sort_by(|a, b| a.0.cmp(&b.0));
        match inner.as_slice() {
            [] => return best,
            [(first, _), (second, _), ..] if first == second => return best,
            [(_, error), ..] => best = error,
        }
    }
}

fn relevance(error: &ValidationError<'_>, schema: &Value) -> Relevance {
    let place = path(error);
    let weak =
        matches!(error.kind(), Kind::AnyOf { .. } | Kind::OneOfNotValid { .. } | Kind::OneOfMultipleValid { .. });
    (Reverse(place.len()), place, !weak, !has_the_right_type(error, schema))
}

/// Whether the value is at least of the type that the schema around the broken rule asks for.
fn has_the_right_type(error: &ValidationError<'_>, schema: &Value) -> bool {
    let rule = error.schema_path().as_str();
    let around = rule.rsplit_once('/').and_then(|(around, _)| schema.pointer(around));
    let kind = around.and_then(|schema| schema.get("type")).and_then(Value::as_str);
    match (kind, error.instance().as_ref()) {
        (Some("null"), Value::Null) | (Some("boolean"), Value::Bool(_)) | (Some("string"), Value::String(_)) => true,
        (Some("array"), Value::Array(_)) | (Some("object"), Value::Object(_)) => true,
        (Some("number"), Value::Number(_)) => true,
        (Some("integer"), Value::Number(number)) => {
            !number.is_f64() || number.as_f64().is_some_and(|n| n.fract() == 0.0)
        }
        _ => false,
    }
}
