//! `reeve automation`.

use std::path::PathBuf;

use clap::Subcommand;
use domain::Uuid;
use http::Method;
use serde_json::{Value, json};

use super::failure::Failure;
use super::output::{Output, print_line};
use super::rows;
use super::session::Session;

#[derive(Subcommand)]
pub enum Command {
    /// List the automations
    Ls {
        #[command(flatten)]
        output: Output,
    },
    /// Show an automation
    Inspect {
        /// Its name or id
        name: String,
        #[command(flatten)]
        output: Output,
    },
    /// Make automations from a YAML or JSON file: one, a list, or `automations:` with a list
    Create {
        /// The file
        #[arg(long, value_name = "FILE")]
        from_file: PathBuf,
    },
    /// Put what a file says in the place of an automation
    Update {
        /// Its id
        #[arg(long)]
        id: Uuid,
        /// The file
        #[arg(long, value_name = "FILE")]
        from_file: PathBuf,
    },
    /// Turn an automation off
    #[command(alias = "disable")]
    Pause {
        /// Its name or id
        name: String,
    },
    /// Turn an automation on
    #[command(alias = "enable")]
    Resume {
        /// Its name or id
        name: String,
    },
    /// Delete an automation
    Delete {
        /// Its name or id
        name: String,
    },
}

impl Command {
    /// Runs the command.
    pub async fn run(self, session: &Session) -> Result<(), Failure> {
        let client = &session.client;
        match self {
            Command::Ls { output } => {
                let found = rows::all(client, "/automations/filter", json!({}), usize::MAX).await?;
                let columns = [("name", "name"), ("enabled", "enabled"), ("description", "description"), ("id", "id")];
                rows::list(
                    output,
                    &found,
                    columns,
                    "There are no automations: `reeve automation create --from-file FILE` makes one.",
                )
            }
            Command::Inspect { name, output } => rows::one(output, &found(session, &name).await?),
            Command::Create { from_file } => {
                for body in bodies(&from_file)? {
                    let made: Value = client.post("/automations/", &body).await?;
                    print_line(&format!("Created {}.", made["name"]));
                }
                Ok(())
            }
            Command::Update { id, from_file } => {
                let [body] =
                    bodies(&from_file)?.try_into().map_err(|_| Failure::usage("The file must hold one automation."))?;
                client.send(Method::PUT, &format!("/automations/{id}"), Some(&body)).await?;
                print_line(&format!("Changed {id}."));
                Ok(())
            }
            Command::Pause { name } => turn(session, &name, false).await,
            Command::Resume { name } => turn(session, &name, true).await,
            Command::Delete { name } => {
                let found = found(session, &name).await?;
                client.delete(&format!("/automations/{}", rows::word(&found["id"]))).await?;
                print_line(&format!("Deleted {name:?}."));
                Ok(())
            }
        }
    }
}

async fn turn(session: &Session, name: &str, enabled: bool) -> Result<(), Failure> {
    let found = found(session, name).await?;
    session.client.patch(&format!("/automations/{}", rows::word(&found["id"])), &json!({ "enabled": enabled })).await?;
    print_line(&format!("{} {name:?}.", if enabled { "Resumed" } else { "Paused" }));
    Ok(())
}

/// The automation by its id or its name.
async fn found(session: &Session, name: &str) -> Result<Value, Failure> {
    let next = "`reeve automation ls` lists them.";
    if let Ok(id) = name.parse::<Uuid>() {
        return rows::existing(&session.client, &format!("/automations/{id}"), &format!("automation {id}"), next).await;
    }
    let ask = json!({ "automations": { "name": { "any_": [name] } } });
    let mut found: Vec<Value> = session.client.post("/automations/filter", &ask).await?;
    match (found.pop(), found.is_empty()) {
        (None, _) => Err(Failure::missing(format!("automation {name:?}"), next)),
        (Some(only), true) => Ok(only),
        (Some(_), false) => Err(Failure::usage(format!("Several automations are named {name:?}."))
            .then("give the id; `reeve automation ls` tells it.")),
    }
}

fn bodies(file: &std::path::Path) -> Result<Vec<Value>, Failure> {
    let shown = file.display().to_string();
    let text =
        std::fs::read_to_string(file).map_err(|why| Failure::usage(format!("{shown} cannot be read: {why}.")))?;
    let read = project::yaml::read(&shown, &text).map_err(|problem| super::deploy::wrong(vec![problem]))?;
    Ok(match read.get("automations").map_or_else(|| read.json(), |list| list.json()) {
        Value::Array(items) => items,
        one => vec![one],
    })
}
