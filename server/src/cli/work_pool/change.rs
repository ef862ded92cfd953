//! Making and changing pools: `create`, `update`, `pause`, `resume` and the limits.

use std::path::PathBuf;

use clap::Args;
use client::work_pools;
use domain::Patch;
use domain::work_pools::{WorkPoolCreate, WorkPoolUpdate};
use serde_json::{Map, Value};

use super::template::default_template;
use crate::cli::arguments::object_in;
use crate::cli::failure::Failure;
use crate::cli::output::print_line;
use crate::cli::session::Session;

#[derive(Args)]
#[command(after_help = "\
Examples:
  reeve work-pool create local --type process
  reeve work-pool create cluster --type kubernetes --base-job-template template.json --concurrency-limit 20")]
pub struct Create {
    /// The new pool's name
    name: String,
    /// The type of pool: kubernetes or process
    #[arg(short = 't', long = "type", value_name = "TYPE")]
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

impl Create {
    /// Creates the pool, or changes the one of that name.
    pub async fn run(self, session: &Session) -> Result<(), Failure> {
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
    /// Changes what was given.
    pub async fn run(self, session: &Session) -> Result<(), Failure> {
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

/// Stops or resumes handing out runs.
pub fn pausing(is_paused: bool) -> WorkPoolUpdate {
    WorkPoolUpdate { is_paused: Patch::Value(is_paused), ..WorkPoolUpdate::default() }
}

/// Sets or takes away the limit.
pub fn limiting(concurrency_limit: Patch<i64>) -> WorkPoolUpdate {
    WorkPoolUpdate { concurrency_limit, ..WorkPoolUpdate::default() }
}

/// Sends the update to a pool that exists and says what became of it.
pub async fn change(session: &Session, name: &str, update: WorkPoolUpdate, became: &str) -> Result<(), Failure> {
    session.work_pool(name).await?;
    work_pools::update(&session.client, name, &update).await?;
    print_line(&format!("Work pool {name:?} is {became}."));
    Ok(())
}
