//! The Rust tests of the whole workspace.

use anyhow::Result;

use super::report::Outcome;
use super::summary::counted;
use crate::run::found;
use crate::workspace;

/// Runs them with nextest where it is installed (it runs no documentation tests, so those follow), else
/// with `cargo test`. `database` is the URL of an empty PostgreSQL that may be filled; without one the
/// tests for it report themselves as skipped.
pub fn run(filter: Option<&str>, database: Option<&str>) -> Result<Outcome> {
    let nextest = found("cargo-nextest");
    let mut cargo = workspace::cargo(if nextest { "nextest" } else { "test" });
    if nextest {
        cargo.args(["run", "--no-tests=pass"]);
    }
    cargo.args(["--workspace", "--no-fail-fast"]).args(filter);
    match database {
        Some(url) => cargo.env("REEVE_TEST_DATABASE_URL", url),
        None => cargo.env_remove("REEVE_TEST_DATABASE_URL").env("REEVE_TEST_NO_POSTGRES", "1"),
    };
    let mut outcome = counted(&mut cargo)?;
    if nextest {
        let documentation = counted(workspace::cargo("test").args(["--workspace", "--doc", "--quiet"]).args(filter))?;
        outcome.counts += documentation.counts;
        outcome.notes.extend(documentation.notes);
    }
    if database.is_none() {
        outcome.notes.push("on SQLite alone".into());
    }
    Ok(outcome)
}
