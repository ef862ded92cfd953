//! The journeys through the dashboard: Playwright in Debian's Chromium.

use std::path::PathBuf;

use anyhow::Result;

use super::report::Outcome;
use super::summary::counted;
use crate::build::Built;
use crate::run::found;
use crate::{install, npm, workspace};

/// Below it Playwright refuses to start.
const OLDEST_NODE: u32 = 20;

/// Runs `end2end/journeys` against a server that Playwright starts from the binary just built.
pub fn run(built: &Built, filter: Option<&str>) -> Result<Outcome> {
    let chromium = match chromium() {
        Ok(path) => path,
        Err(error) => return Ok(Outcome::skipped(format!("no Chromium: {error:#}"))),
    };
    let node = npm::node_major()?;
    if node < OLDEST_NODE {
        return Ok(Outcome::skipped(format!("Playwright needs Node.js {OLDEST_NODE}, this is {node}")));
    }
    npm::install()?;
    let mut playwright = npm::program("playwright");
    playwright.args(["test", "--pass-with-no-tests"]);
    if let Some(filter) = filter {
        playwright.args(["--grep", filter]);
    }
    playwright.env("CHROMIUM", chromium).env("REEVE_BIN", &built.binary).env("REEVE_SITE_DIR", &built.site);
    counted(&mut playwright)
}

/// The browser named by `CHROMIUM`, else the distribution's, which is installed when we may.
fn chromium() -> Result<PathBuf> {
    if let Some(path) = workspace::env("CHROMIUM") {
        return Ok(path.into());
    }
    if !found("chromium") {
        install::debian(&["chromium"])?;
    }
    Ok("/usr/bin/chromium".into())
}
