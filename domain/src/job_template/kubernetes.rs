//! From a rendered configuration to the Job that is posted.
//!
//! The steps are those of Prefect's Kubernetes workers, with two differences: the Job has a name that
//! follows from run and attempt (so that making it twice makes one) in place of `generateName`, and
//! Prefect 2's pods carry the run's labels as Prefect 3's do.

use serde_json::{Map, Value, json};

use super::TemplateError;
use super::placeholder::find_placeholders;
use super::prepare::{DEFAULT_COMMAND, JobContext, Prepared, default_image, prepare};
use super::python::{python_repr, python_str};
use super::render::Rendered;
use super::shell::split_command;
use super::slug;
use super::tracked::Origin;
use crate::major::Major;

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
fn metadata_of<'v>(job: &'v mut Value, at: &str) -> Result<&'v mut Map<String, Value>, TemplateError> {
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
    missing.sort_unstable();
    other.sort_unstable();
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
            None => missing.push(pointer),
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
        _ => other.push(format!("{pointer} must have value {}", python_repr(required))),
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

/// Labels by which the run's Job and pods are found again.
fn run_labels(context: &JobContext) -> Vec<(&'static str, String)> {
    let is_v3 = context.major == Major::V3;
    let version = context.major.server_version().to_owned();
    let mut labels = vec![
        ("prefect.io/flow-run-id", context.flow_run_id.to_string()),
        ("prefect.io/flow-run-name", context.flow_run_name.clone()),
        ("prefect.io/version", version.clone()),
        ("reeve.io/attempt", context.attempt.to_string()),
    ];
    if is_v3 {
        labels.push(("app.kubernetes.io/managed-by", "prefect".to_owned()));
        labels.push(("app.kubernetes.io/part-of", "prefect".to_owned()));
        labels.push(("app.kubernetes.io/version", version));
    }
    if let Some(pool) = context.pool.as_ref().filter(|_| is_v3) {
        labels.push(("prefect.io/work-pool-name", pool.name.clone()));
        labels.push(("prefect.io/work-pool-id", pool.id.to_string()));
    }
    if let Some(worker) = context.worker.as_ref().filter(|_| is_v3) {
        labels.push(("prefect.io/worker-name", worker.name.clone()));
    }
    if let Some(flow) = &context.flow {
        labels.push(("prefect.io/flow-id", flow.id.to_string()));
        labels.push(("prefect.io/flow-name", flow.name.clone()));
    }
    if let Some(deployment) = &context.deployment {
        labels.push(("prefect.io/deployment-id", deployment.id.to_string()));
        labels.push(("prefect.io/deployment-name", deployment.name.clone()));
    }
    labels.extend(context.deployment_updated().map(|updated| ("prefect.io/deployment-updated", updated)));
    let app = context.deployment.as_ref().map(|deployment| &deployment.name);
    let app = app.or(context.flow.as_ref().map(|flow| &flow.name)).filter(|_| is_v3);
    labels.extend(app.map(|app| ("app.kubernetes.io/name", app.clone())));
    labels
}

/// On the Job and on its pods, over what the manifest has there; the configuration's own labels win.
fn set_labels(job: &mut Value, configuration: &Map<String, Value>, context: &JobContext) -> Result<(), TemplateError> {
    let own = strings(configuration.get("labels"), "labels")?;
    let of_run = run_labels(context);
    for of in ["", "/spec/template"] {
        let metadata = metadata_of(job, of)?;
        let written = strings(metadata.get("labels"), "labels")?;
        let mut labels = Map::new();
        let all = written.iter().map(|(key, value)| (key.as_str(), value));
        let all = all.chain(of_run.iter().map(|(key, value)| (*key, value)));
        let all = all.chain(own.iter().map(|(key, value)| (key.as_str(), value)));
        for (key, value) in all {
            labels.insert(slug::label_key(key, context.major), slug::label_value(value, context.major).into());
        }
        metadata.insert("labels".to_owned(), labels.into());
    }
    Ok(())
}

/// Keys are made valid, values are free text. Pods only get annotations if there are any.
fn set_annotations(job: &mut Value, configuration: &Map<String, Value>, major: Major) -> Result<(), TemplateError> {
    let own = strings(configuration.get("annotations"), "annotations")?;
    let metadata = member(job, "job_manifest", "metadata")?;
    let mut annotations = Map::new();
    for (key, value) in strings(metadata.get("annotations"), "annotations")?.into_iter().chain(own) {
        annotations.insert(slug::label_key(&key, major), value.into());
    }
    if annotations.is_empty() {
        return Ok(());
    }
    metadata.insert("annotations".to_owned(), annotations.clone().into());
    let pod = metadata_of(job, "/spec/template")?;
    let mut all = pod.get("annotations").and_then(Value::as_object).cloned().unwrap_or_default();
    all.extend(annotations);
    pod.insert("annotations".to_owned(), all.into());
    Ok(())
}

fn strings(value: Option<&Value>, field: &str) -> Result<Vec<(String, String)>, TemplateError> {
    match value {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Object(members)) => {
            Ok(members.iter().map(|(key, value)| (key.clone(), python_str(value))).collect())
        }
        Some(_) => Err(TemplateError::Shape { field: field.to_owned(), expected: "an object" }),
    }
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

/// For a preview: the JSON pointer of each leaf of a Job made by [`kubernetes_job`], and who set it.
pub fn job_origins(job: &Value, rendered: &Rendered) -> Vec<(String, Origin)> {
    let mut leaves = Vec::new();
    super::tracked::Tracked::of(job, Origin::Worker).origins("", &mut leaves);
    for (pointer, origin) in &mut leaves {
        *origin = origin_of(pointer, job, rendered).unwrap_or(Origin::Worker);
    }
    leaves
}

fn origin_of(pointer: &str, job: &Value, rendered: &Rendered) -> Option<Origin> {
    let container = "/spec/template/spec/containers/0";
    let find = |pointer: &str| rendered.origins.iter().find(|(known, _)| known == pointer).map(|(_, origin)| *origin);
    if let Some(entry) = pointer.strip_prefix(container).and_then(|rest| rest.strip_prefix("/env/")) {
        // The variable's place in the list says nothing about where it came from; its name does.
        let entry = job.pointer(&format!("{container}/env/{}", entry.split('/').next()?))?;
        let name = super::placeholder::child("", entry.get("name")?.as_str()?);
        let from_manifest = rendered.configuration.get("job_manifest")?.pointer(&format!("{container}/env"))?;
        let written = from_manifest.as_array().and_then(|list| list.iter().position(|written| written == entry));
        let written = written.and_then(|at| find(&format!("/job_manifest{container}/env/{at}/name")));
        return find(&format!("/env{name}")).or(written);
    }
    if pointer.starts_with(&format!("{container}/args/")) {
        let args = format!("/job_manifest{container}/args");
        return find(&args).or_else(|| find(&format!("/job_manifest{pointer}")));
    }
    if let Some(key) = pointer.strip_prefix("/spec/template/metadata/labels/") {
        let labels = find(&format!("/labels/{key}"));
        return labels.or_else(|| find(&format!("/job_manifest{pointer}")));
    }
    let written = rendered.configuration.get("job_manifest")?.pointer(pointer);
    find(&format!("/job_manifest{pointer}")).filter(|_| written == job.pointer(pointer))
}
