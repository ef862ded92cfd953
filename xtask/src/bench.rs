//! `cargo xtask bench`: the numbers of docs/benchmarks.md.

use std::process::Command;

use anyhow::Result;
use clap::Args;

use crate::run::Run;
use crate::{build, npm, test, workspace};

#[derive(Args)]
#[command(after_help = "\
Examples:
  cargo xtask bench                                      everything, on SQLite
  cargo xtask bench --postgres                           the same on a PostgreSQL of its own
  cargo xtask bench --kubernetes                         a Kubernetes worker, on a control plane of its own
  cargo xtask bench -- --work lifecycle --seconds 3      one part, quickly
  cargo xtask bench -- --work dashboard                  the dashboards in a browser
  cargo xtask bench -- --help                            all parts and sizes")]
pub struct Options {
    /// Measure on PostgreSQL instead of SQLite
    #[arg(long)]
    postgres: bool,
    /// Measure a Kubernetes worker, and nothing else, on a control plane without a node or on the cluster of
    /// REEVE_TEST_KUBECONFIG
    #[arg(long)]
    kubernetes: bool,
    /// Arguments for the load generator
    #[arg(last = true)]
    args: Vec<String>,
}

/// Builds the release binary and measures it beside the real Prefect servers, one after the other.
pub fn bench(options: &Options) -> Result<()> {
    let built = build::build(true)?;
    workspace::cargo("build").args(["--release", "--package", "load"]).run()?;
    let database = if options.postgres { Some(test::postgres::Postgres::start()?) } else { None };
    let mut load = Command::new(workspace::target_dir()?.join("release/load"));
    load.env("REEVE_BIN", built.binary);
    let cluster = if options.kubernetes { Some(test::kubernetes::Cluster::control_plane()?) } else { None };
    match &cluster {
        Some(cluster) => {
            cluster.tell(&mut load);
            load.args(["--work", "jobs"]);
        }
        None => {
            test::python::clients(&mut load)?;
            if options.args.iter().any(|arg| arg == "dashboard") {
                npm::install()?;
                load.env("PATH", npm::path_with_node()?).env("CHROMIUM", test::browser::chromium()?);
                load.env("REEVE_TEST_DASHBOARD", workspace::end2end().join("dashboard.mjs"));
            }
        }
    }
    if let Some(database) = &database {
        load.args(["--postgres", database.url()]);
    }
    load.args(&options.args).run()
}
