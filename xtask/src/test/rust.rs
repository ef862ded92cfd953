//! The Rust tests of the whole workspace.

use std::process::Command;

use anyhow::Result;

use super::report::Outcome;
use super::summary::counted;
use crate::run::found;
use crate::workspace;

/// Runs them with nextest where it is installed (it runs no documentation tests, so those follow), else
/// with `cargo test`. `database` is the URL of an empty PostgreSQL that may be filled; without one the
/// tests that are for both databases run on SQLite alone.
pub fn run(filter: Option<&str>, database: Option<&str>) -> Result<Outcome> {
    let mut outcome = Outcome::default();
    for packages in [workspace::PRODUCT, workspace::XTASK] {
        for mut tests in commands(packages) {
            match database {
                Some(url) => tests.env("REEVE_TEST_DATABASE_URL", url),
                None => tests.env_remove("REEVE_TEST_DATABASE_URL"),
            };
            // What runs on a cluster has a part of its own.
            outcome += counted(tests.args(filter).env_remove("REEVE_TEST_KUBECONFIG"))?;
        }
    }
    if database.is_none() {
        outcome.notes.push("on SQLite alone".into());
    }
    Ok(outcome)
}

/// The commands that run every test of some packages.
fn commands(packages: &[&str]) -> Vec<Command> {
    let mut tests = workspace::cargo(if found("cargo-nextest") { "nextest" } else { "test" });
    if !found("cargo-nextest") {
        tests.args(packages).arg("--no-fail-fast");
        return vec![tests];
    }
    tests.args(["run", "--no-tests=pass", "--no-fail-fast"]).args(packages);
    if packages == workspace::XTASK {
        return vec![tests]; // a program has no documentation tests
    }
    let mut documentation = workspace::cargo("test");
    documentation.args(["--doc", "--no-fail-fast"]).args(packages);
    vec![tests, documentation]
}
