//! Where the bytes are: inside the program, or in a folder.

use std::borrow::Cow;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The folder as it was when the release binary was built.
#[derive(rust_embed::RustEmbed)]
#[folder = "../target/site/release"]
#[include = "manifest.json"]
#[include = "pkg/*"]
struct Embedded;

/// A source of files.
pub enum Files {
    /// Read at every request, so that a rebuilt dashboard is seen at once.
    Folder(PathBuf),
    /// In the program's own memory.
    Embedded,
}

impl Files {
    /// The given folder, or what belongs to this build.
    pub fn open(folder: Option<&Path>) -> Files {
        match folder {
            Some(folder) => Files::Folder(folder.to_owned()),
            None if cfg!(debug_assertions) => Files::Folder(workspace().join("target/site/debug")),
            None => Files::Embedded,
        }
    }

    /// The bytes of `name`, a path without `..`, or `None` when there is no such file.
    pub fn read(&self, name: &str) -> std::io::Result<Option<Cow<'static, [u8]>>> {
        match self {
            Files::Folder(folder) => match std::fs::read(folder.join(name)) {
                Ok(bytes) => Ok(Some(Cow::Owned(bytes))),
                Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::IsADirectory) => Ok(None),
                Err(error) => Err(error),
            },
            Files::Embedded => Ok(<Embedded as rust_embed::RustEmbed>::get(name).map(|file| file.data)),
        }
    }
}

/// Where the sources of a debug build are.
fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}
