//! Where things are: the repository, cargo's target directory, the cache between runs.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::run::Run;

/// The browser's target triple.
pub const WASM: &str = "wasm32-unknown-unknown";

/// Cargo's flags for what we ship, as against ourselves. The two are always built apart: together, their
/// features would be united, and what `cargo xtask` itself is made of would be compiled once more.
pub const PRODUCT: &[&str] = &["--workspace", "--exclude", "xtask"];

/// Cargo's flags for the other half.
pub const XTASK: &[&str] = &["--package", "xtask"];

/// Root of the repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."))
}

/// The folder with everything that needs Node.js: browser tests, wasm-opt, the editor.
pub fn end2end() -> PathBuf {
    root().join("end2end")
}

/// A `cargo` call in the repository, with the cargo that runs us.
pub fn cargo(subcommand: &str) -> Command {
    let mut cargo = Command::new(env("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(root()).arg(subcommand);
    cargo
}

/// Where cargo puts what it builds: `CARGO_TARGET_DIR`, a configured directory, or `target`.
pub fn target_dir() -> Result<PathBuf> {
    let text = cargo("metadata").args(["--no-deps", "--format-version=1", "--offline"]).read()?;
    let metadata: serde_json::Value = serde_json::from_str(&text)?;
    let dir = metadata["target_directory"].as_str().context("cargo metadata names no target_directory")?;
    Ok(dir.into())
}

/// What outlives a build and is shared by all clones: `REEVE_CACHE`, else `~/.cache/reeve`.
pub fn cache() -> Result<PathBuf> {
    let dir = match env("REEVE_CACHE") {
        Some(dir) => PathBuf::from(dir),
        None => PathBuf::from(env("HOME").context("neither REEVE_CACHE nor HOME is set")?).join(".cache/reeve"),
    };
    std::fs::create_dir_all(&dir).with_context(|| format!("could not make {}", dir.display()))?;
    Ok(dir)
}

/// A variable of the environment; an empty one counts as unset.
#[expect(clippy::disallowed_methods, reason = "the one place where xtask reads its environment")]
pub fn env(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}
