//! `reeve flow`, `reeve task-run`, `reeve artifact` and `reeve api`.

use clap::{Args, Subcommand};
use client::transport::http::Http;
use client::{Call, Transport, segment};
use domain::Uuid;
use http::Method;
use serde_json::{Value, json};

use super::browser;
use super::failure::Failure;
use super::output::{Output, print_line};
use super::rows;
use super::session::{self, Session};

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
        /// Open its page in the dashboard instead
        #[arg(long)]
        web: bool,
        #[command(flatten)]
        output: Output,
    },
    /// Print the log lines of a task run
    Logs {
        /// Its id
        id: Uuid,
        /// Only the first lines
        #[arg(long, conflicts_with = "tail")]
        head: bool,
        /// Only the last lines
        #[arg(short, long)]
        tail: bool,
        /// How many lines --head or --tail show
        #[arg(short, long, default_value_t = 20)]
        num_logs: usize,
        /// The newest line first
        #[arg(short, long)]
        reverse: bool,
        #[command(flatten)]
        output: Output,
    },
}

#[derive(Subcommand)]
pub enum Artifact {
    /// List the newest artifact of each key
    Ls {
        /// At most so many
        #[arg(long, default_value_t = 100)]
        limit: usize,
        /// Every version of each key, not the newest alone
        #[arg(long)]
        all: bool,
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
        #[arg(required_unless_present = "id", conflicts_with = "id")]
        key: Option<String>,
        /// Delete the one with this id alone
        #[arg(long)]
        id: Option<Uuid>,
    },
}

/// Send a request to the API, with the credentials of the settings
#[derive(Args)]
pub struct Api {
    /// GET, POST, PATCH, PUT or DELETE
    method: String,
    /// The path below /api, such as /flows/filter
    path: String,
    /// The body as JSON; @FILE takes it from a file, - from standard input
    #[arg(long)]
    data: Option<String>,
    /// A header, as `Name: value` (repeatable)
    #[arg(short = 'H', value_name = "HEADER")]
    headers: Vec<String>,
    /// Print the answer's status as well, to standard error
    #[arg(short, long)]
    verbose: bool,
    /// The path is not below /api, but the server's own
    #[arg(long)]
    root: bool,
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
            TaskRun::Inspect { id, web, output } => {
                let next = "`reeve task-run ls` lists the newest.";
                let found =
                    rows::existing(client, &format!("/task_runs/{id}"), &format!("task run {id}"), next).await?;
                if web {
                    browser::open(&format!("{}/task-runs/{id}", session.dashboard()));
                    return Ok(());
                }
                rows::one(output, &found)
            }
            TaskRun::Logs { id, head, tail, num_logs, reverse, output } => {
                let sort = if tail { "TIMESTAMP_DESC" } else { "TIMESTAMP_ASC" };
                let filter = json!({ "logs": { "task_run_id": { "any_": [id] } }, "sort": sort });
                let most = if head || tail { num_logs } else { usize::MAX };
                let mut found = rows::all(client, "/logs/filter", filter, most).await?;
                if tail != reverse {
                    found.reverse();
                }
                let line = |log: &Value| format!("{} | {}", rows::word(&log["timestamp"]), rows::word(&log["message"]));
                output.print(&found, || found.iter().map(line).collect::<Vec<_>>().join("\n"))
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
            Artifact::Ls { limit, all, output } => {
                let found = match all {
                    true => rows::all(client, "/artifacts/filter", json!({ "sort": "CREATED_DESC" }), limit).await?,
                    false => rows::all(client, "/artifacts/latest/filter", json!({}), limit).await?,
                };
                rows::list(output, &found, columns, "There are no artifacts.")
            }
            Artifact::Inspect { key, limit, output } => {
                let filter = json!({ "artifacts": { "key": { "any_": [key] } }, "sort": "CREATED_DESC" });
                let found = rows::all(client, "/artifacts/filter", filter, limit).await?;
                rows::list(output, &found, columns, &format!("There is no artifact of the key {key:?}."))
            }
            Artifact::Delete { id: Some(id), .. } => {
                let next = "`reeve artifact ls` lists the newest.";
                rows::existing(client, &format!("/artifacts/{id}"), &format!("artifact {id}"), next).await?;
                client.delete(&format!("/artifacts/{id}")).await?;
                print_line(&format!("Deleted the artifact {id}."));
                Ok(())
            }
            Artifact::Delete { key, .. } => {
                let key = key.unwrap_or_default();
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
            Some(data) if data.starts_with('@') => {
                let read = std::fs::read_to_string(&data[1..]);
                Some(read.map_err(|why| Failure::usage(format!("{} cannot be read: {why}.", &data[1..])))?)
            }
            data => data.map(str::to_owned),
        };
        let path = if self.root { self.path.as_str() } else { self.path.strip_prefix("/api").unwrap_or(&self.path) };
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        let path = if self.root { path } else { format!("/api{path}") };
        let headers = self.headers.iter().map(|header| header_of(header)).collect::<Result<Vec<_>, _>>()?;
        let http = Http::with_headers(&session.config.api_url.0, &session::credentials(&session.config), headers)?;
        let reply = http.send(Call { method, path, body: body.map(String::into_bytes) }).await?;
        if self.verbose {
            eprintln!("{}", reply.status);
        }
        match serde_json::from_slice::<Value>(&reply.body) {
            Ok(value) => print_line(&serde_json::to_string_pretty(&value).unwrap_or_default()),
            Err(_) if reply.body.is_empty() => {}
            Err(_) => print_line(&String::from_utf8_lossy(&reply.body)),
        }
        if reply.status < 400 { Ok(()) } else { Err(Failure::new(format!("The server answered {}.", reply.status))) }
    }
}

/// `Name: value`.
fn header_of(text: &str) -> Result<(String, String), Failure> {
    let (name, value) =
        text.split_once(':').ok_or_else(|| Failure::usage(format!("{text:?} is not `Name: value`.")))?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}
