//! `cargo xtask test`: everything that can be tested on this machine, in one go.
//!
//! A part that fails does not keep the others from running. A part that cannot run here (no root to
//! install something, no network) is skipped, and the summary says why.

pub mod browser;
pub mod kubernetes;
pub mod postgres;
pub mod python;
mod report;
mod rust;
mod summary;

use anyhow::Result;
use clap::Args;

use crate::{build, check};
use postgres::Postgres;
use report::{Outcome, Report};

#[derive(Args)]
pub struct Options {
    /// Leave out the Playwright journeys in Chromium
    #[arg(long)]
    no_browser: bool,
    /// Leave out the suite with the real Prefect 2 and Prefect 3 clients
    #[arg(long)]
    no_python: bool,
    /// Run the whole suite with the real clients on PostgreSQL too, not only its essential part
    #[arg(long)]
    every_database: bool,
    /// Leave out what needs a Kubernetes API server
    #[arg(long)]
    no_kubernetes: bool,
    /// Test on SQLite alone
    #[arg(long)]
    no_postgres: bool,
    /// Only tests whose name contains this
    filter: Option<String>,
}

/// Runs all parts, prints the summary, and fails when a part failed.
pub fn test(options: &Options) -> Result<()> {
    let mut report = Report::default();
    report.part("check", None, || check::check().map(|()| Outcome::one_passed()));

    let mut postgres = None;
    report.part("PostgreSQL", options.no_postgres.then_some("--no-postgres"), || {
        postgres = Some(Postgres::start()?);
        Ok(Outcome::one_passed())
    });
    let database = postgres.as_ref().map(Postgres::url);
    let filter = options.filter.as_deref();
    report.part("Rust tests", None, || rust::run(filter, database));

    let mut built = None;
    report.part("build", None, || {
        built = Some(build::build_for_tests()?);
        Ok(Outcome::one_passed())
    });
    let unbuilt = built.is_none().then_some("there is no binary to test");
    let left_out = |flag: bool, name| if flag { Some(name) } else { unbuilt };
    // Each closure runs only when nothing is left out, hence only when there is a build.
    let with_build =
        |run: &dyn Fn(&build::Built) -> Result<Outcome>| built.as_ref().map_or(Ok(Outcome::default()), run);
    report.part("Prefect clients", left_out(options.no_python, "--no-python"), || {
        with_build(&|built| python::run(built, filter, database, options.every_database))
    });
    report.side_by_side(
        ("Kubernetes", left_out(options.no_kubernetes, "--no-kubernetes"), || {
            with_build(&|built| kubernetes::run(built, filter))
        }),
        ("browser", left_out(options.no_browser, "--no-browser"), || with_build(&|built| browser::run(built, filter))),
    );
    drop(postgres);
    report.finish()
}
