//! `reeve automation`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use domain::Uuid;
use http::Method;
use serde_json::{Value, json};

use super::ask::sure;
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
        #[command(flatten)]
        which: Which,
        /// The same as `-o yaml`
        #[arg(long, conflicts_with_all = ["output", "json"])]
        yaml: bool,
        /// The same as `-o json`
        #[arg(long, conflicts_with = "output")]
        json: bool,
        #[command(flatten)]
        output: Output,
    },
    /// Make automations from YAML or JSON: one, a list, or `automations:` with a list
    Create(From),
    /// Put something else in the place of an automation
    Update {
        /// Its id
        #[arg(long)]
        id: Uuid,
        #[command(flatten)]
        from: From,
    },
    /// Turn an automation off
    #[command(alias = "disable")]
    Pause(Which),
    /// Turn an automation on
    #[command(alias = "enable")]
    Resume(Which),
    /// Delete an automation
    Delete {
        /// Its name or id
        #[arg(required_unless_present_any = ["id", "all"], conflicts_with_all = ["id", "all"])]
        name: Option<String>,
        /// Its id
        #[arg(long, conflicts_with = "all")]
        id: Option<Uuid>,
        /// Delete all automations
        #[arg(long)]
        all: bool,
        /// Do not ask before all are deleted
        #[arg(short, long)]
        yes: bool,
    },
}

/// An automation.
#[derive(Args)]
pub struct Which {
    /// Its name or id
    #[arg(required_unless_present = "id", conflicts_with = "id")]
    name: Option<String>,
    /// Its id
    #[arg(long)]
    id: Option<Uuid>,
}

/// What automations are made from.
#[derive(Args)]
pub struct From {
    /// A YAML or JSON file
    #[arg(short = 'f', long, value_name = "FILE", required_unless_present = "from_json", conflicts_with = "from_json")]
    from_file: Option<PathBuf>,
    /// JSON
    #[arg(short = 'j', long, value_name = "JSON")]
    from_json: Option<String>,
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
            Command::Inspect { which, yaml, json, output } => {
                rows::one(output.or(yaml, json), &which.found(session).await?)
            }
            Command::Create(from) => {
                for body in from.bodies()? {
                    let made: Value = client.post("/automations/", &body).await?;
                    print_line(&format!("Created {}.", made["name"]));
                }
                Ok(())
            }
            Command::Update { id, from } => {
                let [body] = from.bodies()?.try_into().map_err(|_| Failure::usage("It must be one automation."))?;
                client.send(Method::PUT, &format!("/automations/{id}"), Some(&body)).await?;
                print_line(&format!("Changed {id}."));
                Ok(())
            }
            Command::Pause(which) => turn(session, &which, false).await,
            Command::Resume(which) => turn(session, &which, true).await,
            Command::Delete { all: true, yes, .. } => {
                let found = rows::all(client, "/automations/filter", json!({}), usize::MAX).await?;
                sure(&format!("Delete all automations ({})?", found.len()), yes, "--yes")?;
                for one in &found {
                    client.delete(&path(one)).await?;
                }
                print_line(&format!("Deleted all automations ({}).", found.len()));
                Ok(())
            }
            Command::Delete { name, id, .. } => {
                let found = Which { name, id }.found(session).await?;
                client.delete(&path(&found)).await?;
                print_line(&format!("Deleted {}.", found["name"]));
                Ok(())
            }
        }
    }
}

/// Where an automation is.
fn path(automation: &Value) -> String {
    format!("/automations/{}", rows::word(&automation["id"]))
}

impl Which {
    async fn found(&self, session: &Session) -> Result<Value, Failure> {
        let id = self.id.map(|id| id.to_string());
        found(session, id.as_deref().or(self.name.as_deref()).unwrap_or_default()).await
    }
}

async fn turn(session: &Session, which: &Which, enabled: bool) -> Result<(), Failure> {
    let found = which.found(session).await?;
    session.client.patch(&path(&found), &json!({ "enabled": enabled })).await?;
    print_line(&format!("{} {}.", if enabled { "Resumed" } else { "Paused" }, found["name"]));
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

impl From {
    fn bodies(&self) -> Result<Vec<Value>, Failure> {
        match (&self.from_file, &self.from_json) {
            (Some(file), _) => {
                let shown = file.display().to_string();
                let text = std::fs::read_to_string(file);
                bodies(&shown, &text.map_err(|why| Failure::usage(format!("{shown} cannot be read: {why}.")))?)
            }
            (None, text) => bodies("--from-json", text.as_deref().unwrap_or_default()),
        }
    }
}

/// The automations that a text holds; JSON is YAML.
fn bodies(shown: &str, text: &str) -> Result<Vec<Value>, Failure> {
    let read = project::yaml::read(shown, text).map_err(|problem| super::deploy::wrong(vec![problem]))?;
    Ok(match read.get("automations").map_or_else(|| read.json(), |list| list.json()) {
        Value::Array(items) => items,
        one => vec![one],
    })
}
