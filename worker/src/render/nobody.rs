//! The Job of nobody's run, with stand-ins in the place of secrets: what the cluster says about it may be shown.

use std::cell::RefCell;
use std::collections::HashMap;

use domain::FlowRunId;
use domain::deployments::Deployment;
use domain::dry_run::DryRunQuestion;
use domain::flows::Flow;
use domain::job_template::{self, Filled, JobContext, Layers, Reference, RunDeployment, RunFlow, RunPool, RunWorker};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{Configuration, look_up, major_of, sentence};
use crate::Worker;
use crate::kubernetes::ClusterConfig;

/// What stands where a secret would, which is also what the server shows of one.
const STAND_IN: &str = "********";
/// Variables of the worker with such names are secrets.
const SECRET_NAMES: [&str; 8] = ["KEY", "TOKEN", "SECRET", "PASS", "PWD", "AUTH", "CREDENTIAL", "CONNECTION"];
/// What is shorter is a word like any other and no secret.
const SHORTEST: usize = 4;

/// A template and a deployment, rendered for a run that will never be.
pub(crate) struct Rehearsal {
    pub(crate) configuration: Configuration,
    /// The cluster that the configuration brings along: the only part with its secrets in it.
    pub(crate) cluster_config: Option<ClusterConfig>,
    /// Values of the worker's environment that have gone into it.
    read: Vec<String>,
}

impl Rehearsal {
    /// Renders what the question is about. An error is a sentence for people.
    pub(crate) async fn of(worker: &Worker, question: &DryRunQuestion) -> Result<Self, String> {
        let (deployment, flow) = match question.deployment_id {
            None => (None, None),
            Some(id) => {
                let gone = || "The deployment has been deleted.".to_owned();
                let found = client::deployments::read(&worker.client, id).await.map_err(|error| error.to_string())?;
                let deployment = found.ok_or_else(gone)?;
                let flow = client::flows::read(&worker.client, deployment.flow_id).await;
                (Some(deployment), flow.map_err(|error| error.to_string())?)
            }
        };
        let empty = Map::new();
        let layers = Layers {
            template: &question.base_job_template,
            deployment: deployment.as_ref().map_or(&empty, |deployment| &deployment.job_variables),
            flow_run: &empty,
            major: major_of(&question.base_job_template),
        };
        let (filled, read) = filled(worker, &layers)?;
        let whole = filled.clone();
        let values = resolved(worker, filled, false).await?;
        let context = context(worker, &layers, deployment.as_ref(), flow.as_ref());
        let plain = deployment.as_ref().is_some_and(|deployment| deployment.entrypoint.is_none());
        let secrets = worker.settings.kubernetes.secrets.clone();
        let mut configuration =
            Configuration { values, context, plain, secrets, origins: Vec::new(), looked_up: Vec::new() };
        let cluster_config = match configuration.cluster_config() {
            None => None,
            Some(_) => {
                let values = resolved(worker, whole, true).await?;
                Configuration { values, ..configuration.clone() }.cluster_config()
            }
        };
        configuration.values.remove("cluster_config");
        Ok(Rehearsal { configuration, cluster_config, read })
    }

    /// The same text without anything that has been read from the worker's environment, nor the part of a manifest
    /// that an API server shows when it cannot read it.
    pub(crate) fn hide(&self, text: &str) -> String {
        let text = text.split(", error found in #").next().unwrap_or_default();
        let long = self.read.iter().filter(|value| value.len() >= SHORTEST);
        long.fold(text.to_owned(), |text, value| text.replace(value.as_str(), STAND_IN))
    }
}

/// With the worker's variables in their places, and the values of those.
fn filled(worker: &Worker, layers: &Layers<'_>) -> Result<(Filled, Vec<String>), String> {
    let read = RefCell::new(Vec::new());
    let environment = |name: &str| {
        let value = worker.settings.environment.get(name)?;
        if is_secret(name, value) {
            return Some(STAND_IN.to_owned());
        }
        read.borrow_mut().push(value.clone());
        Some(value.clone())
    };
    let filled = job_template::fill(layers, &environment).map_err(sentence)?;
    Ok((filled, read.into_inner()))
}

fn is_secret(name: &str, value: &str) -> bool {
    let name = name.to_ascii_uppercase();
    let has_password = value.split_once("://").is_some_and(|(_, rest)| rest.contains('@'));
    has_password || SECRET_NAMES.iter().any(|part| name.contains(part))
}

/// With what the server has, with its secrets or without.
async fn resolved(worker: &Worker, filled: Filled, secrets: bool) -> Result<Map<String, Value>, String> {
    let mut found: HashMap<Reference, Value> = HashMap::new();
    for reference in filled.references() {
        let value = look_up(&worker.client, &reference, secrets).await.map_err(|trouble| trouble.to_string())?;
        if let Some(value) = value {
            found.insert(reference, value);
        }
    }
    let rendered = filled.resolve(&|reference| found.get(reference).cloned()).map_err(sentence)?;
    Ok(rendered.configuration)
}

/// A run that stands for all of them.
fn context(worker: &Worker, layers: &Layers<'_>, of: Option<&Deployment>, flow: Option<&Flow>) -> JobContext {
    let (id, name) = (FlowRunId(Uuid::new_v4()), "dry-run".to_owned());
    let hidden = worker.settings.run_environment.keys().map(|name| (name.clone(), STAND_IN.to_owned()));
    let url = ("PREFECT_API_URL".to_owned(), STAND_IN.to_owned());
    JobContext {
        major: layers.major,
        flow_run_id: id,
        details: json!({ "flow_run": { "id": id, "name": name }, "flow": flow }),
        flow_run_name: name,
        attempt: 1,
        flow: flow.map(|flow| RunFlow { id: flow.id, name: flow.name.clone() }),
        deployment: of.map(|deployment| RunDeployment {
            id: deployment.id,
            name: deployment.name.clone(),
            updated: deployment.updated,
        }),
        pool: Some(RunPool { id: worker.pool.id, name: worker.pool.name.clone() }),
        worker: Some(RunWorker { id: None, name: worker.name.clone() }),
        environment: std::iter::once(url).chain(hidden).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_known_by_their_names_or_by_a_password_in_an_address() {
        assert!(is_secret("PREFECT_API_KEY", "pnu_1"));
        assert!(is_secret("db_password", "x"));
        assert!(is_secret("WAREHOUSE", "postgresql://etl:hunter2@db/orders"));
        assert!(!is_secret("NAMESPACE", "flows"));
        assert!(!is_secret("REGISTRY", "https://registry.example/flows"));
    }
}
