//! What came of an action.

use domain::events::{ROLE, Resource};
use serde_json::{Map, Value, json};
use store::StoreError;

use super::super::refusal::Refusal;

/// What an action touched and what is told of it, while it is carried out and afterwards.
#[derive(Debug, Default)]
pub struct Report {
    pub involved: Vec<Resource>,
    pub details: Map<String, Value>,
}

impl Report {
    /// It acts on this.
    pub fn target(&mut self, resource: Resource) {
        self.involved.push(resource.with(ROLE, "target"));
    }

    /// Something is worth telling.
    pub fn tell(&mut self, name: &str, what: impl Into<Value>) {
        self.details.insert(name.to_owned(), what.into());
    }
}

/// Why an action ended otherwise than it should.
#[derive(Debug, thiserror::Error)]
pub enum ActError {
    /// It cannot be done; the sentence says why.
    #[error("{0}")]
    Failed(String),
    /// The proposal was answered otherwise than by accepting it; what was written with the answer stands.
    #[error("{0}")]
    Answered(String),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What carrying out gives.
pub type Acted = Result<(), ActError>;

impl ActError {
    /// A sentence.
    pub fn failed(sentence: impl Into<String>) -> Self {
        ActError::Failed(sentence.into())
    }
}

/// The refusal as the API would have answered it to `action`.
pub fn refused(action: &str, refusal: Refusal, report: &mut Report) -> ActError {
    let (status, sentence) = match refusal {
        Refusal::Store(error) => return error.into(),
        Refusal::NotFound(text) => (404, text),
        Refusal::Unreadable(text) => (400, text),
        Refusal::Invalid(text) => (422, text),
        Refusal::Reserved(text) => (403, text),
        Refusal::Conflict(text) => {
            report.tell("validation_error", text.as_str());
            (409, text)
        }
    };
    report.tell("status_code", json!(status));
    match status {
        409 | 422 => ActError::Failed(format!("Validation error occurred for '{action}' - {sentence}")),
        _ => ActError::Failed(format!("Unexpected status from '{action}' action: {status} - {sentence}")),
    }
}
