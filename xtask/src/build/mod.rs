//! `cargo xtask build`: the dashboard's files, then the binary that serves them.
//!
//! The files land in `target/site/debug` or `target/site/release` of the repository, whatever cargo's
//! target directory is: a debug server reads that folder (`REEVE_SITE_DIR`), a release server has it inside.

mod editor;
mod site;
mod style;
mod wasm;

use std::fs::File;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Result, ensure};
use clap::Args;

use crate::run::Run;
use crate::{npm, workspace};
use site::Site;
pub use wasm::add_target as add_wasm_target;

#[derive(Args, Clone, Copy)]
pub struct Options {
    /// Optimised and self-contained: one binary that runs when copied alone to another machine
    #[arg(long)]
    pub release: bool,
    /// Only what the browser loads, without the binary
    #[arg(long)]
    pub dashboard: bool,
}

/// What a build leaves behind.
pub struct Built {
    /// The `reeve` binary.
    pub binary: PathBuf,
    /// The folder with `manifest.json` and `pkg/`.
    pub site: PathBuf,
}

/// `cargo xtask build`: as the options say.
pub fn run(options: &Options) -> Result<()> {
    if options.dashboard {
        println!("{}", dashboard(options.release)?.summary());
        return Ok(());
    }
    build(options.release).map(drop)
}

/// Builds the dashboard and the server and says how large the parts are.
pub fn build(release: bool) -> Result<Built> {
    let profile: &[&str] = if release { &["--release"] } else { &[] };
    both(release, &[&["--package", "server", "--bin", "reeve"], profile].concat())
}

/// The same in debug for a test run: with the very flags that the Rust tests are built with, so that nothing
/// is compiled a second time for other features of some crate.
pub fn build_for_tests() -> Result<Built> {
    both(false, &[workspace::PRODUCT, &["--bins", "--tests"]].concat())
}

fn both(release: bool, cargo_flags: &[&str]) -> Result<Built> {
    let started = Instant::now();
    let site = dashboard(release)?;
    workspace::cargo("build").args(cargo_flags).run()?;
    let binary = workspace::target_dir()?.join(if release { "release" } else { "debug" }).join("reeve");
    ensure!(binary.is_file(), "cargo built no {}", binary.display());
    println!("{}", site.summary());
    println!("{} ({:.1} s)", binary.display(), started.elapsed().as_secs_f32());
    Ok(Built { binary, site: site.dir })
}

/// Builds everything that the browser loads.
fn dashboard(release: bool) -> Result<Site> {
    let _alone = one_at_a_time()?;
    npm::install()?;
    let mut site = Site::new(release)?;
    let (glue, wasm) = wasm::build(release)?;
    site.add("js", "reeve.js", &glue)?;
    site.add("wasm", "reeve.wasm", &wasm)?;
    site.add("css", "reeve.css", &style::build(release)?)?;
    let kubernetes = site.add("kubernetes", "kubernetes.json", &editor::kubernetes()?)?;
    site.add("editor", "editor.js", &editor::build(&kubernetes)?)?;
    site.finish()?;
    Ok(site)
}

/// Waits until no other build of the dashboard is at work in this clone; the file holds the place.
fn one_at_a_time() -> Result<File> {
    let folder = workspace::root().join("target/site");
    std::fs::create_dir_all(&folder)?;
    let lock = File::create(folder.join(".lock"))?;
    lock.lock()?;
    Ok(lock)
}
