//! Why a decision about deployments and pools is refused.

use store::StoreError;

/// A refusal, by what the asker can do about it. The texts are those of Prefect's servers.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// What the request refers to does not exist.
    #[error("{0}")]
    NotFound(String),
    /// What the request says cannot be read.
    #[error("{0}")]
    Unreadable(String),
    /// What the request says breaks a rule.
    #[error("{0}")]
    Invalid(String),
    /// What the request says contradicts what is stored.
    #[error("{0}")]
    Conflict(String),
    /// The name or the thing belongs to the server.
    #[error("{0}")]
    Reserved(String),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What such decisions give.
pub type Decided<T> = Result<T, Refusal>;

impl Refusal {
    /// There is no work pool of that name.
    pub fn no_work_pool(name: &str) -> Self {
        Refusal::NotFound(format!("Work pool \"{name}\" not found."))
    }

    /// There is no queue of that name in the pool.
    pub fn no_work_queue(pool: &str, queue: &str) -> Self {
        Refusal::NotFound(format!("Work pool queue '{pool}/{queue}' not found."))
    }
}
