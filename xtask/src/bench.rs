//! `cargo xtask bench`: the numbers of docs/benchmarks.md.

use anyhow::Result;
use clap::Args;

use crate::build;
use crate::run::Run;
use crate::workspace;

#[derive(Args)]
pub struct Options {
    /// Arguments for the benchmark programs
    #[arg(last = true)]
    args: Vec<String>,
}

/// Builds the release binary and runs the workspace's benchmark targets.
pub fn bench(options: &Options) -> Result<()> {
    let built = build::build(&build::Options { release: true })?;
    workspace::cargo("bench")
        .args(["--workspace", "--benches", "--"])
        .args(&options.args)
        .env("REEVE_BIN", built.binary)
        .run()
}
