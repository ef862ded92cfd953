//! What a rule says about a proposed state.

use domain::state::{SetStateDetails, SetStateStatus, StateCreate};

/// One rule's word. The first that is not [`Ruling::Pass`] ends the hearing.
#[derive(Debug, Clone, PartialEq)]
pub enum Ruling {
    /// Nothing against it; the rule may have edited the proposal.
    Pass,
    /// Commit this state instead.
    Replace { state: Box<StateCreate>, reason: String },
    /// Keep the current state; the client takes it over as its own.
    Keep { reason: String },
    /// Keep the current state; the client gives up.
    Abort { reason: String },
    /// Keep the current state; the client asks again after so many seconds.
    Wait { delay_seconds: i64, reason: String },
}

impl Ruling {
    /// [`Ruling::Replace`].
    pub fn replace(state: StateCreate, reason: impl Into<String>) -> Self {
        Ruling::Replace { state: Box::new(state), reason: reason.into() }
    }

    /// [`Ruling::Keep`].
    pub fn keep(reason: impl Into<String>) -> Self {
        Ruling::Keep { reason: reason.into() }
    }

    /// [`Ruling::Abort`].
    pub fn abort(reason: impl Into<String>) -> Self {
        Ruling::Abort { reason: reason.into() }
    }

    /// What the client is told.
    pub fn answer(&self) -> (SetStateStatus, SetStateDetails) {
        let reason = |reason: &String| Some(reason.clone());
        match self {
            Ruling::Pass => (SetStateStatus::Accept, SetStateDetails::AcceptDetails),
            Ruling::Replace { reason: why, .. } | Ruling::Keep { reason: why } => {
                (SetStateStatus::Reject, SetStateDetails::RejectDetails { reason: reason(why) })
            }
            Ruling::Abort { reason: why } => {
                (SetStateStatus::Abort, SetStateDetails::AbortDetails { reason: reason(why) })
            }
            Ruling::Wait { delay_seconds, reason: why } => (
                SetStateStatus::Wait,
                SetStateDetails::WaitDetails { delay_seconds: *delay_seconds, reason: reason(why) },
            ),
        }
    }
}
