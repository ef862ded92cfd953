//! The rule for names that become parts of URLs.

use domain::Major;
use serde_json::{Value, json};

use super::error::ApiError;
use crate::orchestration::json_schema::repr;

/// The pattern as Prefect 3 prints it.
const PATTERN: &str = "^[^/%&><]+$";

/// 422 for a name with a forbidden character, in the caller's words. `body` is echoed.
pub fn illegal(major: Major, name: &str, body: Value) -> ApiError {
    let item = match major {
        Major::V2 => json!({
            "loc": ["body", "name"],
            "msg": format!("Name {} contains an invalid character. Must not contain any of: ['/', '%', '&', '>', '<'].", repr(&json!(name))),
            "type": "value_error.invalidname",
        }),
        Major::V3 => json!({
            "type": "string_pattern_mismatch",
            "loc": ["body", "name"],
            "msg": format!("String should match pattern '{PATTERN}'"),
            "input": name,
            "ctx": { "pattern": PATTERN },
        }),
    };
    ApiError::Invalid { items: vec![item], body }
}
