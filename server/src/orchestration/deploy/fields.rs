//! Which fields a deploy changes.
//!
//! Prefect 3's server changes only what is sent, and the parameters and labels; Prefect 2's sets everything that
//! is not sent back to its default, but for the queue.

use domain::deployments::DeploymentStatus;

use super::*;

/// The deployment as it will be stored, without its schedules.
pub fn deployed(
    major: Major,
    existing: Option<Deployment>,
    new: DeploymentCreate,
    job_variables: Option<Map<String, Value>>,
) -> Deployment {
    let mut row = match (major, existing) {
        (Major::V3, Some(existing)) => existing,
        (Major::V2, Some(existing)) => Deployment {
            id: existing.id,
            created: existing.created,
            created_by: existing.created_by.clone(),
            status: existing.status,
            labels: existing.labels.clone(),
            work_queue_id: existing.work_queue_id,
            work_pool_name: existing.work_pool_name.clone(),
            concurrency_options: existing.concurrency_options.clone(),
            global_concurrency_limit: existing.global_concurrency_limit.clone(),
            ..blank(major, &new)
        },
        (_, None) => blank(major, &new),
    };
    if let Some(variables) = job_variables {
        row.job_variables = variables;
    }
    let active = new.is_schedule_active.value().map(|active| !active);
    if let Some(paused) = new.paused.value().or(active) {
        row.paused = paused;
    }
    new.concurrency_options.apply(&mut row.concurrency_options);
    new.enforce_parameter_schema.replace(&mut row.enforce_parameter_schema);
    parameter_schema(new.parameter_openapi_schema, major).apply(&mut row.parameter_openapi_schema);
    row.parameters = new.parameters.value().unwrap_or_default();
    or_empty(new.tags, &mut row.tags);
    if major == Major::V3 {
        row.labels = new.labels.value().unwrap_or_default();
    }
    new.pull_steps.apply(&mut row.pull_steps);
    new.work_queue_name.apply(&mut row.work_queue_name);
    new.storage_document_id.apply(&mut row.storage_document_id);
    new.infrastructure_document_id.apply(&mut row.infrastructure_document_id);
    new.description.apply(&mut row.description);
    new.path.apply(&mut row.path);
    new.version.apply(&mut row.version);
    new.entrypoint.apply(&mut row.entrypoint);
    new.manifest_path.apply(&mut row.manifest_path);
    row
}

/// The schema of the parameters as it is stored: Prefect 3 fills an empty one in.
pub(super) fn parameter_schema(sent: Patch<Value>, major: Major) -> Patch<Value> {
    match sent {
        Patch::Value(Value::Object(members)) if members.is_empty() && major == Major::V3 => {
            Patch::Value(json!({ "type": "object", "properties": {} }))
        }
        sent => sent,
    }
}

/// Puts what was sent into `field`; `null` empties it.
fn or_empty<T: Default>(sent: Patch<T>, field: &mut T) {
    match sent {
        Patch::Absent => {}
        Patch::Null => *field = T::default(),
        Patch::Value(value) => *field = value,
    }
}

/// A deployment of which only flow and name are known.
fn blank(major: Major, new: &DeploymentCreate) -> Deployment {
    let in_v3 = |value: Value| (major == Major::V3).then_some(value);
    Deployment {
        id: new_id(),
        created: None,
        updated: None,
        name: new.name.clone(),
        version: None,
        description: None,
        flow_id: new.flow_id,
        paused: false,
        schedules: Vec::new(),
        concurrency_limit: None,
        global_concurrency_limit: None,
        concurrency_options: None,
        job_variables: Map::new(),
        parameters: Map::new(),
        tags: Vec::new(),
        labels: Map::new(),
        work_queue_name: None,
        work_queue_id: None,
        last_polled: None,
        parameter_openapi_schema: in_v3(Value::Object(Map::new())),
        path: None,
        pull_steps: in_v3(Value::Array(Vec::new())),
        entrypoint: None,
        storage_document_id: None,
        infrastructure_document_id: None,
        created_by: None,
        updated_by: None,
        work_pool_name: None,
        status: Some(DeploymentStatus::NotReady),
        enforce_parameter_schema: major == Major::V3,
        infra_overrides: Map::new(),
        schedule: None,
        is_schedule_active: true,
        manifest_path: None,
    }
}
