//! `reeve variable`.

use clap::Subcommand;
use client::segment;
use serde_json::{Value, json};

use super::failure::Failure;
use super::output::{Output, print_line};
use super::rows;
use super::session::Session;

#[derive(Subcommand)]
pub enum Command {
    /// List the variables
    Ls {
        /// At most so many
        #[arg(long, default_value_t = 100)]
        limit: usize,
        #[command(flatten)]
        output: Output,
    },
    /// Print a variable's value
    Get {
        /// The variable
        name: String,
    },
    /// Show a variable
    Inspect {
        /// The variable
        name: String,
        #[command(flatten)]
        output: Output,
    },
    /// Make a variable, or change it with --overwrite; the value is JSON where it is JSON
    Set {
        /// The variable
        name: String,
        /// Its value
        value: String,
        /// Change it if it is there
        #[arg(long)]
        overwrite: bool,
        /// A tag (repeatable)
        #[arg(long = "tag", value_name = "TAG")]
        tags: Vec<String>,
    },
    /// Delete a variable
    #[command(alias = "delete")]
    Unset {
        /// The variable
        name: String,
    },
}

const NEXT: &str = "`reeve variable ls` lists them.";

fn path(name: &str) -> String {
    format!("/variables/name/{}", segment(name))
}

impl Command {
    /// Runs the command.
    pub async fn run(self, session: &Session) -> Result<(), Failure> {
        let client = &session.client;
        let existing =
            async |name: &str| rows::existing(client, &path(name), &format!("variable {name:?}"), NEXT).await;
        match self {
            Command::Ls { limit, output } => {
                let found = rows::all(client, "/variables/filter", json!({}), limit).await?;
                let columns = [("name", "name"), ("value", "value"), ("tags", "tags")];
                rows::list(
                    output,
                    &found,
                    columns,
                    "There are no variables: `reeve variable set NAME VALUE` makes one.",
                )
            }
            Command::Get { name } => {
                let found = existing(&name).await?;
                print_line(&found.get("value").map(rows::word).unwrap_or_default());
                Ok(())
            }
            Command::Inspect { name, output } => rows::one(output, &existing(&name).await?),
            Command::Set { name, value, overwrite, tags } => {
                let value: Value = serde_json::from_str(&value).unwrap_or(Value::from(value));
                let body = json!({ "name": name, "value": value, "tags": tags });
                match client.get::<Value>(&path(&name)).await? {
                    Some(_) if !overwrite => {
                        let what = format!("There is a variable {name:?} already.");
                        return Err(Failure::new(what).then("say --overwrite to change it."));
                    }
                    Some(_) => client.patch(&path(&name), &body).await?,
                    None => drop(client.post::<Value>("/variables/", &body).await?),
                }
                print_line(&format!("Set {name:?}."));
                Ok(())
            }
            Command::Unset { name } => {
                existing(&name).await?;
                client.delete(&path(&name)).await?;
                print_line(&format!("Deleted {name:?}."));
                Ok(())
            }
        }
    }
}
