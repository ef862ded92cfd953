//! Which of the two Prefect client generations is being spoken to.
//!
//! Both majors use the same routes, yet some fields and the print of datetimes differ. Values are
//! written for one major inside [`Major::scope`]; outside of a scope the newer shape is used.

use std::cell::Cell;

/// A Prefect client generation. Callers that are no Prefect client count as [`Major::V3`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Major {
    /// Prefect 2.x (checked against 2.20.26).
    V2,
    /// Prefect 3.x (checked against 3.8.8).
    #[default]
    V3,
}

thread_local! {
    static WRITTEN_FOR: Cell<Major> = const { Cell::new(Major::V3) };
}

impl Major {
    /// Runs `write` (which must not await) so that everything it serialises takes this major's shape.
    pub fn scope<R>(self, write: impl FnOnce() -> R) -> R {
        let before = WRITTEN_FOR.replace(self);
        let written = write();
        WRITTEN_FOR.set(before);
        written
    }

    /// The major that is being written for on this thread.
    pub fn current() -> Major {
        WRITTEN_FOR.get()
    }

    /// The package version that this major's server reports under `/api/admin/version`.
    pub fn server_version(self) -> &'static str {
        match self {
            Major::V2 => "2.20.26",
            Major::V3 => "3.8.8",
        }
    }
}

/// For `skip_serializing_if`: the field does not exist in Prefect 2.
pub fn not_in_v2<T>(_: &T) -> bool {
    Major::current() == Major::V2
}

/// For `skip_serializing_if`: the field does not exist in Prefect 3.
pub fn not_in_v3<T>(_: &T) -> bool {
    Major::current() == Major::V3
}
