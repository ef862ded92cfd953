//! `reeve deployment schedule`.

use clap::{Args, Subcommand};
use client::deployments;
use domain::deployments::{Deployment, DeploymentSchedule};
use domain::schedule::describe;
use domain::{DeploymentId, ScheduleId};
use serde_json::{Value, json};

use crate::cli::arguments::object;
use crate::cli::ask::sure;
use crate::cli::failure::Failure;
use crate::cli::output::{Output, print_line, table};
use crate::cli::rows;
use crate::cli::session::Session;

/// A deployment by its name or id.
const NAME: &str = "FLOW_NAME/DEPLOYMENT_NAME, or the id";

#[derive(Subcommand)]
pub enum Command {
    /// Add a schedule
    Create(Box<Create>),
    /// List the schedules of a deployment
    Ls {
        #[arg(help = NAME)]
        deployment_name: String,
        #[command(flatten)]
        output: Output,
    },
    /// Let a schedule plan no more runs
    Pause(Which),
    /// Let a schedule plan runs again
    Resume(Which),
    /// Delete one schedule
    Delete {
        #[arg(help = NAME)]
        deployment_name: String,
        /// The schedule's id
        schedule_id: ScheduleId,
        /// Do not ask
        #[arg(short = 'y', long)]
        accept_yes: bool,
    },
    /// Delete all schedules of a deployment
    Clear {
        #[arg(help = NAME)]
        deployment_name: String,
        /// Do not ask
        #[arg(short = 'y', long)]
        accept_yes: bool,
    },
}

/// One schedule, or all that there are.
#[derive(Args)]
pub struct Which {
    #[arg(help = NAME, required_unless_present = "all")]
    deployment_name: Option<String>,
    /// The schedule's id
    #[arg(required_unless_present = "all")]
    schedule_id: Option<ScheduleId>,
    /// All schedules of all deployments; with a name, all of that deployment
    #[arg(long, conflicts_with = "schedule_id")]
    all: bool,
}

#[derive(Args)]
#[command(after_help = "\
Examples:
  reeve deployment schedule create etl/nightly --cron '0 9 * * *' --timezone Asia/Taipei
  reeve deployment schedule create etl/nightly --interval 600 --anchor-date 2026-11-24T00:00:00
  reeve deployment schedule create etl/nightly --rrule 'FREQ=HOURLY;INTERVAL=6' --replace --accept-yes")]
pub struct Create {
    #[arg(help = NAME)]
    name: String,
    /// Seconds from run to run
    #[arg(long, value_name = "SECONDS", group = "dates")]
    interval: Option<f64>,
    /// The date from which intervals count
    #[arg(long, value_name = "DATE", requires = "interval")]
    anchor_date: Option<String>,
    /// A recurrence rule, or a JSON object with `rrule` and `timezone`
    #[arg(long, group = "dates")]
    rrule: Option<String>,
    /// A cron expression
    #[arg(long, group = "dates")]
    cron: Option<String>,
    /// Whether a day fits that is either of the cron expression's two (true) or both of them (false)
    #[arg(long = "day_or", alias = "day-or", value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", requires = "cron")]
    day_or: Option<bool>,
    /// The time zone, such as Asia/Taipei
    #[arg(long, value_name = "ZONE")]
    timezone: Option<String>,
    /// Whether it plans runs at once
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_value_t = true, default_missing_value = "true", action = clap::ArgAction::Set)]
    active: bool,
    /// Make it without planning runs, as `--active false`
    #[arg(long, conflicts_with = "active")]
    no_active: bool,
    /// Delete the schedules that there are
    #[arg(long)]
    replace: bool,
    /// Do not ask before they are deleted
    #[arg(short = 'y', long)]
    accept_yes: bool,
}

impl Command {
    /// Runs the command.
    pub async fn run(self, session: &Session) -> Result<(), Failure> {
        match self {
            Command::Create(create) => create.run(session).await,
            Command::Ls { deployment_name, output } => ls(&session.deployment(&deployment_name).await?, output),
            Command::Pause(which) => which.turn(session, false).await,
            Command::Resume(which) => which.turn(session, true).await,
            Command::Delete { deployment_name, schedule_id, accept_yes } => {
                let deployment = session.deployment(&deployment_name).await?;
                let schedule = known(&deployment, &deployment_name, schedule_id)?;
                sure(&format!("Delete the schedule {}?", describe(&schedule.schedule)), accept_yes, "--accept-yes")?;
                deployments::delete_schedule(&session.client, deployment.id, schedule_id).await?;
                print_line(&format!("Deleted the schedule {schedule_id}."));
                Ok(())
            }
            Command::Clear { deployment_name, accept_yes } => {
                let deployment = session.deployment(&deployment_name).await?;
                let count = number(deployment.schedules.len());
                sure(&format!("Delete {count} of {deployment_name}?"), accept_yes, "--accept-yes")?;
                clear(session, &deployment).await?;
                print_line(&format!("Deleted {count} of {deployment_name:?}."));
                Ok(())
            }
        }
    }
}

/// `1 schedule`, `2 schedules`.
fn number(count: usize) -> String {
    format!("{count} {}", if count == 1 { "schedule" } else { "schedules" })
}

fn known<'d>(deployment: &'d Deployment, name: &str, id: ScheduleId) -> Result<&'d DeploymentSchedule, Failure> {
    let found = deployment.schedules.iter().find(|schedule| schedule.id == id);
    let next = format!("`reeve deployment schedule ls {name}` lists them.");
    found.ok_or_else(|| Failure::missing(format!("schedule {id} at {name:?}"), next))
}

fn ls(deployment: &Deployment, output: Output) -> Result<(), Failure> {
    output.print(&deployment.schedules, || {
        let rows = deployment.schedules.iter().map(|it| {
            let state = if it.active { "active" } else { "paused" };
            [it.id.to_string(), describe(&it.schedule), state.to_owned()]
        });
        table(["id", "schedule", "state"], rows, "It has no schedules: `reeve deployment schedule create` adds one.")
    })
}

async fn clear(session: &Session, deployment: &Deployment) -> Result<(), Failure> {
    for schedule in &deployment.schedules {
        deployments::delete_schedule(&session.client, deployment.id, schedule.id).await?;
    }
    Ok(())
}

impl Create {
    async fn run(self, session: &Session) -> Result<(), Failure> {
        let schedule = self.schedule()?;
        let deployment = session.deployment(&self.name).await?;
        let before = if self.replace { deployment.schedules.len() } else { 0 };
        if before > 0 {
            sure(&format!("Replace {} of {}?", number(before), self.name), self.accept_yes, "--accept-yes")?;
        }
        // The new one is made first: one that is refused leaves everything as it was.
        let body = json!([{ "schedule": schedule, "active": self.active && !self.no_active }]);
        let path = format!("/deployments/{}/schedules", deployment.id);
        let made: Vec<DeploymentSchedule> = session.client.post(&path, &body).await?;
        if before > 0 {
            clear(session, &deployment).await?;
        }
        for schedule in &made {
            let replaced = if before > 0 { format!(" in the place of {}", number(before)) } else { String::new() };
            let (words, id) = (describe(&schedule.schedule), schedule.id);
            print_line(&format!("Created the schedule {id} ({words}){replaced}."));
        }
        Ok(())
    }

    /// The schedule as the API takes it.
    fn schedule(&self) -> Result<Value, Failure> {
        let mut schedule = match (&self.cron, self.interval, &self.rrule) {
            (Some(cron), ..) => json!({ "cron": cron, "day_or": self.day_or.unwrap_or(true) }),
            (_, Some(seconds), _) => match &self.anchor_date {
                Some(date) => json!({ "interval": seconds, "anchor_date": date }),
                None => json!({ "interval": seconds }),
            },
            (.., Some(rule)) if rule.trim_start().starts_with('{') => Value::Object(object("--rrule", rule)?),
            (.., Some(rule)) => json!({ "rrule": rule }),
            _ => {
                let what = "It must be said when runs are due.";
                return Err(Failure::usage(what).then("give one of --cron, --interval and --rrule."));
            }
        };
        if let Some(zone) = &self.timezone {
            schedule["timezone"] = json!(zone);
        }
        Ok(schedule)
    }
}

impl Which {
    async fn turn(&self, session: &Session, active: bool) -> Result<(), Failure> {
        let word = if active { "Resumed" } else { "Paused" };
        if let (Some(name), Some(id)) = (&self.deployment_name, self.schedule_id) {
            let deployment = session.deployment(name).await?;
            known(&deployment, name, id)?;
            deployments::set_schedule_active(&session.client, deployment.id, id, active).await?;
            print_line(&format!("{word} the schedule {id}."));
            return Ok(());
        }
        let found = match &self.deployment_name {
            Some(name) => vec![session.deployment(name).await?],
            None => all(session).await?,
        };
        let mut turned = 0;
        for deployment in &found {
            for schedule in deployment.schedules.iter().filter(|it| it.active != active) {
                deployments::set_schedule_active(&session.client, deployment.id, schedule.id, active).await?;
                turned += 1;
            }
        }
        print_line(&format!("{word} {}.", number(turned)));
        Ok(())
    }
}

/// All deployments.
async fn all(session: &Session) -> Result<Vec<Deployment>, Failure> {
    let found = rows::all(&session.client, "/deployments/filter", json!({}), usize::MAX).await?;
    let read = serde_json::from_value(Value::Array(found));
    read.map_err(|why| Failure::new(format!("The server's answer cannot be read: {why}.")))
}

/// The ids of all deployments, for what is done to each of them.
pub async fn ids(session: &Session) -> Result<Vec<DeploymentId>, Failure> {
    Ok(all(session).await?.into_iter().map(|deployment| deployment.id).collect())
}

/// What only old scripts say: a schedule in the place of all others, or none.
#[derive(Args)]
pub struct Only {
    #[command(flatten)]
    create: Create,
    /// Take all schedules away
    #[arg(long, conflicts_with = "dates")]
    no_schedule: bool,
    /// Accepted for the sake of scripts
    #[arg(long, hide = true)]
    deprecated: bool,
}

impl Only {
    /// Runs the command.
    pub async fn run(mut self, session: &Session) -> Result<(), Failure> {
        if self.no_schedule {
            let deployment = session.deployment(&self.create.name).await?;
            clear(session, &deployment).await?;
            print_line(&format!("{:?} has no schedule any more.", self.create.name));
            return Ok(());
        }
        (self.create.replace, self.create.accept_yes) = (true, true);
        self.create.run(session).await
    }
}
