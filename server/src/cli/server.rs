//! `reeve server`.

mod apply;
mod database;
mod guests;
mod listen;
mod logging;
mod policy;
mod start;

use clap::Subcommand;

use super::failure::Failure;
use crate::config::Flags;

pub use logging::start as start_logging;

#[derive(Subcommand)]
pub enum Command {
    /// Start the server
    Start(Box<start::Start>),
    /// The database: bring it up to date, or empty it
    #[command(subcommand)]
    Database(database::Command),
}

impl Command {
    /// Runs the command.
    pub async fn run(self, flags: Flags) -> Result<(), Failure> {
        match self {
            Command::Start(start) => start.run(flags).await,
            Command::Database(command) => command.run(flags).await,
        }
    }
}
