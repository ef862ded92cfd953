//! What a run adds to its rendered configuration: environment, name and command.

use chrono::SecondsFormat;
use serde_json::{Map, Value, json};

use super::TemplateError;
use super::placeholder::find_placeholders;
use super::python::python_str;
use super::shell::split_command;
use super::tracked::{Origin, Tracked};
use crate::flow_runs::FlowRun;
use crate::id::{DeploymentId, FlowId, FlowRunId, WorkPoolId, WorkerId};
use crate::major::Major;
use crate::time::Timestamp;

/// What is known of a run when its job is made.
#[derive(Debug, Clone, PartialEq)]
pub struct JobContext {
    /// The client in the job: it decides about labels and variables.
    pub major: Major,
    pub flow_run_id: FlowRunId,
    pub flow_run_name: String,
    /// Counted from 1; a new attempt is a new job.
    pub attempt: i64,
    pub flow: Option<RunFlow>,
    pub deployment: Option<RunDeployment>,
    pub pool: Option<RunPool>,
    pub worker: Option<RunWorker>,
    /// Set in every job of the worker (`PREFECT_API_URL` first of all); the configuration's `env` overrides it.
    pub environment: Vec<(String, String)>,
    /// The run and the flow as JSON, for `{{ ctx.flow_run.… }}` and `{{ ctx.flow.… }}` in names.
    pub details: Value,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunFlow {
    pub id: FlowId,
    pub name: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunDeployment {
    pub id: DeploymentId,
    pub name: String,
    pub updated: Option<Timestamp>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunPool {
    pub id: WorkPoolId,
    pub name: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunWorker {
    pub id: Option<WorkerId>,
    pub name: String,
}

impl JobContext {
    /// The context of a run's next attempt; what is around the run is to be added.
    pub fn of(flow_run: &FlowRun, major: Major) -> Self {
        let run = serde_json::to_value(flow_run).unwrap_or_default();
        JobContext {
            major,
            flow_run_id: flow_run.id,
            flow_run_name: flow_run.name.clone(),
            attempt: flow_run.run_count + 1,
            flow: None,
            deployment: None,
            pool: None,
            worker: None,
            environment: Vec::new(),
            details: json!({"flow_run": run, "flow": {}}),
        }
    }

    /// Adds the flow, also to `{{ ctx.flow.… }}`.
    pub fn with_flow(mut self, flow: &crate::flows::Flow) -> Self {
        self.flow = Some(RunFlow { id: flow.id, name: flow.name.clone() });
        self.details["flow"] = serde_json::to_value(flow).unwrap_or_default();
        self
    }

    /// When the deployment was last changed, as that major prints it into a label.
    pub(super) fn deployment_updated(&self) -> Option<String> {
        let updated = self.deployment.as_ref()?.updated?.utc();
        let digits = if updated.timestamp_subsec_micros() == 0 { SecondsFormat::Secs } else { SecondsFormat::Micros };
        Some(updated.to_rfc3339_opts(digits, self.major == Major::V2))
    }
}

/// A configuration's parts that do not depend on the kind of infrastructure.
#[derive(Debug, Clone, PartialEq)]
pub struct Prepared {
    pub name: String,
    pub command: Vec<String>,
    /// In order, each name once.
    pub environment: Vec<(String, String)>,
    /// Entries of a list-shaped `env` that take their value from elsewhere (Kubernetes' `valueFrom`).
    pub special_environment: Vec<Value>,
}

/// The public image of the client, for jobs that name no image.
pub fn default_image(major: Major) -> String {
    format!("prefecthq/prefect:{}-python3.12", major.server_version())
}

/// Both majors start a run like this.
pub(super) const DEFAULT_COMMAND: &str = "prefect flow-run execute";

/// Prepares a rendered job configuration for the run.
pub fn prepare(configuration: &Map<String, Value>, context: &JobContext) -> Result<Prepared, TemplateError> {
    let command = match configuration.get("command") {
        None | Some(Value::Null) => split_command(DEFAULT_COMMAND)?,
        Some(Value::String(text)) if text.is_empty() => split_command(DEFAULT_COMMAND)?,
        Some(Value::String(text)) => split_command(text)?,
        Some(Value::Array(words)) => words.iter().map(python_str).collect(),
        Some(_) => return Err(TemplateError::Shape { field: "command".to_owned(), expected: "a text or a list" }),
    };
    let mut environment = Environment::default();
    environment.set_all(&context.environment);
    environment.set_all(&of_run(context));
    let special_environment = environment.set_configured(configuration.get("env"))?;
    Ok(Prepared { name: name(configuration, context), command, environment: environment.0, special_environment })
}

/// What tells the client in the job which run it is.
fn of_run(context: &JobContext) -> Vec<(String, String)> {
    let mut variables = vec![("PREFECT__FLOW_RUN_ID", context.flow_run_id.to_string())];
    if context.major == Major::V3 {
        let (worker, flow, deployment) = (&context.worker, &context.flow, &context.deployment);
        let attribution = [
            ("PREFECT__WORKER_ID", worker.as_ref().and_then(|worker| worker.id).map(|id| id.to_string())),
            ("PREFECT__WORKER_NAME", worker.as_ref().map(|worker| worker.name.clone())),
            ("PREFECT__FLOW_ID", flow.as_ref().map(|flow| flow.id.to_string())),
            ("PREFECT__FLOW_NAME", flow.as_ref().map(|flow| flow.name.clone())),
            ("PREFECT__DEPLOYMENT_ID", deployment.as_ref().map(|deployment| deployment.id.to_string())),
            ("PREFECT__DEPLOYMENT_NAME", deployment.as_ref().map(|deployment| deployment.name.clone())),
        ];
        variables.extend(attribution.into_iter().filter_map(|(name, value)| Some((name, value?))));
    }
    variables.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// The configured name with `{{ ctx.… }}` filled in, or the run's own.
fn name(configuration: &Map<String, Value>, context: &JobContext) -> String {
    let configured = configuration.get("name").and_then(Value::as_str).unwrap_or_default();
    let details = Tracked::of(&json!({"ctx": context.details}), Origin::FlowRun);
    let mut name = configured.to_owned();
    for placeholder in find_placeholders(configured) {
        let value = details.at_path(placeholder.name).map(|value| python_str(&value.value()));
        name = name.replace(placeholder.text, &value.unwrap_or_default());
    }
    if name.is_empty() { context.flow_run_name.clone() } else { name }
}

#[derive(Default)]
struct Environment(Vec<(String, String)>);

impl Environment {
    fn set(&mut self, name: &str, value: String) {
        match self.0.iter_mut().find(|(known, _)| known == name) {
            Some((_, old)) => *old = value,
            None => self.0.push((name.to_owned(), value)),
        }
    }

    fn set_all(&mut self, variables: &[(String, String)]) {
        for (name, value) in variables {
            self.set(name, value.clone());
        }
    }

    /// A null takes the variable away. Returns what is no plain name and value.
    fn set_configured(&mut self, env: Option<&Value>) -> Result<Vec<Value>, TemplateError> {
        let mut special = Vec::new();
        match env {
            None | Some(Value::Null) => {}
            Some(Value::Object(variables)) => {
                for (name, value) in variables {
                    match value {
                        Value::Null => self.0.retain(|(known, _)| known != name),
                        value => self.set(name, python_str(value)),
                    }
                }
            }
            Some(Value::Array(entries)) => {
                for entry in entries {
                    match (entry.get("name").and_then(Value::as_str), entry.get("value")) {
                        (name, _) if entry.get("valueFrom").is_some() => {
                            // A plain value would lie beside it for everybody to read.
                            self.0.retain(|(known, _)| Some(known.as_str()) != name);
                            special.push(entry.clone());
                        }
                        (Some(name), Some(value)) if !value.is_null() => self.set(name, python_str(value)),
                        _ => {}
                    }
                }
            }
            Some(_) => {
                return Err(TemplateError::Shape { field: "env".to_owned(), expected: "an object or a list" });
            }
        }
        Ok(special)
    }
}
