//! `reeve server start`: opens the database, listens, starts the loops, waits to be stopped.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::Context;
use clap::Args;
use tokio_util::sync::CancellationToken;

use super::apply::Applier;
use super::guests::{Guest, Guests};
use super::listen::{announce, listen};
use super::policy::policy;
use super::{database, start_logging};
use crate::app_state::{AppState, SettingFact};
use crate::assets::Assets;
use crate::cli::failure::Failure;
use crate::cli::load;
use crate::config::{Flags, Found, Source};
use crate::lifecycle::{Lifecycle, Signals};
use crate::orchestration::blocks;
use crate::{api, scheduler, serve, ui};

#[derive(Args)]
#[command(after_help = "\
Without settings everything is kept in ~/.reeve/reeve.db and the server listens at 127.0.0.1:4200.

Examples:
  reeve server start --demo                    with a flow that runs every minute
  reeve server start --host 0.0.0.0 --port 8080
  reeve server start --worker my-pool:process  a worker in the same process
  reeve server start --database-url postgresql://reeve@db/reeve

Point Prefect's clients at it:
  prefect config set PREFECT_API_URL=http://127.0.0.1:4200/api")]
pub struct Start {
    /// The address to listen at [env: REEVE_SERVER_HOST, PREFECT_SERVER_API_HOST]
    #[arg(long)]
    host: Option<String>,
    /// The port to listen at; 0 picks a free one [env: REEVE_SERVER_PORT, PREFECT_SERVER_API_PORT]
    #[arg(long)]
    port: Option<String>,
    /// The database [env: REEVE_DATABASE_URL, PREFECT_API_DATABASE_CONNECTION_URL]
    #[arg(long, value_name = "URL")]
    database_url: Option<String>,
    /// Set up a small deployment that runs every minute, and a worker for it
    #[arg(long)]
    demo: bool,
    /// Host a worker of this pool in the same process (repeatable); TYPE is process or kubernetes
    #[arg(long = "worker", value_name = "POOL[:TYPE]")]
    workers: Vec<Guest>,
    /// Apply pools, variables, limits, automations and prefect.yaml files of this directory, now and when they change
    /// [env: REEVE_SERVER_APPLY]
    #[arg(long, value_name = "DIR")]
    apply: Option<PathBuf>,
    /// How long a connection may stay silent [env: REEVE_SERVER_KEEP_ALIVE_SECONDS, PREFECT_SERVER_API_KEEPALIVE_TIMEOUT]
    #[arg(long, value_name = "SECONDS")]
    keep_alive_timeout: Option<String>,
    /// Plan the runs that schedules ask for (the default)
    #[arg(long, hide = true, overrides_with = "no_scheduler")]
    scheduler: bool,
    /// Mark runs that nobody starts in time as Late (the default)
    #[arg(long, hide = true, overrides_with = "no_late_runs")]
    late_runs: bool,
    /// Mark no runs as Late [env: REEVE_LATE_RUNS_ENABLED=false]
    #[arg(long)]
    no_late_runs: bool,
    /// Serve the dashboard (the default)
    #[arg(long, hide = true, overrides_with = "no_ui")]
    ui: bool,
    /// Leave out all that `reeve server services ls` says can be turned off
    #[arg(long)]
    no_services: bool,
    /// Plan no runs, where another server on the same database does it [env: REEVE_SCHEDULER_ENABLED=false]
    #[arg(long)]
    no_scheduler: bool,
    /// Serve the API without the dashboard [env: REEVE_UI_ENABLED=false]
    #[arg(long)]
    no_ui: bool,
    /// The least important lines to print: debug, info, warning, error [env: REEVE_SERVER_LOG_LEVEL]
    #[arg(long, value_name = "LEVEL")]
    log_level: Option<String>,
    /// text or json [env: REEVE_SERVER_LOG_FORMAT]
    #[arg(long, value_name = "FORMAT")]
    log_format: Option<String>,
}

impl Start {
    /// Runs the server until it is stopped.
    pub async fn run(self, flags: Flags) -> Result<(), Failure> {
        let loaded = load(self.flags(flags))?;
        let config = &loaded.config;
        start_logging(config)?;
        loaded.warnings.iter().for_each(|warning| tracing::warn!("{warning}"));
        let signals = Signals::listen().map_err(|error| Failure::new(error.to_string()))?;
        let listener = listen(config).await?;
        let address = listener.local_addr().map_err(|error| Failure::new(error.to_string()))?;
        let store = database::open(config).await?;
        let assets = Assets::open(config.site_dir.as_ref().map(|folder| folder.0.as_path()))
            .map_err(|error| Failure::new(error.to_string()))?;
        if config.ui_enabled && !assets.manifest().is_built() {
            tracing::warn!("the dashboard's files are missing, so its pages are bare: `cargo xtask build` makes them");
        }
        let lifecycle = Lifecycle::default();
        let closing = CancellationToken::new();
        let applied = Arc::new(AtomicBool::new(config.server_apply.is_none()));
        let app = AppState {
            applied: applied.clone(),
            stopping: closing.clone(),
            sockets: lifecycle.tracker(),
            settings: Arc::new(loaded.found.iter().map(fact).collect()),
            ..AppState::new(store.clone(), policy(config))
        };
        blocks::catalogue::install(&app.store, app.clock.now()).await.context("registering the kinds of blocks")?;
        scheduler::spawn(&app, &lifecycle);
        let api = api::router(app.clone());
        let site = if config.ui_enabled { ui::router(app, api.clone(), &assets) } else { api.clone() };
        let http = serve::serve(listener, site, config.server_keep_alive.0, closing.clone());
        lifecycle.spawn_loop("http", async {
            http.await;
            Ok(())
        });
        let guests = Guests { loaded: &loaded, api, address, lifecycle: &lifecycle };
        if let Some(directory) = &config.server_apply {
            let applier = Applier { directory: directory.0.clone(), client: guests.client()?, applied };
            let applying = applier.run(lifecycle.stopping());
            lifecycle.spawn_loop("apply", applying);
        }
        let guests = guests.move_in(self.workers, self.demo).await?;
        announce(config, address);
        let stopping = lifecycle.stopping();
        // Runs of the workers in this process still report to the API while they finish.
        lifecycle.spawn_once("closing", async move {
            stopping.cancelled().await;
            guests.wait().await;
            closing.cancel();
            Ok(())
        });
        let ended = lifecycle.run(signals).await;
        store.close().await;
        ended.map_err(|ended| Failure::new(ended.to_string()))
    }

    fn flags(&self, flags: Flags) -> Flags {
        let off = |given: bool| given.then_some(false);
        flags
            .set("server.host", "--host", self.host.as_ref())
            .set("server.port", "--port", self.port.as_ref())
            .set("database.url", "--database-url", self.database_url.as_ref())
            .set("server.apply", "--apply", self.apply.as_ref().map(|path| path.display()))
            .set("server.keep_alive_seconds", "--keep-alive-timeout", self.keep_alive_timeout.as_ref())
            .set("scheduler.enabled", "--no-services", off(self.no_services))
            .set("late_runs.enabled", "--no-services", off(self.no_services))
            .set("pause_expirations.enabled", "--no-services", off(self.no_services))
            .set("cancellation_cleanup.enabled", "--no-services", off(self.no_services))
            .set("foreman.enabled", "--no-services", off(self.no_services))
            .set("late_runs.enabled", "--no-late-runs", off(self.no_late_runs))
            .set("scheduler.enabled", "--no-scheduler", off(self.no_scheduler))
            .set("ui.enabled", "--no-ui", off(self.no_ui))
            .set("server.log_level", "--log-level", self.log_level.as_ref())
            .set("server.log_format", "--log-format", self.log_format.as_ref())
    }
}

/// A setting for the dashboard.
fn fact(found: &Found) -> SettingFact {
    let from = match &found.source {
        Source::Flag(flag) => (*flag).to_owned(),
        Source::Env(name) => name.clone(),
        Source::File(_) => "the settings file".to_owned(),
        Source::Profile(name) => format!("the profile {name}"),
        Source::Default => String::new(),
    };
    SettingFact { key: found.setting.key.to_owned(), shown: found.shown(), from, help: found.setting.help.to_owned() }
}
