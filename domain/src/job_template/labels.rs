//! Labels and annotations of a Job and its pods.

use serde_json::{Map, Value};

use super::TemplateError;
use super::kubernetes::metadata_of;
use super::prepare::JobContext;
use super::python::python_str;
use super::slug;
use crate::major::Major;

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
pub(super) fn set_labels(
    job: &mut Value,
    configuration: &Map<String, Value>,
    context: &JobContext,
) -> Result<(), TemplateError> {
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
pub(super) fn set_annotations(
    job: &mut Value,
    configuration: &Map<String, Value>,
    major: Major,
) -> Result<(), TemplateError> {
    let own = strings(configuration.get("annotations"), "annotations")?;
    let metadata = metadata_of(job, "")?;
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
