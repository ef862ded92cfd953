//! `cargo xtask`: everything one does with this repository, with all set-up in one place.
//!
//! What a command needs and can install by itself (the wasm target, npm packages, Debian packages
//! when run as root, Python environments, Kubernetes) it installs; what it cannot, it names.
//! It never talks to the product but through its command line.

mod bench;
mod build;
mod check;
mod faults;
mod install;
mod npm;
mod run;
mod serve;
mod test;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Build, run and test Reeve.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", disable_help_subcommand = true)]
struct Xtask {
    #[command(subcommand)]
    command: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Build the dashboard (wasm, styles, editor) and the `reeve` binary
    Build(build::Options),
    /// Build everything, then start server, dashboard, scheduler, worker and a demo on port 4200
    Serve(serve::Options),
    /// Formatting, lints of the native and the wasm side, what may not reach the browser, licences
    Check,
    /// Run `check`, then every test there is; says at the end what was skipped and why
    Test(test::Options),
    /// Inject faults into a Kubernetes cluster and print the table of docs/kubernetes-faults.md
    Faults(faults::Options),
    /// Measure what docs/benchmarks.md reports
    Bench(bench::Options),
}

fn main() -> ExitCode {
    let done = match Xtask::parse().command {
        Task::Build(options) => build::run(&options),
        Task::Serve(options) => serve::serve(&options),
        Task::Check => check::check(),
        Task::Test(options) => test::test(&options),
        Task::Faults(options) => faults::faults(&options),
        Task::Bench(options) => bench::bench(&options),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
