//! `prefect.deployment.…`: made, edited, deleted, and whether somebody asks for its runs.

use domain::deployments::Deployment;
use domain::events::{Event, NAME, ROLE, Resource};
use domain::{DeploymentId, Timestamp, Uuid};
use serde_json::{Value, json};
use store::deployments::{Surroundings, surroundings};
use store::{Result, Tx};

use super::super::after_commit::AfterCommit;
use super::updates::updates;
use super::{own, take, work_pools};

/// Tells `prefect.deployment.<what>` of each of these deployments that exists, e.g. `created` or `not-ready`.
/// Of those that are to be deleted it is told before. The caller commits, then tells what is in `after`.
pub async fn tell(
    tx: &mut Tx,
    what: &str,
    ids: &[DeploymentId],
    now: Timestamp,
    after: &mut AfterCommit,
) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    let events = surroundings(tx, ids).await?.iter().map(|around| event(what, around, now)).collect();
    take(tx, events, now, after).await
}

/// Tells what an edit changed, if it changed anything that counts: schedules do not, and neither does pausing
/// by its own route.
pub async fn updated(
    tx: &mut Tx,
    before: &Deployment,
    is_now: &Deployment,
    now: Timestamp,
    after: &mut AfterCommit,
) -> Result<()> {
    let Some(payload) = updates(&facts(before), &facts(is_now)) else { return Ok(()) };
    let around = surroundings(tx, &[is_now.id]).await?;
    let events = around.iter().map(|around| event("updated", around, now).saying(payload.clone())).collect();
    take(tx, events, now, after).await
}

/// What edits are told of, by the names of Prefect's columns.
fn facts(deployment: &Deployment) -> Value {
    let limit = deployment.global_concurrency_limit.as_ref().and_then(|limit| limit.get("id"));
    json!({
        "version": deployment.version,
        "description": deployment.description,
        "paused": deployment.paused,
        "parameters": deployment.parameters,
        "tags": deployment.tags,
        "labels": deployment.labels,
        "path": deployment.path,
        "entrypoint": deployment.entrypoint,
        "pull_steps": deployment.pull_steps,
        "work_queue_id": deployment.work_queue_id,
        "infra_overrides": deployment.job_variables,
        "parameter_openapi_schema": deployment.parameter_openapi_schema,
        "enforce_parameter_schema": deployment.enforce_parameter_schema,
        "concurrency_limit_id": limit,
        "concurrency_options": deployment.concurrency_options,
    })
}

fn event(what: &str, around: &Surroundings, now: Timestamp) -> Event {
    let resource = Resource::of("deployment", around.id).with(NAME, &around.name);
    own(format!("prefect.deployment.{what}"), resource, now).involving(related(around))
}

fn related(around: &Surroundings) -> Vec<Resource> {
    let named = |kind: &str, id: Uuid, name: &str| Resource::of(kind, id).with(NAME, name).with(ROLE, kind);
    let mut related = vec![named("flow", around.flow_id.0, &around.flow_name)];
    related.extend(around.work_queue.as_ref().map(|(id, name)| named("work-queue", id.0, name)));
    related.extend(around.work_pool.as_ref().map(|(id, name, kind)| work_pools::related(*id, name, kind)));
    let others = [
        ("block-document", around.storage_document_id, "storage"),
        ("block-document", around.infrastructure_document_id, "infrastructure"),
        ("concurrency-limit", around.concurrency_limit_id, "concurrency-limit"),
    ];
    related.extend(others.into_iter().filter_map(|(kind, id, role)| Some(Resource::of(kind, id?).with(ROLE, role))));
    related
}
