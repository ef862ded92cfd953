//! `reeve server database`.

use std::time::Duration;

use clap::{Args, Subcommand};
use store::Store;

use super::start_logging;
use crate::cli::failure::Failure;
use crate::cli::load;
use crate::cli::output::print_line;
use crate::config::{Config, Flags};

#[derive(Subcommand)]
pub enum Command {
    /// Bring the tables up to date; the server does the same when it starts
    Upgrade {
        #[command(flatten)]
        which: Which,
        /// Accepted for the sake of scripts; nothing is asked
        #[arg(short, long)]
        yes: bool,
    },
    /// Delete everything that is stored
    Reset {
        #[command(flatten)]
        which: Which,
        /// Confirm: it cannot be undone
        #[arg(short, long)]
        yes: bool,
    },
}

/// Which database.
#[derive(Args)]
pub struct Which {
    /// The database [env: REEVE_DATABASE_URL, PREFECT_API_DATABASE_CONNECTION_URL]
    #[arg(long, value_name = "URL")]
    database_url: Option<String>,
}

impl Command {
    /// Runs the command.
    pub async fn run(self, flags: Flags) -> Result<(), Failure> {
        match self {
            Command::Upgrade { which, .. } => {
                let config = load(flags.set("database.url", "--database-url", which.database_url))?.config;
                start_logging(&config)?;
                open(&config).await?.close().await;
                print_line(&format!("{} is up to date.", config.database()));
                Ok(())
            }
            Command::Reset { which, yes } => {
                let config = load(flags.set("database.url", "--database-url", which.database_url))?.config;
                if !yes {
                    return Err(Failure::usage(format!("This deletes everything in {}.", config.database()))
                        .then("add --yes if that is what you want."));
                }
                start_logging(&config)?;
                let store = open(&config).await?;
                let emptied = store.reset().await;
                store.close().await;
                emptied.map_err(|error| trouble(&config, &error))?;
                print_line(&format!("{} is empty.", config.database()));
                Ok(())
            }
        }
    }
}

/// Opens the database of the settings and brings it up to date. One that does not answer yet is waited
/// for a while, so that a server and its database can be started together.
pub async fn open(config: &Config) -> Result<Store, Failure> {
    let address = config.database().with_password();
    let mut opening = std::pin::pin!(Store::open(&address));
    let opened = tokio::select! {
        opened = opening.as_mut() => opened,
        () = tokio::time::sleep(Duration::from_secs(2)) => {
            tracing::warn!("waiting for the database {}", config.database());
            opening.await
        }
    };
    opened.map_err(|error| trouble(config, &error))
}

/// The error and its causes; the address's password stays out.
fn trouble(config: &Config, error: &store::StoreError) -> Failure {
    let mut causes = vec![error.to_string()];
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        if !causes.iter().any(|known| known.contains(&cause.to_string())) {
            causes.push(cause.to_string());
        }
        source = cause.source();
    }
    let causes = causes.join(": ");
    let next = if causes.contains("already exists") {
        "it holds tables of the same names, perhaps those of a Prefect server: give Reeve a database of its own."
    } else {
        "check database.url (REEVE_DATABASE_URL or PREFECT_API_DATABASE_CONNECTION_URL), and that it runs."
    };
    Failure::new(format!("The database {} cannot be used: {causes}.", config.database())).then(next)
}
