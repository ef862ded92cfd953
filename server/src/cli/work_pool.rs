//! `reeve work-pool`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use client::work_pools;
use domain::default_templates::{POOL_TYPES, default_base_job_template};
use domain::flow_runs::GetScheduled;
use domain::pages::WorkPoolRow;
use domain::work_pools::{WorkPool, WorkPoolCreate, WorkPoolUpdate};
use domain::{Major, Patch};
use serde_json::{Map, Value};

use super::arguments::object_in;
use super::failure::Failure;
use super::output::{Output, facts, lasting, limit, print_line, state, table, when};
use super::session::Session;

#[derive(Subcommand)]
pub enum Command {
    /// Create a work pool
    Create(Create),
    /// List the work pools
    Ls {
        #[command(flatten)]
        output: Output,
    },
    /// Show one pool with its queues and workers
    Inspect {
        /// The pool
        name: String,
        #[command(flatten)]
        output: Output,
    },
    /// Change what is given; the rest stays
    Update(Update),
    /// Delete a pool with its queues; its deployments stay, without a pool
    Delete {
        /// The pool
        name: String,
    },
    /// Stop handing out runs
    Pause {
        /// The pool
        name: String,
    },
    /// Hand out runs again
    Resume {
        /// The pool
        name: String,
    },
    /// Let at most LIMIT runs of the pool be pending or running at once
    SetConcurrencyLimit {
        /// The pool
        name: String,
        /// How many
        #[arg(value_parser = clap::value_parser!(i64).range(0..))]
        limit: i64,
    },
    /// Let any number of runs of the pool run at once
    ClearConcurrencyLimit {
        /// The pool
        name: String,
    },
    /// List the runs that workers of the pool will take
    Preview {
        /// The pool
        name: String,
        /// How far to look ahead
        #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=8784))]
        hours: u32,
        #[command(flatten)]
        output: Output,
    },
    /// Print the base job template that a new pool of a type gets
    GetDefaultBaseJobTemplate {
        /// The type of pool: kubernetes or process
        #[arg(short, long = "type", value_name = "TYPE")]
        kind: String,
        /// Write to this file instead
        #[arg(short, long)]
        file: Option<PathBuf>,
    },
}

#[derive(Args)]
#[command(after_help = "\
Examples:
  reeve work-pool create local --type process
  reeve work-pool create cluster --type kubernetes --base-job-template template.json --concurrency-limit 20")]
pub struct Create {
    /// The new pool's name
    name: String,
    /// The type of pool: kubernetes or process
    #[arg(short, long = "type", value_name = "TYPE")]
    kind: String,
    /// A JSON file with the base job template, in place of the type's own
    #[arg(long, value_name = "FILE")]
    base_job_template: Option<PathBuf>,
    /// Words about the pool
    #[arg(long)]
    description: Option<String>,
    /// The most runs that may be pending or running at once
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(0..))]
    concurrency_limit: Option<i64>,
    /// Create it paused
    #[arg(long)]
    paused: bool,
    /// Change the pool of that name if there is one
    #[arg(long)]
    overwrite: bool,
}

#[derive(Args)]
pub struct Update {
    /// The pool
    name: String,
    /// A JSON file with the new base job template
    #[arg(long, value_name = "FILE")]
    base_job_template: Option<PathBuf>,
    /// The new limit
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(0..))]
    concurrency_limit: Option<i64>,
    /// The new description
    #[arg(long)]
    description: Option<String>,
}

impl Command {
    /// Runs the command.
    pub async fn run(self, session: &Session) -> Result<(), Failure> {
        match self {
            Command::Create(create) => create.run(session).await,
            Command::Ls { output } => ls(session, output).await,
            Command::Inspect { name, output } => inspect(session, &name, output).await,
            Command::Update(update) => update.run(session).await,
            Command::Delete { name } => {
                session.work_pool(&name).await?;
                work_pools::delete(&session.client, &name).await?;
                print_line(&format!("Deleted work pool {name:?}."));
                Ok(())
            }
            Command::Pause { name } => change(session, &name, pausing(true), "paused").await,
            Command::Resume { name } => change(session, &name, pausing(false), "resumed").await,
            Command::SetConcurrencyLimit { name, limit } => {
                change(session, &name, limiting(Patch::Value(limit)), &format!("limited to {limit} runs at once")).await
            }
            Command::ClearConcurrencyLimit { name } => {
                change(session, &name, limiting(Patch::Null), "no longer limited").await
            }
            Command::Preview { name, hours, output } => preview(session, &name, hours, output).await,
            Command::GetDefaultBaseJobTemplate { kind, file } => template(&kind, file),
        }
    }
}

impl Create {
    async fn run(self, session: &Session) -> Result<(), Failure> {
        let base_job_template = match &self.base_job_template {
            Some(path) => object_in(path)?,
            None => default_template(&self.kind)?,
        };
        if self.overwrite && work_pools::read(&session.client, &self.name).await?.is_some() {
            return self.overwrite(session, base_job_template).await;
        }
        let pool = WorkPoolCreate {
            name: self.name.clone(),
            description: self.description,
            kind: self.kind,
            base_job_template,
            is_paused: self.paused,
            concurrency_limit: self.concurrency_limit,
            storage_configuration: None,
        };
        let pool = work_pools::create(&session.client, &pool).await.map_err(|error| match error.status() {
            Some(409) => Failure::new(format!("There is a work pool named {:?} already.", self.name))
                .then("add --overwrite to change it, or use `reeve work-pool update`."),
            _ => error.into(),
        })?;
        print_line(&format!("Created work pool {:?} of type {}.", pool.name, pool.kind));
        print_line(&format!("Start a worker for it: reeve worker start --pool {:?}", pool.name));
        Ok(())
    }

    async fn overwrite(self, session: &Session, template: Map<String, Value>) -> Result<(), Failure> {
        let update = WorkPoolUpdate {
            description: self.description.map_or(Patch::Absent, Patch::Value),
            is_paused: Patch::Value(self.paused),
            base_job_template: Patch::Value(template),
            concurrency_limit: self.concurrency_limit.map_or(Patch::Absent, Patch::Value),
            ..WorkPoolUpdate::default()
        };
        change(session, &self.name, update, "overwritten").await
    }
}

impl Update {
    async fn run(self, session: &Session) -> Result<(), Failure> {
        let template = self.base_job_template.as_deref().map(object_in).transpose()?;
        let update = WorkPoolUpdate {
            description: self.description.map_or(Patch::Absent, Patch::Value),
            base_job_template: template.map_or(Patch::Absent, Patch::Value),
            concurrency_limit: self.concurrency_limit.map_or(Patch::Absent, Patch::Value),
            ..WorkPoolUpdate::default()
        };
        if update == WorkPoolUpdate::default() {
            return Err(Failure::usage("Nothing to change was given.")
                .then("give --base-job-template, --concurrency-limit or --description."));
        }
        change(session, &self.name, update, "updated").await
    }
}

fn pausing(is_paused: bool) -> WorkPoolUpdate {
    WorkPoolUpdate { is_paused: Patch::Value(is_paused), ..WorkPoolUpdate::default() }
}

fn limiting(concurrency_limit: Patch<i64>) -> WorkPoolUpdate {
    WorkPoolUpdate { concurrency_limit, ..WorkPoolUpdate::default() }
}

/// Sends the update to a pool that exists and says what became of it.
async fn change(session: &Session, name: &str, update: WorkPoolUpdate, became: &str) -> Result<(), Failure> {
    session.work_pool(name).await?;
    work_pools::update(&session.client, name, &update).await?;
    print_line(&format!("Work pool {name:?} is {became}."));
    Ok(())
}

async fn ls(session: &Session, output: Output) -> Result<(), Failure> {
    let page = work_pools::page(&session.client).await?;
    let row = |row: &WorkPoolRow| {
        let pool = &row.work_pool;
        [
            pool.name.clone(),
            pool.kind.clone(),
            status(pool),
            limit(pool.concurrency_limit),
            row.online_workers.to_string(),
            row.active_runs.to_string(),
            row.late_runs.to_string(),
        ]
    };
    let empty = "There are no work pools yet: `reeve work-pool create NAME --type process` makes one.";
    let headings = ["name", "type", "status", "limit", "workers", "active", "late"];
    output.print(&page.rows.iter().map(|row| &row.work_pool).collect::<Vec<_>>(), || {
        table(headings, page.rows.iter().map(row), empty)
    })
}

async fn inspect(session: &Session, name: &str, output: Output) -> Result<(), Failure> {
    let pool = session.work_pool(name).await?;
    let queues = work_pools::queues(&session.client, name).await?;
    let workers = work_pools::workers(&session.client, name, None).await?;
    let queue_lines = queues.iter().map(|queue| {
        let paused = if queue.is_paused { ", paused" } else { "" };
        format!("{} (priority {}, limit {}{paused})", queue.name, queue.priority, limit(queue.concurrency_limit))
    });
    let worker_lines = workers.iter().map(|worker| format!("{} ({})", worker.name, word(&worker.status)));
    output.print(&pool, || {
        facts(&[
            ("name", pool.name.clone()),
            ("id", pool.id.to_string()),
            ("type", pool.kind.clone()),
            ("status", status(&pool)),
            ("description", pool.description.clone().unwrap_or_default()),
            ("limit", limit(pool.concurrency_limit)),
            ("queues", queue_lines.collect::<Vec<_>>().join("\n")),
            ("workers", worker_lines.collect::<Vec<_>>().join("\n")),
            ("template", format!("{:#}", Value::Object(pool.base_job_template.clone()))),
        ])
    })
}

async fn preview(session: &Session, name: &str, hours: u32, output: Output) -> Result<(), Failure> {
    session.work_pool(name).await?;
    let now = work_pools::page(&session.client).await?.now;
    let before = now.plus_seconds(f64::from(hours) * 3600.0);
    let ask = GetScheduled { scheduled_before: Some(before), ..GetScheduled::default() };
    let runs = work_pools::get_scheduled_flow_runs(&session.client, name, &ask).await?;
    let runs: Vec<_> = runs.into_iter().map(|run| run.flow_run).collect();
    let rows = runs.iter().map(|run| {
        [
            when(run.next_scheduled_start_time, now),
            run.id.to_string(),
            run.name.clone(),
            run.work_queue_name.clone().unwrap_or_default(),
            state(run.state_type, run.state_name.as_deref()),
        ]
    });
    let empty = format!("No runs are due in the next {}.", lasting(f64::from(hours) * 3600.0));
    output.print(&runs, || table(["due", "id", "name", "queue", "state"], rows, &empty))
}

fn template(kind: &str, file: Option<PathBuf>) -> Result<(), Failure> {
    let text = format!("{:#}", Value::Object(default_template(kind)?));
    match file {
        None => print_line(&text),
        Some(path) => std::fs::write(&path, text + "\n")
            .map_err(|why| Failure::new(format!("{} cannot be written: {why}.", path.display())))?,
    }
    Ok(())
}

/// The template that new pools of a type get.
fn default_template(kind: &str) -> Result<Map<String, Value>, Failure> {
    default_base_job_template(kind, Major::V3).ok_or_else(|| {
        Failure::usage(format!("There is no work pool type {kind:?} here."))
            .then(format!("the types are {}; another one needs --base-job-template.", POOL_TYPES.join(" and ")))
    })
}

/// The pool's status in a word.
fn status(pool: &WorkPool) -> String {
    if pool.is_paused { "paused".to_owned() } else { word(&pool.status) }
}

/// An enum's wire word for people: `NOT_READY` is `not ready`.
fn word(value: &impl serde::Serialize) -> String {
    let text = serde_json::to_value(value).unwrap_or_default();
    text.as_str().unwrap_or("-").to_lowercase().replace('_', " ")
}
