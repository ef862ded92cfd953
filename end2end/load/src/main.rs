//! A load generator for servers that speak Prefect's API: ours and the real ones, measured in one run.
//!
//! It knows nothing of Reeve's code; what it does, any client could do. Everything is on loopback.

mod api;
mod measure;
mod server;
mod work;

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::{Parser, ValueEnum};

use server::{Make, Server};
use work::Row;

/// Measure Reeve beside the real Prefect servers and print a table.
///
/// REEVE_BIN names the binary, REEVE_PREFECT2 and REEVE_PREFECT3 the Python environments; what is not set is
/// left out. Each server gets a folder of its own that is removed at the end.
#[derive(Parser)]
#[command(after_help = "\
Examples:
  load                                     every work, every server
  load --work lifecycle --work logs        only these
  load --work jobs                         a Kubernetes worker of ours, on the cluster of REEVE_TEST_KUBECONFIG
  load --server reeve --work queries --runs 100000 --lines 5000000")]
struct Asked {
    /// Seconds that each load goes on
    #[arg(long, default_value_t = 6.0)]
    seconds: f64,
    /// Seconds of idling before memory is read
    #[arg(long, default_value_t = 15.0)]
    idle: f64,
    /// What to measure; all when not given
    #[arg(long)]
    work: Vec<Work>,
    /// Only servers whose name contains this
    #[arg(long)]
    server: Option<String>,
    /// A PostgreSQL in which databases may be created, in place of SQLite: postgres://user:password@host:port
    #[arg(long)]
    postgres: Option<String>,
    /// Runs that wait while workers poll (real servers: at most 2000)
    #[arg(long, default_value_t = 20_000)]
    waiting: usize,
    /// Deployments with a minute cron (real servers: at most 100)
    #[arg(long, default_value_t = 2_000)]
    scheduled: usize,
    /// Deployments that fall due in the same second
    #[arg(long, default_value_t = 500)]
    due: usize,
    /// Events over the socket (real servers: at most 5000)
    #[arg(long, default_value_t = 50_000)]
    events: usize,
    /// Flow runs for the queries (real servers: at most 1000)
    #[arg(long, default_value_t = 20_000)]
    runs: usize,
    /// Log lines for the queries (real servers: at most 20 000)
    #[arg(long, default_value_t = 500_000)]
    lines: usize,
    /// Seconds of the mixed load
    #[arg(long, default_value_t = 60.0)]
    mixed: f64,
    /// Cold loads of each page of the dashboard
    #[arg(long, default_value_t = 5)]
    loads: usize,
    /// Runs that are due in the same second and become Jobs
    #[arg(long, default_value_t = 1_000)]
    jobs: usize,
    /// Runs that are due each second …
    #[arg(long, default_value_t = 50.0)]
    rate: f64,
    /// … for so many seconds
    #[arg(long, default_value_t = 60.0)]
    steady: f64,
    /// Jobs that are alive at the end
    #[arg(long, default_value_t = 10_000)]
    live: usize,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Work {
    Start,
    Page,
    Lifecycle,
    Logs,
    Polling,
    Due,
    Asking,
    Schedules,
    Events,
    Queries,
    Mixed,
    /// Our command line and the real ones against our server
    Deploy,
    /// In a browser, with the Node.js program that REEVE_TEST_DASHBOARD names; only when asked for
    Dashboard,
    /// On the cluster of REEVE_TEST_KUBECONFIG; only when asked for
    Jobs,
}

impl Asked {
    fn wants(&self, work: Work) -> bool {
        self.work.is_empty() || self.work.contains(&work)
    }

    fn time(&self) -> Duration {
        Duration::from_secs_f64(self.seconds)
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let asked = Asked::parse();
    // Two features of the workspace could give rustls a provider; this names one.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let folder = tempfile::tempdir()?;
    for make in Make::all() {
        let wanted = asked.server.as_ref().is_none_or(|text| make.name.to_lowercase().contains(&text.to_lowercase()));
        if wanted {
            println!("\n{}, {}\n", make.name, if asked.postgres.is_some() { "PostgreSQL" } else { "SQLite" });
            one(&make, &asked, folder.path()).await.with_context(|| make.name)?;
        }
    }
    Ok(())
}

/// All works on one server, each row printed when it is known.
async fn one(make: &Make, asked: &Asked, folder: &Path) -> Result<()> {
    println!("| what | measured |\n|---|---|");
    let folder = folder.join(make.name.replace(' ', "-"));
    let database = asked.postgres.as_deref().map(fresh_database).transpose()?;
    // The first start makes the database; what is measured is a start on an existing one.
    make.start(&folder, database.as_deref()).await?.0.stop().await?;
    let (server, took) = make.start(&folder, database.as_deref()).await?;
    if asked.wants(Work::Start) {
        tokio::time::sleep(Duration::from_secs_f64(asked.idle)).await;
        show(vec![
            Row::new("start to the first healthy answer", format!("{took:.2} s")),
            Row::new("resident memory, idle", format!("{:.0} MB", server.resident_mb())),
        ]);
    }
    works(&server, asked).await?;
    show(vec![Row::new("resident memory at the end", format!("{:.0} MB", server.resident_mb()))]);
    server.stop().await?;
    if asked.wants(Work::Schedules) {
        show(work::schedules::measure(make, asked, &folder, database.as_deref()).await?);
    }
    Ok(())
}

async fn works(server: &Server, asked: &Asked) -> Result<()> {
    let ours = server.name == "Reeve";
    if ours && asked.wants(Work::Page) {
        attempt(server, "page", work::page::measure(server, asked).await)?;
    }
    if asked.wants(Work::Lifecycle) {
        attempt(server, "lifecycle", work::lifecycle::measure(server, asked).await)?;
    }
    if asked.wants(Work::Logs) {
        attempt(server, "logs", work::logs::measure(server, asked).await)?;
    }
    if ours && asked.wants(Work::Due) {
        attempt(server, "due", work::due::measure(server, asked).await)?;
    }
    if asked.wants(Work::Asking) {
        attempt(server, "asking", work::asking::measure(server, asked).await)?;
    }
    if asked.wants(Work::Polling) {
        attempt(server, "polling", work::polling::measure(server, asked).await)?;
    }
    if ours && asked.work.contains(&Work::Jobs) {
        attempt(server, "jobs", work::jobs::measure(server, asked).await)?;
    }
    if asked.work.contains(&Work::Dashboard) {
        attempt(server, "dashboard", work::dashboard::measure(server, asked).await)?;
    }
    // Prefect 2 takes events only when it is told to.
    if server.major == 3 && asked.wants(Work::Events) {
        attempt(server, "events", work::events::measure(server, asked).await)?;
    }
    if asked.wants(Work::Queries) {
        attempt(server, "queries", work::queries::measure(server, asked).await)?;
    }
    if ours && asked.wants(Work::Deploy) {
        attempt(server, "deploy", work::deploy::measure(server).await)?;
    }
    if asked.wants(Work::Mixed) {
        attempt(server, "mixed", work::mixed::measure(server, asked).await)?;
    }
    Ok(())
}

/// Shows what was measured. A real server that cannot bear a load is a result, too.
fn attempt(server: &Server, work: &str, measured: Result<Vec<Row>>) -> Result<()> {
    match measured {
        Ok(rows) => show(rows),
        Err(error) if server.name != "Reeve" => show(vec![Row::new(work, format!("not measured: {error}"))]),
        Err(error) => return Err(error),
    }
    Ok(())
}

fn show(rows: Vec<Row>) {
    for Row { what, value } in rows {
        println!("| {what} | {value} |");
    }
}

/// A new database on the PostgreSQL at `url`; its URL.
fn fresh_database(url: &str) -> Result<String> {
    let name = work::unique("load").replace('-', "_");
    let (server, rest) = url.rsplit_once('/').context("the URL of PostgreSQL names no database")?;
    let query = rest.split_once('?').map_or(String::new(), |(_, query)| format!("?{query}"));
    let made = std::process::Command::new("psql").args([url, "-qc", &format!("CREATE DATABASE {name}")]).status()?;
    anyhow::ensure!(made.success(), "psql could not create a database");
    Ok(format!("{server}/{name}{query}"))
}
