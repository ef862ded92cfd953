//! Values that fit their type and yet are refused, said as pydantic says it.

use domain::Major;
use serde::Serialize;
use serde_json::{Value, json};

use super::error::{ApiError, Result};

/// 422 unless the number is at least `least`. `body` is echoed.
pub fn at_least(major: Major, field: &str, number: Option<i64>, least: i64, body: &impl Serialize) -> Result<()> {
    let Some(number) = number.filter(|number| *number < least) else { return Ok(()) };
    let item = match major {
        Major::V2 => json!({
            "loc": ["body", field],
            "msg": format!("ensure this value is greater than or equal to {least}"),
            "type": "value_error.number.not_ge",
            "ctx": { "limit_value": least },
        }),
        Major::V3 => json!({
            "type": "greater_than_equal",
            "loc": ["body", field],
            "msg": format!("Input should be greater than or equal to {least}"),
            "input": number,
            "ctx": { "ge": least },
        }),
    };
    Err(ApiError::Invalid { items: vec![item], body: json!(body) })
}

/// 422 unless the number is at most `most`. `body` is echoed.
pub fn at_most(major: Major, field: &str, number: Option<i64>, most: i64, body: &impl Serialize) -> Result<()> {
    let Some(number) = number.filter(|number| *number > most) else { return Ok(()) };
    let item = match major {
        Major::V2 => json!({
            "loc": ["body", field],
            "msg": format!("ensure this value is less than or equal to {most}"),
            "type": "value_error.number.not_le",
            "ctx": { "limit_value": most },
        }),
        Major::V3 => json!({
            "type": "less_than_equal",
            "loc": ["body", field],
            "msg": format!("Input should be less than or equal to {most}"),
            "input": number,
            "ctx": { "le": most },
        }),
    };
    Err(ApiError::Invalid { items: vec![item], body: json!(body) })
}

/// 422 unless the number is above 0. `body` is echoed.
pub fn above_zero(major: Major, field: &str, number: Option<i64>, body: &impl Serialize) -> Result<()> {
    let Some(number) = number.filter(|number| *number <= 0) else { return Ok(()) };
    let item = match major {
        Major::V2 => json!({
            "loc": ["body", field],
            "msg": "ensure this value is greater than 0",
            "type": "value_error.number.not_gt",
            "ctx": { "limit_value": 0 },
        }),
        Major::V3 => json!({
            "type": "greater_than",
            "loc": ["body", field],
            "msg": "Input should be greater than 0",
            "input": number,
            "ctx": { "gt": 0 },
        }),
    };
    Err(ApiError::Invalid { items: vec![item], body: json!(body) })
}

/// 422 with a sentence of our own about the value at `loc`.
pub fn refused(major: Major, loc: Value, sentence: &str, input: &Value, body: &impl Serialize) -> ApiError {
    let item = match major {
        Major::V2 => json!({ "loc": loc, "msg": sentence, "type": "value_error" }),
        Major::V3 => json!({
            "type": "value_error",
            "loc": loc,
            "msg": format!("Value error, {sentence}"),
            "input": input,
            "ctx": { "error": {} },
        }),
    };
    ApiError::Invalid { items: vec![item], body: json!(body) }
}
