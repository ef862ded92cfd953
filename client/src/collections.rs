//! `/collections`: the types of workers that the server knows.

use serde_json::{Map, Value};

use crate::{Client, Result};

/// A type of worker with the base job template that new pools of it get.
#[derive(Debug, Clone, PartialEq)]
pub struct WorkerType {
    /// `kubernetes`, `process`, …
    pub name: String,
    /// `{"job_configuration": …, "variables": …}`.
    pub base_job_template: Map<String, Value>,
}

/// All types, by name. The answer is grouped by the Python package that brings the type; nobody needs that.
pub async fn worker_types(client: &Client) -> Result<Vec<WorkerType>> {
    let view: Option<Map<String, Value>> = client.get("/collections/views/aggregate-worker-metadata").await?;
    let packages = view.unwrap_or_default();
    let workers = packages.values().filter_map(Value::as_object).flatten();
    let mut types: Vec<WorkerType> = workers
        .filter_map(|(name, worker)| {
            let template = worker.get("default_base_job_configuration")?.as_object()?.clone();
            Some(WorkerType { name: name.clone(), base_job_template: template })
        })
        .collect();
    types.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(types)
}
