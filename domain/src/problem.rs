//! Error bodies, in the shapes that Prefect's clients and people see.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The JSON body of an answer that is not 2xx. Which of the members are filled depends on the case:
/// business errors carry `detail`, a request that does not fit its schema carries the three others.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Problem {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exception_message: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exception_detail: Option<Value>,
    /// What was sent, echoed.
    #[cfg_attr(target_arch = "wasm32", serde(skip))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_body: Option<Value>,
}

impl Problem {
    /// `{"detail": …}`.
    pub fn detail(text: impl Into<String>) -> Self {
        Problem { detail: Some(Value::String(text.into())), ..Problem::default() }
    }

    /// `{"exception_message": …}`.
    pub fn exception(text: impl Into<String>) -> Self {
        Problem { exception_message: Some(text.into()), ..Problem::default() }
    }

    /// One sentence for people.
    pub fn sentence(&self) -> String {
        if let Some(Value::String(text)) = &self.detail {
            return text.clone();
        }
        let first = self.exception_detail.as_ref().and_then(|items| items.get(0));
        if let Some(message) = first.and_then(|item| item.get("msg")).and_then(Value::as_str) {
            let place: Vec<String> = first
                .and_then(|item| item.get("loc"))
                .and_then(Value::as_array)
                .map(|loc| loc.iter().skip(1).map(|part| part.to_string().trim_matches('"').to_owned()).collect())
                .unwrap_or_default();
            return if place.is_empty() { message.to_owned() } else { format!("{}: {message}", place.join(".")) };
        }
        if let Some(detail) = &self.detail {
            return detail.to_string();
        }
        self.exception_message.clone().unwrap_or_else(|| "the request failed".to_owned())
    }
}
