//! `reeve completions` and `reeve man`: what shells and manuals are told of the commands.

use std::path::PathBuf;

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::Cli;
use super::failure::Failure;
use super::output::print_line;

/// Print completions for a shell
#[derive(Args)]
#[command(after_help = "Example:\n  reeve completions bash > /etc/bash_completion.d/reeve")]
pub struct Completions {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

/// Write manual pages, one for each command
#[derive(Args)]
pub struct Man {
    /// The directory, which must exist
    #[arg(value_name = "DIR")]
    directory: PathBuf,
}

impl Completions {
    /// Runs the command.
    pub fn run(self) -> Result<(), Failure> {
        let mut text = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "reeve", &mut text);
        print_line(String::from_utf8_lossy(&text).trim_end());
        Ok(())
    }
}

impl Man {
    /// Runs the command.
    pub fn run(self) -> Result<(), Failure> {
        clap_mangen::generate_to(Cli::command(), &self.directory)
            .map_err(|error| Failure::usage(format!("{}: {error}.", self.directory.display())))?;
        print_line(&format!("Wrote the manual to {}.", self.directory.display()));
        Ok(())
    }
}
