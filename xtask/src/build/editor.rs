//! The JSON and YAML editor: CodeMirror 6 in one file that pages load when they need it.

use std::process::Stdio;

use anyhow::{Result, ensure};

use crate::npm;

/// Bundles and minifies `end2end/editor/index.ts`, which puts `window.reeveEditor` into the page.
pub fn build() -> Result<Vec<u8>> {
    let output = npm::program("esbuild")
        .args(["editor/index.ts", "--bundle", "--minify", "--format=iife", "--target=es2022", "--log-level=warning"])
        .stderr(Stdio::inherit())
        .output()?;
    ensure!(output.status.success(), "esbuild could not bundle end2end/editor/index.ts");
    Ok(output.stdout)
}
