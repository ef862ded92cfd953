//! `reeve experimental result-storage`: where results go when nothing else is said (Prefect 3).

use clap::{Args, Subcommand};
use domain::Uuid;
use http::Method;
use serde_json::{Value, json};

use super::block;
use super::failure::Failure;
use super::output::{Output, print_line};
use super::rows;
use super::session::Session;

/// What Prefect 3 has below `experimental`.
#[derive(Subcommand)]
pub enum Experimental {
    /// Where results go when nothing else is said
    #[command(subcommand)]
    ResultStorage(Command),
}

#[derive(Subcommand)]
pub enum Command {
    /// Show the block that results go to
    Inspect {
        #[command(flatten)]
        output: Output,
    },
    /// Choose a block that results go to
    Set(Set),
    /// Let results go nowhere in particular
    Clear,
}

#[derive(Args)]
pub struct Set {
    /// KIND/NAME, such as local-file-system/results
    #[arg(long, required_unless_present = "id", conflicts_with = "id")]
    block: Option<String>,
    /// The block's id
    #[arg(long)]
    id: Option<Uuid>,
}

const PATH: &str = "/admin/storage";

impl Experimental {
    /// Runs the command.
    pub async fn run(self, session: &Session) -> Result<(), Failure> {
        let Experimental::ResultStorage(command) = self;
        let client = &session.client;
        match command {
            Command::Inspect { output } => {
                let storage: Value = client.fetch(PATH).await?;
                let id = rows::word(&storage["default_result_storage_block_id"]);
                output.print(&storage, || match id.is_empty() {
                    true => "Results go nowhere in particular.".to_owned(),
                    false => format!("Results go to the block {id}."),
                })
            }
            Command::Set(set) => {
                let found = block::existing(session, set.block.as_deref(), set.id).await?;
                let body = json!({ "default_result_storage_block_id": found["id"] });
                client.send(Method::PUT, PATH, Some(&body)).await?;
                print_line(&format!("Results go to the block {}.", found["name"]));
                Ok(())
            }
            Command::Clear => {
                client.delete(PATH).await?;
                print_line("Results go nowhere in particular.");
                Ok(())
            }
        }
    }
}
