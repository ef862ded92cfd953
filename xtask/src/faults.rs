//! `cargo xtask faults`: the table of docs/kubernetes-faults.md.

use anyhow::Result;
use clap::Args;

use crate::{build, test};

#[derive(Args)]
#[command(after_help = "\
Examples:
  cargo xtask faults                                      every fault once, a quarter of an hour
  cargo xtask faults -- --times 5 oom-killed cancel       two of them, five times each
  cargo xtask faults -- --list                            which there are

The cluster is started for it, or the one of REEVE_TEST_KUBECONFIG is used (REEVE_TEST_KUBERNETES_HOST is then the
address of this machine for its pods).")]
pub struct Options {
    /// Arguments for the program that plays the faults
    #[arg(last = true)]
    args: Vec<String>,
}

/// Builds the product, starts a cluster and plays the faults.
pub fn faults(options: &Options) -> Result<()> {
    test::kubernetes::faults(&build::build(false)?, &options.args)
}
