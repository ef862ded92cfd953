//! The stylesheet: plain CSS in parts, put together in one file.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::workspace;

/// `style/main.css`, which states the order of the cascade layers, followed by the other files of
/// `style/` by name. Since each puts its rules into a layer, the order of the rest does not matter.
pub fn build() -> Result<Vec<u8>> {
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
    Ok(sheet)
}
