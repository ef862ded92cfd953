//! Slots that somebody holds for a time.

use serde::{Deserialize, Serialize};

use super::MinimalConcurrencyLimit;
use crate::id::{ConcurrencyLeaseId, ConcurrencyLimitId, Uuid};
use crate::time::Timestamp;

/// Who holds slots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Holder {
    #[serde(rename = "type")]
    pub kind: HolderKind,
    pub id: Uuid,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum HolderKind {
    FlowRun,
    TaskRun,
    Deployment,
}

impl HolderKind {
    /// The word on the wire and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            HolderKind::FlowRun => "flow_run",
            HolderKind::TaskRun => "task_run",
            HolderKind::Deployment => "deployment",
        }
    }
}

/// The word is none of the three kinds of holders.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown kind of holder {0:?}")]
pub struct UnknownHolderKind(pub String);

impl std::str::FromStr for HolderKind {
    type Err = UnknownHolderKind;
    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let all = [HolderKind::FlowRun, HolderKind::TaskRun, HolderKind::Deployment];
        all.into_iter().find(|kind| kind.as_str() == word).ok_or_else(|| UnknownHolderKind(word.to_owned()))
    }
}

/// Slots that somebody holds until they are given back, or the lease expires.
#[derive(Debug, Clone, PartialEq)]
pub struct Lease {
    pub id: ConcurrencyLeaseId,
    pub created: Timestamp,
    pub expires: Timestamp,
    /// Of each of the limits.
    pub slots: i64,
    pub holder: Option<Holder>,
    pub limits: Vec<ConcurrencyLimitId>,
}

/// Answer of `POST /v2/concurrency_limits/increment-with-lease`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct LeasedSlots {
    pub lease_id: ConcurrencyLeaseId,
    pub limits: Vec<MinimalConcurrencyLimit>,
}
