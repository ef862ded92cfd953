//! The npm packages of `end2end`: browser tests, wasm-opt, esbuild, the editor's parts.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::run::Run;
use crate::workspace;

/// Installs exactly what `end2end/package-lock.json` says, unless that very list is installed.
pub fn install() -> Result<()> {
    let dir = workspace::end2end();
    let wanted = std::fs::read(dir.join("package-lock.json")).context("end2end/package-lock.json")?;
    let stamp = dir.join("node_modules/.installed-lock");
    if std::fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    Command::new("npm").current_dir(&dir).args(["ci", "--no-audit", "--no-fund"]).run()?;
    std::fs::write(&stamp, wanted).with_context(|| format!("could not write {}", stamp.display()))
}

/// Major version of the Node.js that is installed.
pub fn node_major() -> Result<u32> {
    let version = Command::new("node").arg("--version").read()?;
    let major = version.trim().trim_start_matches('v').split('.').next().unwrap_or_default();
    major.parse().with_context(|| format!("node --version says {version:?}"))
}

/// A program that one of the packages brings.
pub fn program(name: &str) -> Command {
    let path: PathBuf = workspace::end2end().join("node_modules/.bin").join(name);
    let mut command = Command::new(path);
    command.current_dir(workspace::end2end());
    command
}
