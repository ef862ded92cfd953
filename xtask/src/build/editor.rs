//! The JSON and YAML editor: CodeMirror 6 in one file that pages load when they need it, and what Kubernetes says of
//! Jobs in another, which the editor loads when it is there.

use std::process::Stdio;

use anyhow::{Context, Result, ensure};

use crate::{npm, workspace};

/// Types and fields of Kubernetes Jobs with their texts; `worker/examples/kubernetes_schema.rs` wrote it down.
pub fn kubernetes() -> Result<Vec<u8>> {
    let path = workspace::root().join("end2end/editor/kubernetes.json");
    std::fs::read(&path).with_context(|| format!("could not read {}", path.display()))
}

/// Bundles and minifies `end2end/editor/index.ts`, which puts `window.reeveEditor` into the page.
/// `kubernetes` is the path of that file in the browser.
pub fn build(kubernetes: &str) -> Result<Vec<u8>> {
    let output = npm::program("esbuild")
        .arg(format!("--define:KUBERNETES={}", serde_json::Value::from(kubernetes)))
        .args(["editor/index.ts", "--bundle", "--minify", "--format=iife", "--target=es2022", "--log-level=warning"])
        .stderr(Stdio::inherit())
        .output()?;
    ensure!(output.status.success(), "esbuild could not bundle end2end/editor/index.ts");
    Ok(output.stdout)
}
