//! The stylesheet: plain CSS in parts, put together in one file.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::Stdio;

use anyhow::{Context, Result, ensure};

use crate::{npm, workspace};

/// `style/main.css`, which states the order of the cascade layers, followed by the other files of
/// `style/` by name. Since each puts its rules into a layer, the order of the rest does not matter.
pub fn build(release: bool) -> Result<Vec<u8>> {
    let dir = workspace::root().join("style");
    let mut parts = Vec::new();
    for entry in fs::read_dir(&dir).with_context(|| format!("could not read {}", dir.display()))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "css") {
            parts.push(path);
        }
    }
    parts.sort_by_key(|path: &PathBuf| (!path.ends_with("main.css"), path.clone()));
    let mut sheet = Vec::new();
    for part in parts {
        sheet.extend(fs::read(&part).with_context(|| format!("could not read {}", part.display()))?);
        sheet.push(b'\n');
    }
    if release { minified(&sheet) } else { Ok(sheet) }
}

/// The sheet without what only people need.
fn minified(sheet: &[u8]) -> Result<Vec<u8>> {
    let mut esbuild = npm::program("esbuild");
    esbuild.args(["--loader=css", "--minify", "--log-level=warning"]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = esbuild.spawn().context("could not start esbuild")?;
    // Taken out, so that the pipe is closed when all is written.
    child.stdin.take().context("esbuild has no stdin")?.write_all(sheet)?;
    let output = child.wait_with_output()?;
    ensure!(output.status.success(), "esbuild could not read the stylesheet");
    Ok(output.stdout)
}
