//! The folder of files for the browser: each carries the hash of its content in its name, so that it may
//! be cached for ever, and `manifest.json` says what they are called.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use crate::workspace;

/// A site being built; nothing of an earlier one is touched before [`Site::finish`].
pub struct Site {
    /// `target/site/debug` or `target/site/release`.
    pub dir: PathBuf,
    compress: bool,
    manifest: serde_json::Map<String, serde_json::Value>,
    files: BTreeSet<String>,
    sizes: Vec<String>,
}

impl Site {
    /// Starts a site; in release every file gets its `.br` and `.gz` twins.
    pub fn new(release: bool) -> Result<Self> {
        let dir = workspace::root().join("target/site").join(if release { "release" } else { "debug" });
        fs::create_dir_all(dir.join("pkg")).with_context(|| format!("could not make {}", dir.display()))?;
        let (manifest, files, sizes) = Default::default();
        Ok(Site { dir, compress: release, manifest, files, sizes })
    }

    /// Writes `pkg/<stem>.<hash>.<extension>` for `name` = `<stem>.<extension>` and puts it into the
    /// manifest under `key`; returns its path in the browser.
    pub fn add(&mut self, key: &str, name: &str, content: &[u8]) -> Result<String> {
        let (stem, extension) = name.rsplit_once('.').context("a site file needs an extension")?;
        let file = format!("{stem}.{}.{extension}", hash(content));
        let mut size = format!("  /pkg/{file}: {} bytes", content.len());
        self.write(&file, || Ok(content.to_vec()))?;
        if self.compress {
            self.write(&format!("{file}.gz"), || gzip(content))?;
            let twin = self.write(&format!("{file}.br"), || brotli(content))?;
            size += &format!(", {twin} as brotli");
        }
        self.sizes.push(size);
        let path = format!("/pkg/{file}");
        self.manifest.insert(key.to_owned(), path.clone().into());
        Ok(path)
    }

    /// Writes the manifest and removes the files of earlier builds.
    pub fn finish(&self) -> Result<()> {
        let manifest = serde_json::to_vec_pretty(&self.manifest)?;
        let path = self.dir.join("manifest.json");
        if fs::read(&path).ok().as_ref() != Some(&manifest) {
            fs::write(&path, manifest)?;
        }
        for entry in fs::read_dir(self.dir.join("pkg"))? {
            let entry = entry?;
            if !entry.file_name().to_str().is_some_and(|name| self.files.contains(name)) {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    }

    /// One line per file with its sizes.
    pub fn summary(&self) -> String {
        self.sizes.join("\n")
    }

    /// Writes `pkg/<file>` unless it is there (its name says what is in it); returns its size in bytes.
    fn write(&mut self, file: &str, content: impl FnOnce() -> Result<Vec<u8>>) -> Result<u64> {
        let path = self.dir.join("pkg").join(file);
        if !path.is_file() {
            let half = path.with_extension("part");
            fs::write(&half, content()?)?;
            fs::rename(&half, &path)?;
        }
        self.files.insert(file.to_owned());
        Ok(path.metadata()?.len())
    }
}

/// The first 8 bytes of the SHA-256 of `content`, in hexadecimal.
pub fn hash(content: &[u8]) -> String {
    Sha256::digest(content)[..8].iter().map(|byte| format!("{byte:02x}")).collect()
}

fn gzip(content: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(content)?;
    Ok(encoder.finish()?)
}

/// As small as it gets: for the wasm quality 11 saves 3.5 percent over 10, at a few seconds per build.
fn brotli(content: &[u8]) -> Result<Vec<u8>> {
    let parameters = brotli::enc::BrotliEncoderParams { quality: 11, lgwin: 20, lgblock: 16, ..Default::default() };
    let mut compressed = Vec::new();
    brotli::BrotliCompress(&mut &*content, &mut compressed, &parameters)?;
    Ok(compressed)
}
