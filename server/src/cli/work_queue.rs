//! `reeve work-queue`.

use clap::{Args, Subcommand};
use client::segment;
use serde_json::{Value, json};

use super::failure::Failure;
use super::output::{Output, print_line};
use super::rows;
use super::session::Session;

/// A queue and its pool.
#[derive(Args)]
pub struct Which {
    /// The queue
    name: String,
    /// The pool that it belongs to
    #[arg(short, long)]
    pool: String,
}

#[derive(Subcommand)]
pub enum Command {
    /// List the queues of a pool
    Ls {
        /// The pool
        #[arg(short, long)]
        pool: String,
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
        #[command(flatten)]
        which: Which,
        /// How many
        #[arg(value_parser = clap::value_parser!(i64).range(0..))]
        limit: i64,
    },
    /// Let any number of its runs run at once
    ClearConcurrencyLimit(Which),
}

impl Which {
    fn queues(&self) -> String {
        format!("/work_pools/{}/queues", segment(&self.pool))
    }

    fn path(&self) -> String {
        format!("{}/{}", self.queues(), segment(&self.name))
    }

    async fn existing(&self, session: &Session) -> Result<Value, Failure> {
        let what = format!("queue {:?} in the pool {:?}", self.name, self.pool);
        let next = format!("`reeve work-queue ls --pool {}` lists them.", self.pool);
        rows::existing(&session.client, &self.path(), &what, &next).await
    }

    async fn change(&self, session: &Session, body: Value, done: &str) -> Result<(), Failure> {
        self.existing(session).await?;
        session.client.patch(&self.path(), &body).await?;
        print_line(&format!("{done} {:?}.", self.name));
        Ok(())
    }
}

impl Command {
    /// Runs the command.
    pub async fn run(self, session: &Session) -> Result<(), Failure> {
        match self {
            Command::Ls { pool, output } => {
                session.work_pool(&pool).await?;
                let path = format!("/work_pools/{}/queues/filter", segment(&pool));
                let found = rows::all(&session.client, &path, json!({}), usize::MAX).await?;
                let columns = [
                    ("name", "name"),
                    ("priority", "priority"),
                    ("limit", "concurrency_limit"),
                    ("paused", "is_paused"),
                    ("status", "status"),
                ];
                rows::list(output, &found, columns, "The pool has no queues.")
            }
            Command::Inspect { which, output } => rows::one(output, &which.existing(session).await?),
            Command::Create { which, limit, priority } => {
                let body = json!({ "name": which.name, "concurrency_limit": limit, "priority": priority });
                session.client.post::<Value>(&which.queues(), &body).await?;
                print_line(&format!("Created {:?}.", which.name));
                Ok(())
            }
            Command::Delete(which) => {
                which.existing(session).await?;
                session.client.delete(&which.path()).await?;
                print_line(&format!("Deleted {:?}.", which.name));
                Ok(())
            }
            Command::Pause(which) => which.change(session, json!({ "is_paused": true }), "Paused").await,
            Command::Resume(which) => which.change(session, json!({ "is_paused": false }), "Resumed").await,
            Command::SetConcurrencyLimit { which, limit } => {
                which.change(session, json!({ "concurrency_limit": limit }), "Limited").await
            }
            Command::ClearConcurrencyLimit(which) => {
                which.change(session, json!({ "concurrency_limit": null }), "Took the limit off").await
            }
        }
    }
}
