//! `reeve deployment export`: deployments as the `prefect.yaml` that would make them.

use std::path::PathBuf;

use clap::Args;
use client::{Client, deployments, flows};
use domain::automations::Automation;
use domain::deployments::{Deployment, DeploymentSchedule, DeploymentSort};
use domain::filter::Page;
use domain::schedule::Schedule;
use serde_json::{Map, Value, json};

use crate::cli::failure::Failure;
use crate::cli::output::print_line;
use crate::cli::session::Session;

#[derive(Args)]
pub struct Export {
    /// FLOW_NAME/DEPLOYMENT_NAME or ids; all deployments when none is named
    names: Vec<String>,
    /// Write to this file, which must not be there yet, instead of standard output
    #[arg(short, long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// The name of the project
    #[arg(long)]
    project: Option<String>,
}

impl Export {
    /// Runs the command.
    pub async fn run(self, session: &Session) -> Result<(), Failure> {
        let mut found = Vec::new();
        for name in &self.names {
            found.push(session.deployment(name).await?);
        }
        if self.names.is_empty() {
            found = all(&session.client).await?;
        }
        let mut listed = Vec::new();
        for deployment in &found {
            let owned: Vec<Automation> =
                session.client.fetch(&format!("/automations/related-to/prefect.deployment.{}", deployment.id)).await?;
            let flow =
                flows::read(&session.client, deployment.flow_id).await?.map(|flow| flow.name).unwrap_or_default();
            listed.push(one(deployment, &flow, &owned));
        }
        let mut file = Map::new();
        file.extend(self.project.map(|name| ("name".to_owned(), Value::from(name))));
        file.insert("deployments".to_owned(), Value::Array(listed));
        let text = project::yaml::write(&file);
        match &self.file {
            None => print_line(text.trim_end()),
            Some(path) => {
                let wrong =
                    |error: std::io::Error| Failure::usage(format!("{} cannot be written: {error}.", path.display()));
                let mut file = std::fs::File::create_new(path).map_err(wrong)?;
                std::io::Write::write_all(&mut file, text.as_bytes()).map_err(wrong)?;
                print_line(&format!("Wrote {} deployments to {}.", found.len(), path.display()));
            }
        }
        Ok(())
    }
}

async fn all(client: &Client) -> Result<Vec<Deployment>, Failure> {
    let mut found = Vec::new();
    loop {
        let page = Page {
            sort: Some(DeploymentSort::NameAsc),
            limit: Some(200),
            offset: Some(found.len() as i64),
            ..Page::default()
        };
        let next = deployments::filter(client, &page).await?;
        let is_last = next.len() < 200;
        found.extend(next);
        if is_last {
            return Ok(found);
        }
    }
}

/// What a file says of a deployment; what a deploy would put there anyway is left out.
fn one(row: &Deployment, flow: &str, automations: &[Automation]) -> Value {
    let mut said = Map::new();
    let mut say = |key: &str, value: Option<Value>| said.extend(value.map(|value| (key.to_owned(), value)));
    say("name", Some(json!(row.name)));
    say("flow_name", Some(json!(flow)));
    say("entrypoint", row.entrypoint.as_ref().map(|it| json!(it)));
    say("version", row.version.as_ref().map(|it| json!(it)));
    // Prefect 3's client writes None where there is nothing.
    say("description", row.description.as_ref().filter(|words| *words != "None").map(|it| json!(it)));
    say("tags", (!row.tags.is_empty()).then(|| json!(row.tags)));
    say("parameters", (!row.parameters.is_empty()).then(|| json!(row.parameters)));
    say("enforce_parameter_schema", (!row.enforce_parameter_schema).then(|| json!(false)));
    say("paused", row.paused.then(|| json!(true)));
    say("concurrency_limit", limit(row));
    let mut pool = Map::new();
    pool.extend(row.work_pool_name.as_ref().map(|name| ("name".to_owned(), json!(name))));
    let queue = row.work_queue_name.as_ref().filter(|name| *name != "default");
    pool.extend(queue.map(|name| ("work_queue_name".to_owned(), json!(name))));
    if !row.job_variables.is_empty() {
        pool.insert("job_variables".to_owned(), json!(row.job_variables));
    }
    say("work_pool", Some(Value::Object(pool)));
    let mut schedules: Vec<&DeploymentSchedule> = row.schedules.iter().collect();
    schedules.sort_by_key(|schedule| (schedule.created, schedule.updated));
    say("schedules", Some(Value::Array(schedules.into_iter().map(schedule).collect())));
    say("pull", Some(row.pull_steps.clone().filter(|steps| !steps.is_null()).unwrap_or(json!([]))));
    let triggers: Vec<Value> = automations.iter().map(trigger).collect();
    say("triggers", (!triggers.is_empty()).then(|| json!(triggers)));
    Value::Object(said)
}

fn limit(row: &Deployment) -> Option<Value> {
    let limit = row.concurrency_limit.or_else(|| row.global_concurrency_limit.as_ref()?.get("limit")?.as_i64())?;
    match &row.concurrency_options {
        Some(options) => {
            let mut members = json!(options);
            members["limit"] = json!(limit);
            if let Value::Object(members) = &mut members {
                members.retain(|_, value| !value.is_null());
            }
            Some(members)
        }
        None => Some(json!(limit)),
    }
}

fn schedule(it: &DeploymentSchedule) -> Value {
    let mut said = match json!(it.schedule) {
        Value::Object(dates) => dates,
        _ => Map::new(),
    };
    said.retain(|_, value| !value.is_null());
    if let Schedule::Cron(cron) = &it.schedule
        && cron.day_or
    {
        said.shift_remove("day_or");
    }
    let mut say = |key: &str, value: Option<Value>| said.extend(value.map(|value| (key.to_owned(), value)));
    say("active", (!it.active).then(|| json!(false)));
    say("slug", it.slug.as_ref().map(|slug| json!(slug)));
    say("parameters", (!it.parameters.is_empty()).then(|| json!(it.parameters)));
    say("max_scheduled_runs", it.max_scheduled_runs.map(|runs| json!(runs)));
    Value::Object(said)
}

/// An automation of the deployment as a trigger of its file.
fn trigger(automation: &Automation) -> Value {
    let mut said = match json!(automation.trigger) {
        Value::Object(members) => members,
        _ => Map::new(),
    };
    forget_ids(&mut said);
    said.insert("name".to_owned(), json!(automation.name));
    said.insert("enabled".to_owned(), json!(automation.enabled));
    said.insert("description".to_owned(), json!(automation.description));
    if let Some(Value::Object(action)) = automation.actions.first().map(|action| json!(action)) {
        for key in ["parameters", "job_variables", "schedule_after"] {
            let value = action.get(key).filter(|value| !value.is_null() && **value != json!(0.0));
            said.extend(value.map(|value| (key.to_owned(), value.clone())));
        }
    }
    Value::Object(said)
}

fn forget_ids(members: &mut Map<String, Value>) {
    members.shift_remove("id");
    for inner in members.get_mut("triggers").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Value::Object(members) = inner {
            forget_ids(members);
        }
    }
}
