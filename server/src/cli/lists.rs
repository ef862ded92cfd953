//! `reeve flow`, `reeve task-run`, `reeve artifact` and `reeve api`.

use clap::{Args, Subcommand};
use client::segment;
use domain::Uuid;
use http::Method;
use serde_json::{Value, json};

use super::failure::Failure;
use super::output::{Output, print_line};
use super::rows;
use super::session::Session;

#[derive(Subcommand)]
pub enum Flow {
    /// List the flows
    Ls {
        /// At most so many
        #[arg(long, default_value_t = 15)]
        limit: usize,
        #[command(flatten)]
        output: Output,
    },
}

#[derive(Subcommand)]
pub enum TaskRun {
    /// List task runs, newest first
    Ls {
        /// Only of tasks whose runs have these names
        #[arg(long = "task-run-name", value_name = "NAME")]
        names: Vec<String>,
        /// At most so many
        #[arg(long, default_value_t = 15)]
        limit: usize,
        /// Only in states of these names
        #[arg(long = "state", value_name = "NAME")]
        states: Vec<String>,
        /// Only in states of these types
        #[arg(long = "state-type", value_name = "TYPE")]
        types: Vec<String>,
        #[command(flatten)]
        output: Output,
    },
    /// Show a task run
    Inspect {
        /// Its id
        id: Uuid,
        #[command(flatten)]
        output: Output,
    },
    /// Print the log lines of a task run
    Logs {
        /// Its id
        id: Uuid,
        /// At most so many lines
        #[arg(short, long, default_value_t = 10_000)]
        num_logs: usize,
    },
}

#[derive(Subcommand)]
pub enum Artifact {
    /// List the newest artifact of each key
    Ls {
        /// At most so many
        #[arg(long, default_value_t = 100)]
        limit: usize,
        #[command(flatten)]
        output: Output,
    },
    /// Show the versions of an artifact
    Inspect {
        /// The key
        key: String,
        /// At most so many
        #[arg(long, default_value_t = 10)]
        limit: usize,
        #[command(flatten)]
        output: Output,
    },
    /// Delete all artifacts of a key
    Delete {
        /// The key
        key: String,
    },
}

/// Send a request to the API, with the credentials of the settings
#[derive(Args)]
pub struct Api {
    /// GET, POST, PATCH, PUT or DELETE
    method: String,
    /// The path below /api, such as /flows/filter
    path: String,
    /// The body as JSON, - for standard input
    #[arg(long)]
    data: Option<String>,
}

impl Flow {
    /// Runs the command.
    pub async fn run(self, session: &Session) -> Result<(), Failure> {
        let Flow::Ls { limit, output } = self;
        let found = rows::all(&session.client, "/flows/filter", json!({ "sort": "CREATED_DESC" }), limit).await?;
        let columns = [("name", "name"), ("tags", "tags"), ("created", "created"), ("id", "id")];
        rows::list(output, &found, columns, "There are no flows yet: `reeve deploy` makes them.")
    }
}

impl TaskRun {
    /// Runs the command.
    pub async fn run(self, session: &Session) -> Result<(), Failure> {
        let client = &session.client;
        match self {
            TaskRun::Ls { names, limit, states, types, output } => {
                let any = |list: &[String]| (!list.is_empty()).then(|| json!({ "any_": list }));
                let types: Vec<String> = types.iter().map(|word| word.to_uppercase()).collect();
                let filter = json!({
                    "task_runs": { "name": any(&names), "state": { "name": any(&states), "type": any(&types) } },
                    "sort": "EXPECTED_START_TIME_DESC",
                });
                let found = rows::all(client, "/task_runs/filter", filter, limit).await?;
                let columns = [("name", "name"), ("state", "state_name"), ("started", "start_time"), ("id", "id")];
                rows::list(output, &found, columns, "There are no such task runs.")
            }
            TaskRun::Inspect { id, output } => {
                let next = "`reeve task-run ls` lists the newest.";
                rows::one(
                    output,
                    &rows::existing(client, &format!("/task_runs/{id}"), &format!("task run {id}"), next).await?,
                )
            }
            TaskRun::Logs { id, num_logs } => {
                let filter = json!({ "logs": { "task_run_id": { "any_": [id] } }, "sort": "TIMESTAMP_ASC" });
                let found = rows::all(client, "/logs/filter", filter, num_logs).await?;
                let line = |log: &Value| format!("{} | {}", rows::word(&log["timestamp"]), rows::word(&log["message"]));
                found.iter().for_each(|log| print_line(&line(log)));
                Ok(())
            }
        }
    }
}

impl Artifact {
    /// Runs the command.
    pub async fn run(self, session: &Session) -> Result<(), Failure> {
        let client = &session.client;
        let columns =
            [("key", "key"), ("type", "type"), ("description", "description"), ("updated", "updated"), ("id", "id")];
        match self {
            Artifact::Ls { limit, output } => {
                let found = rows::all(client, "/artifacts/latest/filter", json!({}), limit).await?;
                rows::list(output, &found, columns, "There are no artifacts.")
            }
            Artifact::Inspect { key, limit, output } => {
                let filter = json!({ "artifacts": { "key": { "any_": [key] } }, "sort": "CREATED_DESC" });
                let found = rows::all(client, "/artifacts/filter", filter, limit).await?;
                rows::list(output, &found, columns, &format!("There is no artifact of the key {key:?}."))
            }
            Artifact::Delete { key } => {
                let filter = json!({ "artifacts": { "key": { "any_": [key] } } });
                let found = rows::all(client, "/artifacts/filter", filter, usize::MAX).await?;
                for one in &found {
                    client.delete(&format!("/artifacts/{}", segment(&rows::word(&one["id"])))).await?;
                }
                print_line(&format!("Deleted {} artifacts of {key:?}.", found.len()));
                Ok(())
            }
        }
    }
}

impl Api {
    /// Runs the command.
    pub async fn run(self, session: &Session) -> Result<(), Failure> {
        let method = self
            .method
            .to_uppercase()
            .parse::<Method>()
            .map_err(|_| Failure::usage(format!("{:?} is no method.", self.method)))?;
        let body = match self.data.as_deref() {
            Some("-") => {
                Some(std::io::read_to_string(std::io::stdin()).map_err(|why| Failure::usage(why.to_string()))?)
            }
            data => data.map(str::to_owned),
        };
        let path = self.path.strip_prefix("/api").unwrap_or(&self.path);
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        let reply = session.client.answer(method, &path, body.map(String::into_bytes)).await?;
        match serde_json::from_slice::<Value>(&reply.body) {
            Ok(value) => print_line(&serde_json::to_string_pretty(&value).unwrap_or_default()),
            Err(_) if reply.body.is_empty() => {}
            Err(_) => print_line(&String::from_utf8_lossy(&reply.body)),
        }
        Ok(())
    }
}
