//! The journeys through the dashboard: Playwright in Debian's Chromium.

use std::path::PathBuf;

use anyhow::Result;

use super::report::Outcome;
use super::summary::counted;
use crate::build::Built;
use crate::run::found;
use crate::{install, npm, workspace};

/// Runs `end2end/journeys` against a server that Playwright starts from the binary just built.
pub fn run(built: &Built, filter: Option<&str>) -> Result<Outcome> {
    let chromium = match chromium() {
        Ok(path) => path,
        Err(error) => return Ok(Outcome::skipped(format!("no Chromium: {error:#}"))),
    };
    let path = match npm::path_with_node() {
        Ok(path) => path,
        Err(error) => return Ok(Outcome::skipped(format!("no Node.js for Playwright: {error:#}"))),
    };
    npm::install()?;
    let mut playwright = npm::program("playwright");
    playwright.args(["test", "--pass-with-no-tests"]);
    if let Some(filter) = filter {
        playwright.args(["--grep", filter]);
    }
    playwright
        .env("PATH", path)
        .env("CHROMIUM", chromium)
        .env("REEVE_BIN", &built.binary)
        .env("REEVE_SITE_DIR", &built.site);
    counted(&mut playwright)
}

/// The browser named by `CHROMIUM`, else the distribution's, which is installed when we may.
pub fn chromium() -> Result<PathBuf> {
    if let Some(path) = workspace::env("CHROMIUM") {
        return Ok(path.into());
    }
    if !found("chromium") {
        install::debian(&["chromium"])?;
    }
    Ok("/usr/bin/chromium".into())
}
