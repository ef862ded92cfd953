//! `reeve deployment`.

mod export;
mod run;
mod schedule;

use clap::Subcommand;
use client::deployments;
use domain::deployments::{Deployment, DeploymentRow, DeploymentSort};
use domain::filter::{Filters, NameOps, Page};
use domain::flows::FlowFilter;
use domain::schedule::describe;
use domain::{DeploymentId, Timestamp};
use serde_json::Value;

use super::ask::sure;
use super::failure::Failure;
use super::output::{Output, facts, print_line, state, table, when};
use super::session::Session;

#[derive(Subcommand)]
pub enum Command {
    /// List the deployments
    Ls {
        /// Only deployments of these flows
        #[arg(long = "flow-name", alias = "flow_name", value_name = "FLOW")]
        flow_name: Vec<String>,
        /// Newest first instead of by name
        #[arg(long)]
        by_created: bool,
        #[command(flatten)]
        output: Output,
    },
    /// Show one deployment
    Inspect {
        /// FLOW_NAME/DEPLOYMENT_NAME, or the id
        name: String,
        #[command(flatten)]
        output: Output,
    },
    /// Write deployments as the prefect.yaml that would make them
    Export(export::Export),
    /// Make a run of a deployment
    Run(Box<run::Run>),
    /// The schedules of a deployment: look at them, add, pause, delete
    #[command(subcommand)]
    Schedule(schedule::Command),
    /// Stop planning runs, and take back those that are planned
    #[command(alias = "pause-schedule")]
    Pause {
        /// FLOW_NAME/DEPLOYMENT_NAME, or the id
        name: String,
    },
    /// Plan runs again
    #[command(alias = "resume-schedule")]
    Resume {
        /// FLOW_NAME/DEPLOYMENT_NAME, or the id
        name: String,
    },
    /// Put one schedule in the place of all others, as scripts for Prefect 2 say it
    #[command(hide = true)]
    SetSchedule(Box<schedule::Only>),
    /// Delete a deployment and its planned runs
    Delete {
        /// FLOW_NAME/DEPLOYMENT_NAME, or the id
        #[arg(required_unless_present_any = ["id", "all"])]
        name: Option<String>,
        /// The deployment's id, in place of its name
        #[arg(long, conflicts_with_all = ["name", "all"])]
        id: Option<DeploymentId>,
        /// Delete all deployments
        #[arg(long, conflicts_with = "name")]
        all: bool,
        /// Do not ask before all are deleted
        #[arg(short, long)]
        yes: bool,
    },
}

/// The server gives at most so many rows in one answer.
const ROWS: i64 = 200;

impl Command {
    /// Runs the command.
    pub async fn run(self, session: &Session) -> Result<(), Failure> {
        match self {
            Command::Ls { flow_name, by_created, output } => ls(session, flow_name, by_created, output).await,
            Command::Inspect { name, output } => inspect(session, &name, output).await,
            Command::Export(export) => export.run(session).await,
            Command::Run(run) => run.run(session).await,
            Command::Pause { name } => {
                let deployment = session.deployment(&name).await?;
                deployments::pause(&session.client, deployment.id).await?;
                print_line(&format!("Paused {name:?}: no runs are planned until `reeve deployment resume {name}`."));
                Ok(())
            }
            Command::Resume { name } => {
                let deployment = session.deployment(&name).await?;
                deployments::resume(&session.client, deployment.id).await?;
                print_line(&format!("Resumed {name:?}."));
                Ok(())
            }
            Command::Schedule(command) => command.run(session).await,
            Command::SetSchedule(only) => only.run(session).await,
            Command::Delete { all: true, yes, .. } => delete_all(session, yes).await,
            Command::Delete { name, id, .. } => {
                let asked = id.map(|id| id.to_string()).or(name).unwrap_or_default();
                let deployment = session.deployment(&asked).await?;
                deployments::delete(&session.client, deployment.id).await?;
                print_line(&format!("Deleted {asked:?}."));
                Ok(())
            }
        }
    }
}

async fn delete_all(session: &Session, yes: bool) -> Result<(), Failure> {
    let found = schedule::ids(session).await?;
    sure(&format!("Delete all deployments ({})?", found.len()), yes, "--yes")?;
    for id in &found {
        deployments::delete(&session.client, *id).await?;
    }
    print_line(&format!("Deleted all deployments ({}).", found.len()));
    Ok(())
}

async fn ls(session: &Session, flows: Vec<String>, by_created: bool, output: Output) -> Result<(), Failure> {
    let names = (!flows.is_empty()).then(|| NameOps { any_: Some(flows), ..NameOps::default() });
    let flows = names.map(|name| FlowFilter { name: Some(name), ..FlowFilter::default() });
    let sort = if by_created { DeploymentSort::CreatedDesc } else { DeploymentSort::NameAsc };
    let mut page = Page { filters: Filters { flows, ..Filters::default() }, sort: Some(sort), ..Page::default() };
    page.limit = Some(ROWS);
    let mut all: Vec<DeploymentRow> = Vec::new();
    let now = loop {
        page.offset = Some(all.len() as i64);
        let got = deployments::page(&session.client, &page).await?;
        let last = got.rows.is_empty() || all.len() + got.rows.len() >= usize::try_from(got.count).unwrap_or(0);
        all.extend(got.rows);
        if last {
            break got.now;
        }
    };
    let empty = "There are no deployments yet: `reeve deploy` makes them from Python flows.";
    output.print(&all.iter().map(|row| &row.deployment).collect::<Vec<_>>(), || {
        table(["name", "work pool", "schedule", "next run", "last run"], all.iter().map(|it| row(it, now)), empty)
    })
}

fn row(row: &DeploymentRow, now: Timestamp) -> [String; 5] {
    let deployment = &row.deployment;
    let last = row.last_runs.first().map(|run| state(run.state_type, run.state_name.as_deref()));
    [
        format!("{}/{}", row.flow_name, deployment.name),
        deployment.work_pool_name.clone().unwrap_or_else(|| "-".to_owned()),
        if deployment.paused { "paused".to_owned() } else { schedules(deployment).join("; ") },
        when(row.next_run, now),
        last.unwrap_or_default(),
    ]
}

/// The active schedules in words.
fn schedules(deployment: &Deployment) -> Vec<String> {
    deployment
        .schedules
        .iter()
        .filter(|schedule| schedule.active)
        .map(|schedule| describe(&schedule.schedule))
        .collect()
}

async fn inspect(session: &Session, name: &str, output: Output) -> Result<(), Failure> {
    let deployment = session.deployment(name).await?;
    let json = |map: &serde_json::Map<String, Value>| {
        if map.is_empty() { String::new() } else { format!("{:#}", Value::Object(map.clone())) }
    };
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    output.print(&deployment, || {
        facts(&[
            ("name", deployment.name.clone()),
            ("id", deployment.id.to_string()),
            ("flow id", deployment.flow_id.to_string()),
            ("version", text(&deployment.version)),
            ("description", text(&deployment.description)),
            ("tags", deployment.tags.join(", ")),
            ("paused", if deployment.paused { "yes".to_owned() } else { "no".to_owned() }),
            ("schedules", schedules(&deployment).join("\n")),
            ("work pool", text(&deployment.work_pool_name)),
            ("work queue", text(&deployment.work_queue_name)),
            ("entrypoint", text(&deployment.entrypoint)),
            ("path", text(&deployment.path)),
            ("parameters", json(&deployment.parameters)),
            ("job variables", json(&deployment.job_variables)),
        ])
    })
}
