//! `reeve worker`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use serde_json::Value;

use super::arguments::object_in;
use super::failure::Failure;
use super::permissions::Permissions;
use super::server::start_logging;
use super::{load, session};
use crate::config::{Config, Flags};
use crate::lifecycle::{GRACE, Lifecycle, Signals};

#[derive(Subcommand)]
pub enum Command {
    /// Start a worker
    Start(Start),
    /// Say what a Kubernetes worker must be allowed to do, and whether it is
    Permissions(Permissions),
}

#[derive(Args)]
#[command(after_help = "\
Types:
  process      starts each run as a child process on this machine
  kubernetes   creates a Job for each run, in the cluster of the kubeconfig or of the pod it runs in

A deployment needs no Python: with an empty entrypoint and a `command` in its job variables the command is run, its
output becomes the run's log, and its exit code the run's state.

Examples:
  reeve worker start --pool local --type process
  reeve worker start --pool cluster --type kubernetes --name blue --limit 20
  reeve worker start --pool local --work-queue urgent --work-queue default --run-once")]
pub struct Start {
    /// The work pool to take runs from
    #[arg(short, long)]
    pool: String,
    /// process or kubernetes; without it, the type of the pool
    #[arg(short = 't', long = "type", value_name = "TYPE")]
    kind: Option<String>,
    /// The worker's name; without it, a new one at every start
    #[arg(short, long)]
    name: Option<String>,
    /// Take runs from this queue only (repeatable)
    #[arg(short = 'q', long = "work-queue", value_name = "QUEUE")]
    work_queue: Vec<String>,
    /// The most runs at once
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    limit: Option<u32>,
    /// How long before its time a run is fetched [env: REEVE_WORKER_PREFETCH_SECONDS, PREFECT_WORKER_PREFETCH_SECONDS]
    #[arg(long, value_name = "SECONDS")]
    prefetch_seconds: Option<String>,
    /// Look once, wait for the runs that were found, and end
    #[arg(long)]
    run_once: bool,
    /// A JSON file with the base job template of a pool that is created
    #[arg(long, value_name = "FILE")]
    base_job_template: Option<PathBuf>,
    /// Create the pool when there is none of that name (the default)
    #[arg(long, overrides_with = "no_create_pool_if_not_found")]
    create_pool_if_not_found: bool,
    /// End when there is no pool of that name
    #[arg(long)]
    no_create_pool_if_not_found: bool,
    /// Accepted for the sake of scripts: every type of worker is built in, nothing is installed
    #[arg(long, value_name = "POLICY")]
    install_policy: Option<InstallPolicy>,
    /// The least important lines to print [env: REEVE_SERVER_LOG_LEVEL]
    #[arg(long, value_name = "LEVEL")]
    log_level: Option<String>,
    /// text or json [env: REEVE_SERVER_LOG_FORMAT]
    #[arg(long, value_name = "FORMAT")]
    log_format: Option<String>,
}

#[derive(ValueEnum, Debug, Clone, Copy)]
enum InstallPolicy {
    Always,
    IfNotPresent,
    Never,
    Prompt,
}

impl Command {
    /// Runs the command.
    pub async fn run(self, flags: Flags) -> Result<(), Failure> {
        match self {
            Command::Start(start) => start.run(flags).await,
            Command::Permissions(permissions) => permissions.run().await,
        }
    }
}

impl Start {
    async fn run(self, flags: Flags) -> Result<(), Failure> {
        let flags = flags
            .set("worker.prefetch_seconds", "--prefetch-seconds", self.prefetch_seconds.as_ref())
            .set("server.log_level", "--log-level", self.log_level.as_ref())
            .set("server.log_format", "--log-format", self.log_format.as_ref());
        let loaded = load(flags)?;
        start_logging(&loaded.config)?;
        if self.install_policy.is_some() {
            tracing::info!("--install-policy has no effect: every type of worker is built in");
        }
        let signals = Signals::listen().map_err(|error| Failure::new(error.to_string()))?;
        let lifecycle = Lifecycle::default();
        let client = session::connect(&loaded.config)?;
        let settings = self.settings(&loaded.config, loaded.environment, &lifecycle)?;
        let stopping = lifecycle.stopping();
        let name = format!("worker of pool {}", settings.pool);
        lifecycle.spawn_main(name, async move { Ok(worker::start(settings, client, stopping).await?) });
        lifecycle.run(signals).await.map_err(|ended| Failure::new(ended.to_string()))
    }

    fn settings(
        self,
        config: &Config,
        environment: impl IntoIterator<Item = (String, String)>,
        lifecycle: &Lifecycle,
    ) -> Result<worker::Settings, Failure> {
        let template = self.base_job_template.as_deref().map(object_in).transpose()?;
        Ok(worker::Settings {
            pool_type: self.kind,
            name: self.name,
            work_queues: self.work_queue,
            limit: self.limit.map(|limit| limit as usize),
            run_once: self.run_once,
            base_job_template: template.map(Value::Object),
            create_pool_if_not_found: !self.no_create_pool_if_not_found,
            ..settings(self.pool, config.api_url.0.clone(), config, environment, lifecycle)
        })
    }
}

/// What a worker is told wherever it runs: alone, or inside of the server.
pub fn settings(
    pool: String,
    api_url: String,
    config: &Config,
    environment: impl IntoIterator<Item = (String, String)>,
    lifecycle: &Lifecycle,
) -> worker::Settings {
    let secrets = [
        ("PREFECT_API_AUTH_STRING", config.api_auth_string.as_ref().map(|secret| secret.0.clone())),
        ("PREFECT_API_KEY", config.api_key.as_ref().map(|secret| secret.0.clone())),
    ];
    worker::Settings {
        prefetch_seconds: config.worker_prefetch.0.as_secs_f64(),
        heartbeat_seconds: config.worker_heartbeat.0.as_secs_f64(),
        query_seconds: config.worker_query.0.as_secs_f64(),
        run_environment: secrets.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect(),
        // Leaves time to say what became of the runs before everything is cut off.
        drain_seconds: Some(GRACE.as_secs_f64() * 0.7),
        abort: lifecycle.aborting(),
        kubernetes: worker::KubernetesSettings { secrets: secrets_of_jobs(config), ..Default::default() },
        ..worker::Settings::new(pool, api_url, environment)
    }
}

/// Variables of Jobs that come from Secrets of their namespace.
fn secrets_of_jobs(config: &Config) -> Vec<worker::SecretVariable> {
    let from = |variable: &str, name: &Option<String>, key: &String| {
        let secret = name.clone()?;
        Some(worker::SecretVariable { variable: variable.to_owned(), secret, key: key.clone() })
    };
    let key = from("PREFECT_API_KEY", &config.kubernetes_api_key_secret_name, &config.kubernetes_api_key_secret_key);
    let auth = from(
        "PREFECT_API_AUTH_STRING",
        &config.kubernetes_api_auth_string_secret_name,
        &config.kubernetes_api_auth_string_secret_key,
    );
    key.into_iter().chain(auth).collect()
}
