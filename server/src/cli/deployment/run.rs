//! `reeve deployment run`.

use std::time::Duration;

use clap::Args;
use client::deployments;
use domain::flow_runs::DeploymentFlowRunCreate;
use domain::state::{StateCreate, StateType};
use domain::{DeploymentId, Timestamp};
use serde_json::{Map, Value};

use crate::cli::arguments::{key_value, object, start_at, start_in};
use crate::cli::failure::Failure;
use crate::cli::flow_run::watch;
use crate::cli::output::print_line;
use crate::cli::session::Session;

#[derive(Args)]
#[command(after_help = "\
The run is due at once unless --start-in or --start-at says otherwise. A worker of the deployment's pool takes it.

Examples:
  reeve deployment run etl/nightly
  reeve deployment run etl/nightly --param day=\"2026-11-24\" --param limit=3 --watch
  reeve deployment run etl/nightly --params '{\"limit\": 3}' --start-in 10m --job-variable image=\"etl:1.1\"")]
pub struct Run {
    /// FLOW_NAME/DEPLOYMENT_NAME
    #[arg(required_unless_present = "id", conflicts_with = "id")]
    name: Option<String>,
    /// The deployment's id, in place of its name
    #[arg(long)]
    id: Option<DeploymentId>,
    /// A parameter; the value is JSON, or text where it is not (repeatable)
    #[arg(short, long = "param", value_name = "KEY=VALUE", value_parser = key_value)]
    param: Vec<(String, Value)>,
    /// All parameters as a JSON object, or - to read it from standard input; --param wins over it
    #[arg(long, value_name = "JSON")]
    params: Option<String>,
    /// A job variable of this run alone (repeatable)
    #[arg(short, long = "job-variable", value_name = "KEY=VALUE", value_parser = key_value)]
    job_variable: Vec<(String, Value)>,
    /// Start after this time, such as 90s, 5m, 1h30m, "2 days"
    #[arg(long, value_name = "TIME", value_parser = start_in, conflicts_with = "start_at")]
    start_in: Option<Duration>,
    /// Start at this time, such as 2026-11-24T09:00:00+08:00
    #[arg(long, value_name = "TIME", value_parser = start_at)]
    start_at: Option<Timestamp>,
    /// A tag for the run (repeatable)
    #[arg(long = "tag", value_name = "TAG")]
    tag: Vec<String>,
    /// The run's name; without it the server makes one up
    #[arg(long, value_name = "NAME")]
    flow_run_name: Option<String>,
    /// Follow the run to its end; the exit code is 1 unless it completes
    #[arg(long)]
    watch: bool,
    /// Seconds between two looks
    #[arg(long, value_name = "SECONDS", requires = "watch", default_value_t = 2)]
    watch_interval: u64,
    /// Give up following after so many seconds
    #[arg(long, value_name = "SECONDS", requires = "watch")]
    watch_timeout: Option<u64>,
}

impl Run {
    /// Makes the run and, if asked to, follows it.
    pub async fn run(self, session: &Session) -> Result<(), Failure> {
        let mut parameters =
            self.params.as_deref().map(|text| object("--params", text)).transpose()?.unwrap_or_default();
        parameters.extend(self.param);
        let asked = self.id.map(|id| id.to_string()).or(self.name).unwrap_or_default();
        let deployment = session.deployment(&asked).await?;
        let due = match (self.start_at, self.start_in) {
            (Some(at), _) => Some(at),
            (None, Some(wait)) => Some(server_time(session).await?.plus_seconds(wait.as_secs_f64())),
            (None, None) => None,
        };
        let job_variables: Map<String, Value> = self.job_variable.into_iter().collect();
        let run = DeploymentFlowRunCreate {
            state: due.map(|at| StateCreate::new(StateType::Scheduled).at(at)),
            name: self.flow_run_name,
            parameters,
            tags: self.tag,
            job_variables: (!job_variables.is_empty()).then_some(job_variables),
            ..DeploymentFlowRunCreate::default()
        };
        let run = deployments::create_flow_run(&session.client, deployment.id, &run).await?;
        print_line(&format!("Created flow run {:?}.", run.name));
        print_line(&format!("  id   {}\n  due  {}", run.id, due.map_or("now".to_owned(), |at| at.to_string())));
        print_line(&format!("  url  {}", session.run_url(run.id)));
        if self.watch {
            let interval = Duration::from_secs(self.watch_interval.max(1));
            watch::follow(session, run.id, interval, self.watch_timeout.map(Duration::from_secs)).await?;
        }
        Ok(())
    }
}

/// The server's clock, so that a wrong one here does not matter.
async fn server_time(session: &Session) -> Result<Timestamp, Failure> {
    Ok(client::work_pools::page(&session.client).await?.now)
}
