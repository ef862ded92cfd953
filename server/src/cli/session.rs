//! A connection to the API for commands that talk to it, and finding things by name.

use client::transport::http::{Credentials, Http};
use client::{Client, deployments, flow_runs, work_pools};
use domain::deployments::Deployment;
use domain::flow_runs::FlowRun;
use domain::work_pools::WorkPool;
use domain::{DeploymentId, FlowRunId, Major};

use super::failure::Failure;
use super::load;
use crate::config::{Config, Flags};

/// A client and the settings that it was made from.
pub struct Session {
    /// Typed calls go through this.
    pub client: Client,
    /// The settings in force.
    pub config: Config,
}

/// Reads the settings and prepares a client; nothing is sent yet.
pub fn open(flags: Flags) -> Result<Session, Failure> {
    let config = load(flags)?.config;
    Ok(Session { client: connect(&config)?, config })
}

/// A client of the API at `api.url`.
pub fn connect(config: &Config) -> Result<Client, Failure> {
    Ok(Client::new(Http::new(&config.api_url.0, &credentials(config))?))
}

/// What is shown to the API. Both credentials set: Prefect sends the user and password.
pub fn credentials(config: &Config) -> Credentials {
    match (&config.api_auth_string, &config.api_key) {
        (Some(pair), _) => Credentials::Basic(pair.0.clone()),
        (None, Some(key)) => Credentials::Bearer(key.0.clone()),
        (None, None) => Credentials::None,
    }
}

impl Session {
    /// The pool of that name.
    pub async fn work_pool(&self, name: &str) -> Result<WorkPool, Failure> {
        let pool = work_pools::read(&self.client, name).await?;
        pool.ok_or_else(|| Failure::missing(format!("work pool {name:?}"), "`reeve work-pool ls` lists the pools."))
    }

    /// The deployment by `FLOW/NAME`, or by its id.
    pub async fn deployment(&self, name_or_id: &str) -> Result<Deployment, Failure> {
        let found = match (name_or_id.parse::<DeploymentId>(), name_or_id.split_once('/')) {
            (Ok(id), _) => deployments::read(&self.client, id).await?,
            (Err(_), Some((flow, name))) => deployments::by_name(&self.client, flow, name).await?,
            (Err(_), None) => {
                let what = format!("{name_or_id:?} is neither FLOW_NAME/DEPLOYMENT_NAME nor an id.");
                return Err(Failure::usage(what).then("`reeve deployment ls` lists the deployments."));
            }
        };
        let next = "`reeve deployment ls` lists the deployments.";
        found.ok_or_else(|| Failure::missing(format!("deployment {name_or_id:?}"), next))
    }

    /// The run with that id.
    pub async fn flow_run(&self, id: FlowRunId) -> Result<FlowRun, Failure> {
        let run = flow_runs::read(&self.client, id).await?;
        run.ok_or_else(|| Failure::missing(format!("flow run {id}"), "`reeve flow-run ls` lists the newest runs."))
    }

    /// The run's page in the dashboard.
    pub fn run_url(&self, id: FlowRunId) -> String {
        format!("{}/runs/{id}", self.dashboard())
    }

    /// The dashboard's address, without a slash at its end.
    pub fn dashboard(&self) -> String {
        let base = self.config.api_url.0.trim_end_matches("/api");
        self.config.ui_url.as_deref().unwrap_or(base).trim_end_matches('/').to_owned()
    }
}

/// `reeve version`: says what it can without a server.
pub async fn version(flags: Flags) -> Result<(), Failure> {
    let session = open(flags)?;
    let server: Result<String, _> = session.client.fetch("/admin/version").await;
    println!("Reeve            {}", env!("CARGO_PKG_VERSION"));
    println!("Prefect clients  2.x as {}, 3.x as {}", Major::V2.server_version(), Major::V3.server_version());
    match server {
        Ok(_) => println!("Server           {} answers", session.config.api_url),
        Err(error) => println!("Server           {}: {error}", session.config.api_url),
    }
    Ok(())
}
