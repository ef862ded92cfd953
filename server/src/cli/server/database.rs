//! `reeve server database`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, Subcommand};
use store::Store;

use super::start_logging;
use crate::cli::failure::Failure;
use crate::cli::load;
use crate::cli::output::print_line;
use crate::config::{Config, DatabaseUrl, Flags};

#[derive(Subcommand)]
pub enum Command {
    /// Bring the tables up to date; the server does the same when it starts
    Upgrade {
        #[command(flatten)]
        which: Which,
        /// Only tell what would be done
        #[arg(long)]
        dry_run: bool,
        /// Accepted for the sake of scripts; nothing is asked
        #[arg(short, long)]
        yes: bool,
    },
    /// Copy a SQLite database into a new file, while servers go on
    #[command(after_help = "\
Examples:
  reeve server database backup reeve-before-upgrade.db
  sqlite3 reeve-before-upgrade.db 'PRAGMA integrity_check'")]
    Backup {
        /// The new file
        file: PathBuf,
        #[command(flatten)]
        which: Which,
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
            Command::Upgrade { which, dry_run: true, .. } => {
                let config = load(flags.set("database.url", "--database-url", which.database_url))?.config;
                pending(&config).await
            }
            Command::Backup { file, which } => {
                let config = load(flags.set("database.url", "--database-url", which.database_url))?.config;
                backup(&config, &file).await
            }
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

/// Opens the database without bringing it up to date; one in a file must be there.
async fn as_it_is(config: &Config) -> Result<Store, Failure> {
    if let DatabaseUrl::Sqlite(path) = config.database()
        && !path.exists()
    {
        return Err(Failure::missing(format!("database {}", path.display()), "`reeve server start` makes it."));
    }
    let address = config.database().with_password();
    Store::open_as_it_is(&address).await.map_err(|error| trouble(config, &error))
}

async fn pending(config: &Config) -> Result<(), Failure> {
    let store = as_it_is(config).await?;
    let steps = store.pending().await;
    store.close().await;
    let steps = steps.map_err(|error| trouble(config, &error))?;
    match steps.is_empty() {
        true => print_line(&format!("{} is up to date.", config.database())),
        false => print_line(&format!("{} would go through {}.", config.database(), steps.join(", "))),
    }
    Ok(())
}

async fn backup(config: &Config, file: &Path) -> Result<(), Failure> {
    if let DatabaseUrl::Postgres(_) = config.database() {
        let next = "use PostgreSQL's own: `pg_dump --format=custom --file reeve.dump DATABASE`, and pg_restore.";
        return Err(Failure::new("Only a SQLite database is copied by this program.").then(next));
    }
    if file.exists() {
        return Err(Failure::new(format!("There is a file {} already.", file.display())).then("name a new one."));
    }
    let store = as_it_is(config).await?;
    let copied = store.copy_into(file).await;
    store.close().await;
    copied.map_err(|error| trouble(config, &error))?;
    print_line(&format!("Copied {} to {}.", config.database(), file.display()));
    Ok(())
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
