//! `cargo xtask bench`: the numbers of docs/benchmarks.md.

use std::process::Command;

use anyhow::Result;
use clap::Args;

use crate::run::Run;
use crate::{build, test, workspace};

#[derive(Args)]
#[command(after_help = "\
Examples:
  cargo xtask bench                             the whole comparison, about five minutes
  cargo xtask bench -- --seconds 3 --idle 5     a quick look")]
pub struct Options {
    /// Arguments for end2end/bench/bench.py
    #[arg(last = true)]
    args: Vec<String>,
}

/// Builds the release binary and measures it beside the real Prefect servers, one after the other.
pub fn bench(options: &Options) -> Result<()> {
    let built = build::build(&build::Options { release: true })?;
    let mut bench = Command::new("python3");
    bench.arg(workspace::end2end().join("bench/bench.py")).args(&options.args).env("REEVE_BIN", built.binary);
    test::python::clients(&mut bench)?;
    bench.run()
}
