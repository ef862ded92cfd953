//! The job that a template gives for a deployment, as a worker would make it.

use crate::deployments::Deployment;
use crate::job_template::{
    JobContext, Layers, Origin, Reference, RunDeployment, RunFlow, RunPool, Unresolved, job_origins, kubernetes_job,
    prepare, render,
};
use crate::work_pools::WorkPool;
use crate::{DeploymentId, FlowRunId, Major};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A rendered job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Preview {
    /// A Kubernetes Job, or what a pool of another type works with.
    pub job: Value,
    /// Who set each leaf, by JSON pointer.
    pub origins: Vec<(String, Origin)>,
    /// Placeholders without a value; their keys are left out.
    pub unresolved: Vec<Unresolved>,
}

/// What pages are told of a job: one of the two.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PreviewAnswer {
    pub job: Option<Preview>,
    /// Why there is none, in a sentence.
    pub error: Option<String>,
}

impl From<Result<Preview, String>> for PreviewAnswer {
    fn from(preview: Result<Preview, String>) -> Self {
        match preview {
            Ok(job) => PreviewAnswer { job: Some(job), error: None },
            Err(error) => PreviewAnswer { job: None, error: Some(error) },
        }
    }
}

/// `POST /reeve/work_pools/{name}/template/job`: what is to be rendered. Answered with a [`PreviewAnswer`].
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PreviewCreate {
    /// As somebody is writing it.
    pub base_job_template: Map<String, Value>,
    /// For this deployment; with the defaults alone without one.
    #[serde(default)]
    pub deployment_id: Option<DeploymentId>,
}

/// Renders `template` of `pool` for a deployment and its flow's name, or with the pool's defaults alone; the
/// error is a sentence.
pub fn preview(
    template: &Map<String, Value>,
    pool: &WorkPool,
    deployment: Option<(&Deployment, &str)>,
) -> Result<Preview, String> {
    let none = Map::new();
    let layers = Layers {
        template,
        deployment: deployment.map_or(&none, |(deployment, _)| &deployment.job_variables),
        flow_run: &none,
        major: Major::V3,
    };
    let rendered = render(&layers, &|_| None, &as_written).map_err(|error| error.to_string())?;
    let context = context(pool, deployment);
    if rendered.configuration.contains_key("job_manifest") {
        let job = kubernetes_job(&rendered.configuration, &context).map_err(|error| error.to_string())?;
        let origins = job_origins(&job, &rendered);
        return Ok(Preview { job, origins, unresolved: rendered.unresolved });
    }
    let prepared = prepare(&rendered.configuration, &context).map_err(|error| error.to_string())?;
    let (mut job, mut origins) = (rendered.configuration, rendered.origins);
    // A worker of another kind runs the command itself, so that is what one wants to see.
    for (key, value) in [("name", prepared.name), ("command", prepared.command.join(" "))] {
        if job.get(key).and_then(Value::as_str).is_none_or(str::is_empty) {
            job.insert(key.to_owned(), value.into());
            origins.retain(|(pointer, _)| pointer.get(1..) != Some(key));
            origins.push((format!("/{key}"), Origin::Worker));
        }
    }
    Ok(Preview { job: Value::Object(job), origins, unresolved: rendered.unresolved })
}

/// What only the server can look up stays as it is written.
fn as_written(reference: &Reference) -> Option<Value> {
    Some(Value::String(match reference {
        Reference::Block { block_type, name } => format!("{{{{ prefect.blocks.{block_type}.{name} }}}}"),
        Reference::BlockId(id) => format!("the block {id}"),
        Reference::Variable(name) => format!("{{{{ prefect.variables.{name} }}}}"),
    }))
}

/// A run that stands for all of them.
fn context(pool: &WorkPool, deployment: Option<(&Deployment, &str)>) -> JobContext {
    JobContext {
        major: Major::V3,
        flow_run_id: FlowRunId(crate::Uuid::nil()),
        flow_run_name: "name-of-the-run".to_owned(),
        attempt: 1,
        flow: deployment.map(|(deployment, flow)| RunFlow { id: deployment.flow_id, name: flow.to_owned() }),
        deployment: deployment.map(|(deployment, _)| RunDeployment {
            id: deployment.id,
            name: deployment.name.clone(),
            updated: deployment.updated,
        }),
        pool: Some(RunPool { id: pool.id, name: pool.name.clone() }),
        worker: None,
        environment: Vec::new(),
        details: Value::Null,
    }
}

/// Who set a value, for its mark and in words.
pub fn origin_words(origin: Origin) -> (&'static str, &'static str) {
    match origin {
        Origin::Template => ("template", "Written in the template"),
        Origin::PoolDefault => ("pool", "Default of the pool"),
        Origin::Deployment => ("deployment", "Set by the deployment"),
        Origin::FlowRun => ("run", "Set by the run"),
        Origin::Worker => ("worker", "Added by the worker"),
    }
}
