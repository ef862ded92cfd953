//! Who asks for a decision, and when: all that rules may know of the world outside of the database.

use domain::{Major, Timestamp};

/// The facts about a request that decisions depend on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    /// Rules differ between the majors; the server's own loops count as Prefect 3.
    pub major: Major,
    /// The client's version, when it is a Prefect client.
    pub version: Option<(u64, u64, u64)>,
    /// The instant that counts as now for the whole decision.
    pub at: Timestamp,
}

impl Asked {
    /// The server itself asks.
    pub fn by_server(at: Timestamp) -> Self {
        Asked { major: Major::V3, version: None, at }
    }
}
