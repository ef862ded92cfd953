//! From a rendered configuration to the Job that is posted.
//!
//! The steps are those of Prefect's Kubernetes workers, with two differences: the Job has a name that
//! follows from run and attempt (so that making it twice makes one) in place of `generateName`, and
//! Prefect 2's pods carry the run's labels as Prefect 3's do.

use serde_json::{Map, Value, json};

use super::TemplateError;
use super::labels::{set_annotations, set_labels};
use super::placeholder::find_placeholders;
use super::prepare::{DEFAULT_COMMAND, JobContext, Prepared, default_image, prepare};
use super::python::python_repr;
use super::shell::split_command;
use super::slug;
use crate::major::Major;
use crate::sorted;

const SIGTERM_BEHAVIOR: &str = "PREFECT_FLOW_RUN_EXECUTE_SIGTERM_BEHAVIOR";

/// The Job of a rendered job configuration (`{"job_manifest": …, "env": …, …}`) for one attempt of a run.
pub fn kubernetes_job(configuration: &Map<String, Value>, context: &JobContext) -> Result<Value, TemplateError> {
    let mut job = configuration.get("job_manifest").cloned().ok_or(TemplateError::Incomplete("job_manifest"))?;
    fill_metadata(&mut job, configuration, context.major)?;
    check_manifest(&job)?;
    let prepared = prepare(configuration, context)?;
    let environment = environment(&job, &prepared, context.major);
    set_container(&mut job, environment, context.major)?;
    set_labels(&mut job, configuration, context)?;
    set_annotations(&mut job, configuration, context.major)?;
    set_name(&mut job, &prepared.name, context);
    Ok(job)
}

/// The name of an attempt's Job: `<base>-<end of the run's id>-<attempt>`. The end, as the beginning of
/// the newer ids is the time and the same for runs that were made together.
pub fn job_name(base: &str, context: &JobContext) -> String {
    let base = slug::name(base, 40).unwrap_or_else(|| "prefect-job".to_owned());
    let id = context.flow_run_id.0.simple().to_string();
    format!("{base}-{}-{}", &id[id.len() - 8..], context.attempt)
}

fn fill_metadata(job: &mut Value, configuration: &Map<String, Value>, major: Major) -> Result<(), TemplateError> {
    let namespace = configuration.get("namespace").filter(|namespace| !namespace.is_null());
    let namespace = namespace.cloned().unwrap_or_else(|| "default".into());
    let metadata = member(job, "job_manifest", "metadata")?;
    if major == Major::V3 {
        metadata.entry("annotations").or_insert_with(|| json!({}));
    }
    metadata.entry("labels").or_insert_with(|| json!({}));
    metadata.entry("namespace").or_insert(namespace);
    Ok(())
}

/// The object under a key, made if it is not there.
fn member<'v>(of: &'v mut Value, name: &str, key: &str) -> Result<&'v mut Map<String, Value>, TemplateError> {
    let shape = |field: &str| TemplateError::Shape { field: field.to_owned(), expected: "an object" };
    let object = of.as_object_mut().ok_or_else(|| shape(name))?;
    object.entry(key).or_insert_with(|| json!({})).as_object_mut().ok_or_else(|| shape(key))
}

/// The metadata of the Job (at `""`) or of its pods (at `/spec/template`).
pub(super) fn metadata_of<'v>(job: &'v mut Value, at: &str) -> Result<&'v mut Map<String, Value>, TemplateError> {
    let missing = || TemplateError::MissingPaths(vec![at.to_owned()]);
    member(job.pointer_mut(at).ok_or_else(missing)?, at, "metadata")
}

/// What every manifest must have, and with these values.
fn check_manifest(job: &Value) -> Result<(), TemplateError> {
    let required = json!({
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"labels": {}},
        "spec": {"template": {"spec": {
            "parallelism": 1,
            "completions": 1,
            "restartPolicy": "Never",
            "containers": [{"name": "prefect-job"}],
        }}},
    });
    let (mut missing, mut other) = (Vec::new(), Vec::new());
    compare(job, &required, "", &mut missing, &mut other);
    if !missing.is_empty() {
        return Err(TemplateError::MissingPaths(missing));
    }
    if !other.is_empty() {
        return Err(TemplateError::IncompatibleValues(other));
    }
    Ok(())
}

fn compare(job: &Value, required: &Value, pointer: &str, missing: &mut Vec<String>, other: &mut Vec<String>) {
    let mut part = |found: Option<&Value>, required: &Value, key: &str| {
        let pointer = format!("{pointer}/{key}");
        match found {
            Some(found) => compare(found, required, &pointer, missing, other),
            None => sorted::insert(missing, pointer, |a, b| a <= b),
        }
    };
    match (job, required) {
        (Value::Object(found), Value::Object(required)) => {
            required.iter().for_each(|(key, required)| part(found.get(key), required, key));
        }
        (Value::Array(found), Value::Array(required)) => {
            required.iter().enumerate().for_each(|(at, required)| part(found.get(at), required, &at.to_string()));
        }
        _ if job == required => {}
        _ => {
            let fault = format!("{pointer} must have value {}", python_repr(required));
            sorted::insert(other, fault, |a, b| a <= b);
        }
    }
}

/// The container that runs the flow; [`check_manifest`] has seen it.
fn container(job: &mut Value) -> Result<&mut Map<String, Value>, TemplateError> {
    let path = "/spec/template/spec/containers/0";
    let found = job.pointer_mut(path).and_then(Value::as_object_mut);
    found.ok_or_else(|| TemplateError::MissingPaths(vec![path.to_owned()]))
}

/// The container's `env`: what the worker sets, before what the template writes out itself.
fn environment(job: &Value, prepared: &Prepared, major: Major) -> Vec<Value> {
    let mut entries: Vec<Value> =
        prepared.environment.iter().map(|(name, value)| json!({"name": name, "value": value})).collect();
    entries.extend(prepared.special_environment.iter().cloned());
    if major == Major::V3 {
        set_sigterm_behavior(&mut entries, job.pointer("/spec/backoffLimit") == Some(&json!(0)));
    }
    if let Some(Value::Array(written)) = job.pointer("/spec/template/spec/containers/0/env") {
        let is_set = |entry: &&Value| major == Major::V3 && entries.iter().any(|set| set["name"] == entry["name"]);
        let written: Vec<Value> = written.iter().filter(|entry| !is_set(entry)).cloned().collect();
        entries.extend(written);
    }
    entries
}

/// Who takes care of an evicted run: the server if Kubernetes starts no second pod, otherwise Kubernetes.
fn set_sigterm_behavior(entries: &mut Vec<Value>, server: bool) {
    let entry = |value: &str| json!({"name": SIGTERM_BEHAVIOR, "value": value});
    let at = entries.iter().position(|entry| entry["name"] == SIGTERM_BEHAVIOR);
    match (server, at) {
        (true, None) => entries.push(entry("reschedule")),
        (true, Some(at)) if entries[at]["value"] == "" => entries[at] = entry("reschedule"),
        (true, Some(_)) => {}
        (false, Some(at)) => entries[at] = entry("relinquish"),
        (false, None) => entries.push(entry("relinquish")),
    }
}

fn set_container(job: &mut Value, environment: Vec<Value>, major: Major) -> Result<(), TemplateError> {
    let container = container(job)?;
    container.insert("env".to_owned(), Value::Array(environment));
    if container.get("image").is_none_or(Value::is_null) {
        container.insert("image".to_owned(), default_image(major).into());
    }
    let words = match container.get("args") {
        None | Some(Value::Null) => split_command(DEFAULT_COMMAND)?,
        Some(Value::String(text)) => split_command(text)?,
        Some(Value::Array(_)) => return Ok(()),
        Some(_) => return Err(TemplateError::Shape { field: "args".to_owned(), expected: "a text or a list" }),
    };
    container.insert("args".to_owned(), words.into());
    Ok(())
}

/// The manifest's own name or `generateName` is what the Job's name begins with, unless it says nothing.
fn set_name(job: &mut Value, name: &str, context: &JobContext) {
    let Some(metadata) = job.get_mut("metadata").and_then(Value::as_object_mut) else { return };
    let generate = metadata.remove("generateName");
    let written = [metadata.get("name").cloned(), generate].into_iter().flatten();
    let mut written = written.filter_map(|name| name.as_str().map(|name| name.trim_matches('-').to_owned()));
    let says_something = |name: &String| !name.is_empty() && name != "None" && find_placeholders(name).is_empty();
    let base = written.find(says_something).unwrap_or_else(|| name.to_owned());
    metadata.insert("name".to_owned(), job_name(&base, context).into());
}
