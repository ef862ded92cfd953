//! `reeve work-pool`.

mod change;
pub mod slots;
mod storage;
mod template;

use std::path::PathBuf;

use clap::Subcommand;
use client::work_pools;
use domain::Patch;
use domain::flow_runs::GetScheduled;
use domain::pages::WorkPoolRow;
use domain::work_pools::WorkPool;
use serde_json::Value;

use super::failure::Failure;
use super::output::{Output, facts, lasting, limit, print_line, state, table, when};
use super::session::Session;
use change::{change, limiting, pausing};

#[derive(Subcommand)]
pub enum Command {
    /// Create a work pool
    Create(change::Create),
    /// List the work pools
    Ls {
        /// Tell more of each
        #[arg(short, long)]
        verbose: bool,
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
    Update(change::Update),
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
        #[arg(value_name = "CONCURRENCY_LIMIT", value_parser = clap::value_parser!(i64).range(0..))]
        limit: i64,
    },
    /// Let any number of runs of the pool run at once
    ClearConcurrencyLimit {
        /// The pool
        name: String,
    },
    /// List the runs that workers of the pool will take
    #[command(disable_help_flag = true)]
    Preview {
        /// The pool
        name: String,
        /// How far to look ahead
        #[arg(short = 'h', long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=8784))]
        hours: u32,
        #[command(flatten)]
        output: Output,
        /// Print help
        #[arg(long, action = clap::ArgAction::Help)]
        help: Option<bool>,
    },
    /// Show which runs hold the pool's slots
    Slots {
        /// The pool
        name: String,
        #[command(flatten)]
        output: Output,
    },
    /// Where code and results of a pool go (Prefect 3)
    #[command(subcommand)]
    Storage(storage::Command),
    /// Print the base job template that a new pool of a type gets
    GetDefaultBaseJobTemplate {
        /// The type of pool: kubernetes or process
        #[arg(short = 't', long = "type", value_name = "TYPE")]
        kind: String,
        /// Write to this file instead
        #[arg(short, long)]
        file: Option<PathBuf>,
    },
}

impl Command {
    /// Runs the command.
    pub async fn run(self, session: &Session) -> Result<(), Failure> {
        match self {
            Command::Create(create) => create.run(session).await,
            Command::Ls { verbose, output } => ls(session, verbose, output).await,
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
            Command::Preview { name, hours, output, .. } => preview(session, &name, hours, output).await,
            Command::Slots { name, output } => {
                session.work_pool(&name).await?;
                slots::of_pool(&session.client, &name, output).await
            }
            Command::Storage(command) => command.run(session).await,
            Command::GetDefaultBaseJobTemplate { kind, file } => template::template(&kind, file),
        }
    }
}

async fn ls(session: &Session, verbose: bool, output: Output) -> Result<(), Failure> {
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
        if !verbose {
            return table(headings, page.rows.iter().map(row), empty);
        }
        let [a, b, c, d, e, f, g] = headings;
        let more = |it: &WorkPoolRow| {
            let [a, b, c, d, e, f, g] = row(it);
            let description = it.work_pool.description.clone().unwrap_or_default();
            [a, b, c, d, e, f, g, description, it.work_pool.id.to_string()]
        };
        table([a, b, c, d, e, f, g, "description", "id"], page.rows.iter().map(more), empty)
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

/// The pool's status in a word.
fn status(pool: &WorkPool) -> String {
    if pool.is_paused { "paused".to_owned() } else { word(&pool.status) }
}

/// An enum's wire word for people: `NOT_READY` is `not ready`.
fn word(value: &impl serde::Serialize) -> String {
    let text = serde_json::to_value(value).unwrap_or_default();
    text.as_str().unwrap_or("-").to_lowercase().replace('_', " ")
}
