//! What can go wrong, told apart by what is to be done about it.

use client::ClientError;

/// Why a worker ended without having been asked to.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    #[error("there is no work pool {0:?}, and this worker was told not to create one")]
    NoPool(String),
    #[error("there is no work pool {0:?}; to create it, say which type it shall be (process or kubernetes)")]
    TypeNeeded(String),
    #[error("work pool {pool:?} is of type {actual:?}, not {asked:?}")]
    WrongType { pool: String, actual: String, asked: String },
    #[error("work pool {pool:?} is of type {kind:?}; this worker knows process and kubernetes")]
    UnknownType { pool: String, kind: String },
    #[error("the base job template to create the pool with is not a JSON object")]
    BadTemplate,
    #[error("work pool {pool:?} cannot be used: {reason}")]
    Refused { pool: String, reason: String },
    #[error("no Kubernetes cluster to use: {0}")]
    Cluster(String),
    #[error("the worker's {name} loop ended: {reason}")]
    LoopDied { name: &'static str, reason: String },
}

/// A call that failed: worth another try, or not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// It may pass: no connection, overload, a restart.
    #[error("{0}")]
    Retry(String),
    /// The same call would fail again.
    #[error("{0}")]
    GiveUp(String),
}

impl From<ClientError> for Trouble {
    fn from(error: ClientError) -> Self {
        if error.is_transient() || error.status().is_some_and(|status| status >= 500) {
            Trouble::Retry(error.to_string())
        } else {
            Trouble::GiveUp(error.to_string())
        }
    }
}

impl From<kube::Error> for Trouble {
    fn from(error: kube::Error) -> Self {
        match error {
            // 409 is retried as well: "the object has been modified", "quota was updated meanwhile".
            kube::Error::Api(status) if matches!(status.code, 409 | 429 | 500..) => Trouble::Retry(words(&status)),
            kube::Error::Api(status) => Trouble::GiveUp(words(&status)),
            kube::Error::SerdeError(_) | kube::Error::BuildRequest(_) => Trouble::GiveUp(chain(&error)),
            other => Trouble::Retry(format!("the cluster cannot be reached: {}", chain(&other))),
        }
    }
}

/// The API server's own sentence.
pub(crate) fn words(status: &kube::core::Status) -> String {
    match (status.message.is_empty(), status.reason.is_empty()) {
        (false, _) => status.message.clone(),
        (true, false) => format!("{} ({})", status.reason, status.code),
        (true, true) => format!("HTTP status {}", status.code),
    }
}

/// An error with its causes in one line; a drawing of where in a file it is, which some have below, is left out.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let line = |error: &dyn std::error::Error| error.to_string().lines().next().unwrap_or_default().to_owned();
    let mut text = line(error);
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = line(cause);
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}
