//! `reeve work-queue`.

mod coming;

use clap::{Args, Subcommand};
use client::segment;
use domain::WorkQueueId;
use serde_json::{Value, json};

use super::failure::Failure;
use super::output::{Output, print_line};
use super::rows::{self, word};
use super::session::Session;
use super::work_pool::slots;

/// A queue and its pool.
#[derive(Args)]
pub struct Which {
    /// The queue, or its id
    name: String,
    /// The pool that it belongs to; it can be left out where no other pool has a queue of that name
    #[arg(short, long)]
    pool: Option<String>,
}

#[derive(Subcommand)]
pub enum Command {
    /// List the queues of a pool, or of all pools
    Ls {
        /// The pool
        #[arg(short, long)]
        pool: Option<String>,
        /// Only queues whose names begin so
        #[arg(short = 'm', long = "match", value_name = "PREFIX")]
        prefix: Option<String>,
        /// Tell more of each
        #[arg(short, long)]
        verbose: bool,
        #[command(flatten)]
        output: Output,
    },
    /// Show a queue
    Inspect {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        output: Output,
    },
    /// Create a queue
    Create {
        #[command(flatten)]
        which: Which,
        /// Most runs at once
        #[arg(short, long)]
        limit: Option<i64>,
        /// 1 is served first
        #[arg(short = 'q', long)]
        priority: Option<i64>,
    },
    /// Delete a queue
    Delete(Which),
    /// Stop handing out its runs
    Pause(Which),
    /// Hand out its runs again
    Resume(Which),
    /// Let at most LIMIT runs of the queue be pending or running at once
    SetConcurrencyLimit {
        /// The queue, or its id
        name: String,
        /// How many
        #[arg(value_parser = clap::value_parser!(i64).range(0..))]
        limit: i64,
        /// The pool that it belongs to
        #[arg(short, long)]
        pool: Option<String>,
    },
    /// Let any number of its runs run at once
    ClearConcurrencyLimit(Which),
    /// List the runs that workers will take from the queue
    Preview(coming::Preview),
    /// Print the runs that a worker would be given now
    ReadRuns {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        output: Output,
    },
    /// Show which runs hold the queue's slots
    Slots {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        output: Output,
    },
}

impl Which {
    /// The queue, if there is exactly one that is meant.
    async fn existing(&self, session: &Session) -> Result<Value, Failure> {
        let client = &session.client;
        if let Ok(id) = self.name.parse::<WorkQueueId>() {
            let next = "`reeve work-queue ls` lists them.";
            return rows::existing(client, &format!("/work_queues/{id}"), &format!("queue {id}"), next).await;
        }
        if let Some(pool) = &self.pool {
            let path = format!("/work_pools/{}/queues/{}", segment(pool), segment(&self.name));
            let what = format!("queue {:?} in the pool {pool:?}", self.name);
            return rows::existing(client, &path, &what, &format!("`reeve work-queue ls --pool {pool}` lists them."))
                .await;
        }
        let filter = json!({ "work_queues": { "name": { "any_": [self.name] } } });
        let mut found = rows::all(client, "/work_queues/filter", filter, 20).await?;
        let pools: Vec<String> = found.iter().map(|queue| word(&queue["work_pool_name"])).collect();
        match found.len() {
            0 => Err(Failure::missing(format!("queue {:?}", self.name), "`reeve work-queue ls` lists them.")),
            1 => Ok(found.remove(0)),
            _ => Err(Failure::usage(format!("Several pools have a queue {:?}: {}.", self.name, pools.join(", ")))
                .then("say which with --pool.")),
        }
    }

    async fn change(&self, session: &Session, body: Value, done: &str) -> Result<(), Failure> {
        session.client.patch(&path(&self.existing(session).await?), &body).await?;
        print_line(&format!("{done} {:?}.", self.name));
        Ok(())
    }
}

/// Where a queue is.
fn path(queue: &Value) -> String {
    format!("/work_queues/{}", word(&queue["id"]))
}

impl Command {
    /// Runs the command.
    pub async fn run(self, session: &Session) -> Result<(), Failure> {
        match self {
            Command::Ls { pool, prefix, verbose, output } => ls(session, pool, prefix, verbose, output).await,
            Command::Inspect { which, output } => rows::one(output, &which.existing(session).await?),
            Command::Create { which, limit, priority } => {
                let body = json!({ "name": which.name, "concurrency_limit": limit, "priority": priority });
                let made = match &which.pool {
                    Some(pool) => format!("/work_pools/{}/queues", segment(pool)),
                    // As with Prefect's command: the pool of agents.
                    None => "/work_queues/".to_owned(),
                };
                session.client.post::<Value>(&made, &body).await?;
                print_line(&format!("Created {:?}.", which.name));
                Ok(())
            }
            Command::Delete(which) => {
                session.client.delete(&path(&which.existing(session).await?)).await?;
                print_line(&format!("Deleted {:?}.", which.name));
                Ok(())
            }
            Command::Pause(which) => which.change(session, json!({ "is_paused": true }), "Paused").await,
            Command::Resume(which) => which.change(session, json!({ "is_paused": false }), "Resumed").await,
            Command::SetConcurrencyLimit { name, limit, pool } => {
                Which { name, pool }.change(session, json!({ "concurrency_limit": limit }), "Limited").await
            }
            Command::ClearConcurrencyLimit(which) => {
                which.change(session, json!({ "concurrency_limit": null }), "Took the limit off").await
            }
            Command::Preview(preview) => preview.run(session).await,
            Command::ReadRuns { which, output } => coming::now(session, &which.existing(session).await?, output).await,
            Command::Slots { which, output } => {
                slots::of_queue(&session.client, &which.existing(session).await?, output).await
            }
        }
    }
}

async fn ls(
    session: &Session,
    pool: Option<String>,
    prefix: Option<String>,
    verbose: bool,
    output: Output,
) -> Result<(), Failure> {
    let path = match &pool {
        Some(pool) => {
            session.work_pool(pool).await?;
            format!("/work_pools/{}/queues/filter", segment(pool))
        }
        None => "/work_queues/filter".to_owned(),
    };
    let mut found = rows::all(&session.client, &path, json!({}), usize::MAX).await?;
    if let Some(prefix) = prefix {
        found.retain(|queue| word(&queue["name"]).starts_with(&prefix));
    }
    let columns = [
        ("name", "name"),
        ("pool", "work_pool_name"),
        ("priority", "priority"),
        ("limit", "concurrency_limit"),
        ("paused", "is_paused"),
        ("status", "status"),
    ];
    let empty = "There are no such queues.";
    match verbose {
        false => rows::list(output, &found, columns, empty),
        true => {
            let [name, pool, priority, limit, paused, status] = columns;
            let more = [("polled", "last_polled"), ("description", "description"), ("id", "id")];
            let [polled, description, id] = more;
            rows::list(output, &found, [name, pool, priority, limit, paused, status, polled, description, id], empty)
        }
    }
}
