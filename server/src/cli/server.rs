//! `reeve server`.

mod apply;
mod database;
mod guests;
mod listen;
mod logging;
mod policy;
mod services;
mod start;
mod status;

use clap::Subcommand;

use super::failure::Failure;
use crate::config::Flags;

pub use logging::start as start_logging;

#[derive(Subcommand)]
pub enum Command {
    /// Start the server
    Start(Box<start::Start>),
    /// Whether the server of the settings answers
    Status(status::Status),
    /// What a server does by itself
    #[command(subcommand)]
    Services(services::Command),
    /// The database: bring it up to date, copy it, or empty it
    #[command(subcommand)]
    Database(database::Command),
}

impl Command {
    /// Runs the command.
    pub async fn run(self, flags: Flags) -> Result<(), Failure> {
        match self {
            Command::Start(start) => start.run(flags).await,
            Command::Status(status) => status.run(flags).await,
            Command::Services(command) => command.run(flags),
            Command::Database(command) => command.run(flags).await,
        }
    }
}
