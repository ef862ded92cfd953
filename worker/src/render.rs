//! From a run and its pool's template to what is started.

mod nobody;

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::time::Duration;

use client::{Client, segment};
use domain::Major;
use domain::infrastructure::{HIDDEN, without_secrets};
use domain::job_template::{
    self, JobContext, Layers, Origin, Reference, Rendered, RunDeployment, RunPool, RunWorker, TemplateError,
    job_origins, split_command,
};
use serde_json::{Map, Value, json};

use crate::backoff::persist;
use crate::error::Trouble;
use crate::kubernetes::ClusterConfig;
use crate::run::Run;
use crate::settings::SecretVariable;
pub(crate) use nobody::Rehearsal;

/// The path of the container in a Job.
const CONTAINER: &str = "/spec/template/spec/containers/0";
/// Until when a pod has to start, where nothing else is said.
const POD_WATCH_SECONDS: f64 = 60.0;

/// A job configuration without placeholders, and what is known of the run it is for.
#[derive(Clone)]
pub(crate) struct Configuration {
    values: Map<String, Value>,
    context: JobContext,
    /// No Prefect code in it: Prefect's default command is not for it.
    plain: bool,
    /// Variables of a Job that come from Secrets.
    secrets: Vec<SecretVariable>,
    /// Who set the leaves of the values, by JSON pointer.
    origins: Vec<(String, Origin)>,
    /// Texts that were looked up in blocks or in the worker's environment: not to be shown to anybody.
    looked_up: Vec<String>,
}

/// The manifest of a Job as it may be shown, and who set its leaves.
pub(crate) struct Shown {
    pub(crate) manifest: Value,
    pub(crate) origins: Vec<(String, Origin)>,
}

/// What a child process is started from.
pub(crate) struct ProcessJob {
    /// Absent: Prefect's engine.
    pub(crate) command: Option<Vec<String>>,
    /// All of it, the worker's own environment included.
    pub(crate) env: BTreeMap<String, String>,
    pub(crate) working_dir: Option<PathBuf>,
    pub(crate) stream_output: bool,
}

/// How a Job is looked after.
pub(crate) struct KubernetesJob {
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) stream_output: bool,
    pub(crate) pod_watch_timeout: Duration,
    pub(crate) job_watch_timeout: Option<Duration>,
    /// How long its pods may take to end, if they say so.
    pub(crate) grace_seconds: Option<u64>,
}

impl Configuration {
    /// Renders the pool's template as it is now with the job variables of deployment and run. `attempt`
    /// counts from 0. An error is a sentence for people.
    pub(crate) async fn of(run: &Run, attempt: i64) -> Result<Self, String> {
        let worker = &run.worker;
        let pool = worker.pool.fresh(&worker.client).await;
        let empty = Map::new();
        let of_run = run.flow_run.job_variables.as_ref().unwrap_or(&empty);
        let major = major_of(&pool.base_job_template);
        let layers = Layers {
            template: &pool.base_job_template,
            deployment: run.deployment.as_ref().map_or(&empty, |deployment| &deployment.job_variables),
            flow_run: of_run,
            major,
        };
        let (filled, mut looked_up) = {
            let read = RefCell::new(Vec::new());
            let environment = |name: &str| {
                let value = worker.settings.environment.get(name).cloned();
                read.borrow_mut().extend(value.clone());
                value
            };
            let filled = job_template::fill(&layers, &environment).map_err(sentence)?;
            (filled, read.take())
        };
        let mut found = HashMap::new();
        for reference in filled.references() {
            let value =
                persist("read what the template refers to", &worker.stop, || look_up(&worker.client, &reference, true));
            if let Some(value) = value.await.map_err(|trouble| trouble.to_string())? {
                if !matches!(reference, Reference::Variable(_)) {
                    texts(&value, &mut looked_up);
                }
                found.insert(reference, value);
            }
        }
        let rendered = filled.resolve(&|reference| found.get(reference).cloned()).map_err(sentence)?;
        let context = context(run, major, attempt);
        let secrets = worker.settings.kubernetes.secrets.clone();
        let (values, origins) = (rendered.configuration, rendered.origins);
        Ok(Configuration { values, context, plain: run.is_plain(), secrets, origins, looked_up })
    }

    /// As a child process; `environment` is the worker's own.
    pub(crate) fn process_job(&self, environment: &BTreeMap<String, String>) -> Result<ProcessJob, String> {
        let mut env = environment.clone();
        env.extend(job_template::prepare(&self.values, &self.context).map_err(sentence)?.environment);
        Ok(ProcessJob {
            command: self.command()?,
            env,
            working_dir: self.text("working_dir").map(PathBuf::from),
            stream_output: self.stream_output(),
        })
    }

    /// The configured command as words, if there is one.
    fn command(&self) -> Result<Option<Vec<String>>, String> {
        match self.values.get("command") {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if text.trim().is_empty() => Ok(None),
            Some(Value::String(text)) => split_command(text).map(Some).map_err(sentence),
            Some(Value::Array(words)) => Ok(Some(words.iter().map(word).collect())),
            Some(_) => Err("`command` must be a text or a list of words".to_owned()),
        }
    }

    /// The cluster that the configuration brings along, if it does.
    pub(crate) fn cluster_config(&self) -> Option<ClusterConfig> {
        let block = self.values.get("cluster_config").filter(|block| !block.is_null())?;
        // A block's data, or a kubeconfig written where the block should be.
        let config = block.get("config").unwrap_or(block).clone();
        let context = block.get("context_name").and_then(Value::as_str).map(str::to_owned);
        Some(ClusterConfig { config, context })
    }

    /// As a Job, in `namespace` unless the configuration names one. The manifest is not kept for longer than it takes
    /// to create the Job: it is the larger part of what is known of a run.
    pub(crate) fn kubernetes_job(mut self, namespace: &str) -> Result<(KubernetesJob, Value, Shown), String> {
        let rendered = Rendered {
            configuration: self.values.clone(),
            origins: std::mem::take(&mut self.origins),
            unresolved: Vec::new(),
        };
        if self.text("namespace").is_none() {
            self.values.insert("namespace".to_owned(), json!(namespace));
        }
        let no_args = self.args_are_absent();
        self.context.environment.retain(|(name, _)| !self.secrets.iter().any(|secret| secret.variable == *name));
        let mut manifest = job_template::kubernetes_job(&self.values, &self.context).map_err(sentence)?;
        if self.plain
            && no_args
            && let Some(container) = manifest.pointer_mut(CONTAINER).and_then(Value::as_object_mut)
        {
            // The image knows what to run.
            container.remove("args");
        }
        self.refer_to_secrets(&mut manifest);
        self.label(&mut manifest);
        let metadata = |key: &str| manifest["metadata"][key].as_str().unwrap_or_default().to_owned();
        let grace = manifest.pointer("/spec/template/spec/terminationGracePeriodSeconds").and_then(Value::as_u64);
        let job = KubernetesJob {
            namespace: metadata("namespace"),
            name: metadata("name"),
            stream_output: self.stream_output(),
            pod_watch_timeout: self.seconds("pod_watch_timeout_seconds").unwrap_or(seconds(POD_WATCH_SECONDS)),
            job_watch_timeout: self.seconds("job_watch_timeout_seconds"),
            grace_seconds: grace,
        };
        let origins = job_origins(&manifest, &rendered);
        let shown = Shown { manifest: without(manifest.clone(), &self.looked_up), origins };
        Ok((job, manifest, shown))
    }

    fn args_are_absent(&self) -> bool {
        let args = self.values.get("job_manifest").and_then(|job| job.pointer(&format!("{CONTAINER}/args")));
        args.is_none_or(|args| args.is_null() || args == "")
    }

    /// Adds the variables that come from Secrets, unless the template sets them.
    fn refer_to_secrets(&self, manifest: &mut Value) {
        let environment = manifest.pointer_mut(CONTAINER).and_then(|container| container.get_mut("env"));
        let Some(environment) = environment.and_then(Value::as_array_mut) else { return };
        for SecretVariable { variable, secret, key } in &self.secrets {
            if !environment.iter().any(|entry| entry["name"] == variable.as_str()) {
                let from = json!({ "secretKeyRef": { "name": secret, "key": key } });
                environment.push(json!({ "name": variable, "valueFrom": from }));
            }
        }
    }

    /// The worker finds its Jobs and pods by these, whatever major the template is of.
    fn label(&self, manifest: &mut Value) {
        let Some(pool) = &self.context.pool else { return };
        for metadata in ["/metadata/labels", "/spec/template/metadata/labels"] {
            if let Some(labels) = manifest.pointer_mut(metadata).and_then(Value::as_object_mut) {
                labels.insert("prefect.io/work-pool-id".to_owned(), json!(pool.id.to_string()));
                labels.insert("prefect.io/flow-run-id".to_owned(), json!(self.context.flow_run_id.to_string()));
            }
        }
    }

    fn text(&self, key: &str) -> Option<&str> {
        self.values.get(key).and_then(Value::as_str).filter(|text| !text.is_empty())
    }

    fn stream_output(&self) -> bool {
        self.values.get("stream_output").and_then(Value::as_bool).unwrap_or(true)
    }

    fn seconds(&self, key: &str) -> Option<Duration> {
        self.values.get(key).and_then(Value::as_f64).filter(|value| value.is_finite()).map(seconds)
    }
}

impl KubernetesJob {
    /// A Job whose template cannot be rendered any more; it is looked after all the same.
    pub(crate) fn unknown(namespace: &str, name: &str) -> Self {
        KubernetesJob {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            stream_output: false,
            pod_watch_timeout: seconds(POD_WATCH_SECONDS),
            job_watch_timeout: None,
            grace_seconds: None,
        }
    }
}

/// All texts inside of a value.
fn texts(value: &Value, into: &mut Vec<String>) {
    match value {
        Value::String(text) => into.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| texts(item, into)),
        Value::Object(members) => members.values().for_each(|member| texts(member, into)),
        _ => {}
    }
}

/// A manifest in which none of these texts is left, and nothing that sounds like a secret. Short ones are words that
/// are anywhere.
fn without(mut manifest: Value, looked_up: &[String]) -> Value {
    fn hide(value: &mut Value, hidden: &[&str]) {
        match value {
            Value::String(text) => {
                for part in hidden.iter().filter(|part| text.contains(**part)).collect::<Vec<_>>() {
                    *text = text.replace(part, HIDDEN);
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| hide(item, hidden)),
            Value::Object(members) => members.values_mut().for_each(|member| hide(member, hidden)),
            _ => {}
        }
    }
    let hidden: Vec<&str> = looked_up.iter().map(String::as_str).filter(|text| text.len() >= 6).collect();
    hide(&mut manifest, &hidden);
    without_secrets(manifest)
}

/// Templates written by Prefect 2 know no null types; which client is in the image follows from that,
/// for images that are not named, and for the meaning of a null default.
fn major_of(template: &Map<String, Value>) -> Major {
    let properties = template.get("variables").and_then(|variables| variables.get("properties"));
    let is_v3 = |schema: &Value| schema.get("anyOf").is_some() || schema.get("default") == Some(&Value::Null);
    match properties.and_then(Value::as_object) {
        Some(properties) if properties.contains_key("image") && !properties.values().any(is_v3) => Major::V2,
        _ => Major::V3,
    }
}

/// What the run is told about itself.
fn context(run: &Run, major: Major, attempt: i64) -> JobContext {
    let worker = &run.worker;
    let mut environment = vec![("PREFECT_API_URL".to_owned(), worker.settings.api_url.clone())];
    environment.extend(worker.settings.run_environment.clone());
    if run.is_plain() {
        environment.extend(parameters(&run.flow_run.parameters));
    }
    JobContext {
        attempt: attempt + 1,
        deployment: run.deployment.as_ref().map(|deployment| RunDeployment {
            id: deployment.id,
            name: deployment.name.clone(),
            updated: deployment.updated,
        }),
        pool: Some(RunPool { id: worker.pool.id, name: worker.pool.name.clone() }),
        worker: Some(RunWorker { id: None, name: worker.name.clone() }),
        environment,
        ..JobContext::of(&run.flow_run, major).with_flow(&run.flow)
    }
}

/// Parameters as a plain command finds them: all as JSON, and one by one, texts as they are.
fn parameters(parameters: &Map<String, Value>) -> Vec<(String, String)> {
    let mut variables = vec![("REEVE_PARAMETERS".to_owned(), Value::Object(parameters.clone()).to_string())];
    variables.extend(parameters.iter().map(|(name, value)| {
        let fit = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
        (format!("REEVE_PARAMETER_{}", name.chars().map(fit).collect::<String>()), word(value))
    }));
    variables
}

/// Texts as they are, everything else as JSON.
fn word(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Asks the server for what the template refers to; `None` when there is no such thing. Without its secrets a
/// block has asterisks in their places.
async fn look_up(client: &Client, reference: &Reference, secrets: bool) -> Result<Option<Value>, Trouble> {
    let (path, member) = match reference {
        Reference::Block { block_type, name } => {
            let (kind, name) = (segment(block_type), segment(name));
            (format!("/block_types/slug/{kind}/block_documents/name/{name}?include_secrets={secrets}"), "data")
        }
        Reference::BlockId(id) => (format!("/block_documents/{}?include_secrets={secrets}", segment(id)), "data"),
        Reference::Variable(name) => (format!("/variables/name/{}", segment(name)), "value"),
    };
    member_of(client, &path, member).await
}

async fn member_of(client: &Client, path: &str, member: &str) -> Result<Option<Value>, Trouble> {
    let found: Option<Value> = client.get(path).await?;
    Ok(found.and_then(|mut found| found.get_mut(member).map(Value::take)))
}

fn sentence(error: TemplateError) -> String {
    error.to_string().trim_end_matches('.').to_owned()
}

fn seconds(value: f64) -> Duration {
    Duration::from_secs_f64(value.clamp(0.0, 1e9))
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::default_templates::default_base_job_template;

    #[test]
    fn the_major_is_read_from_the_template() {
        for major in [Major::V2, Major::V3] {
            let template = default_base_job_template("kubernetes", major).expect("known");
            assert_eq!(major_of(&template), major);
        }
        assert_eq!(major_of(&Map::new()), Major::V3);
    }

    #[test]
    fn what_was_looked_up_is_not_shown() {
        let manifest =
            json!({ "env": [{ "name": "X", "value": "postgres://hunter2-long@db" }, { "name": "Y", "value": "ab" }] });
        let shown = without(manifest, &["hunter2-long".to_owned(), "ab".to_owned()]);
        assert_eq!(shown["env"][0]["value"], "postgres://********@db");
        assert_eq!(shown["env"][1]["value"], "ab");
    }

    #[test]
    fn parameters_become_variables() {
        let given = json!({ "name": "x y", "n-1": 3, "list": [1, "a"] });
        let variables = parameters(given.as_object().expect("an object"));
        let expected = [
            ("REEVE_PARAMETERS", r#"{"name":"x y","n-1":3,"list":[1,"a"]}"#),
            ("REEVE_PARAMETER_NAME", "x y"),
            ("REEVE_PARAMETER_N_1", "3"),
            ("REEVE_PARAMETER_LIST", r#"[1,"a"]"#),
        ];
        assert_eq!(variables, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }
}
