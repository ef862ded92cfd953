//! A deploy: the deployment of that flow and name is made, or brought to what is sent, its schedules are
//! replaced, and what was planned by the old ones is taken back.

pub mod batch;
mod fields;
mod kept_schedules;
mod schedules;
mod update;

use domain::deployments::{Deployment, DeploymentCreate, DeploymentSchedule};
use domain::live::Changed;
use domain::{DeploymentId, Major, Patch, Timestamp, Uuid, WorkQueueId};
use serde_json::{Map, Value, json};
use store::deployments::Planned;
use store::{Tx, block_documents, deployment_schedules, deployments, flows, origins, work_pools};

use super::after_commit::AfterCommit;
use super::asked::Asked;
use super::events;
use super::job_variables::{self, Stage};
use super::refusal::{Decided, Refusal};
use super::work_pools::AGENT_POOL;
use super::work_queues;
use crate::clock::new_id;

pub use schedules::{add_schedules, delete_schedule, pause, resume, update_schedule};
pub use update::{multiple_schedules, update};

/// Makes or changes a deployment; the stored one, and whether it is new. The caller commits, then wakes the
/// scheduler and tells what is in `after`.
pub async fn deploy(
    tx: &mut Tx,
    asked: &Asked,
    mut new: DeploymentCreate,
    after: &mut AfterCommit,
) -> Decided<(Deployment, bool)> {
    let schedules = schedules::of_deploy(&mut new, asked);
    let existing = deployments::of_flow_locked(tx, new.flow_id, &new.name).await?;
    put(tx, asked, new, existing, &schedules, after).await
}

/// The same with the schedules that the deployment has afterwards; `existing` is locked.
async fn put(
    tx: &mut Tx,
    asked: &Asked,
    mut new: DeploymentCreate,
    existing: Option<Deployment>,
    schedules: &[DeploymentSchedule],
    after: &mut AfterCommit,
) -> Decided<(Deployment, bool)> {
    let job_variables = job_variables_of(&mut new.job_variables, &new.infra_overrides);
    let pool = new.work_pool_name.clone().value().filter(|name| !name.is_empty());
    if let Some(pool) = pool.as_deref().filter(|pool| *pool != AGENT_POOL) {
        check_pool(tx, pool, job_variables.as_ref()).await?;
    }
    let limit = limit_to_attach(tx, &new.global_concurrency_limit_id).await?;
    let queue = queue_for(tx, pool.as_deref(), new.work_queue_name.clone().value().as_deref(), asked.at, after).await?;
    check_blocks(tx, &new).await?;
    let wanted_limit = new.concurrency_limit.clone();
    let before = existing.clone();
    let mut deployment = fields::deployed(asked.major, existing, new, job_variables);
    if let Some(queue) = queue {
        deployment.work_queue_id = Some(queue);
    }
    inherit_labels(tx, &mut deployment).await?;
    match before {
        None => deployments::insert(tx, &deployment, limit.flatten(), asked.at).await?,
        Some(_) => deployments::save(tx, &deployment, limit, asked.at).await?,
    }
    deployments::delete_planned(tx, &[deployment.id], Planned::AutomaticFrom(asked.at)).await?;
    deployment_schedules::delete_all(tx, deployment.id).await?;
    deployment_schedules::insert(tx, deployment.id, schedules, asked.at).await?;
    apply_limit(tx, &deployment, wanted_limit, asked.at).await?;
    let deployment = stored(tx, deployment).await?;
    match &before {
        None => events::deployments::tell(tx, "created", &[deployment.id], asked.at, after).await?,
        Some(before) => events::deployments::updated(tx, before, &deployment, asked.at, after).await?,
    }
    Ok((deployment, before.is_none()))
}

/// Deletes deployments with what they have planned and the limits they hold to; which existed. The caller commits.
pub async fn delete(
    tx: &mut Tx,
    ids: &[DeploymentId],
    now: Timestamp,
    after: &mut AfterCommit,
) -> store::Result<Vec<DeploymentId>> {
    events::deployments::tell(tx, "deleted", ids, now, after).await?;
    deployments::delete_planned(tx, ids, Planned::All).await?;
    deployments::delete_limit_of(tx, ids).await?;
    let deleted = deployments::delete(tx, ids).await?;
    for id in &deleted {
        origins::forget(tx, batch::KIND, id.0).await?;
        after.changed(Changed::Deployment, *id);
    }
    Ok(deleted)
}

/// The row as everybody sees it, after it was written.
async fn stored(tx: &mut Tx, written: Deployment) -> Decided<Deployment> {
    Ok(deployments::by_id(tx, written.id).await?.unwrap_or(written))
}

/// Both names of the job variables; the newer one counts.
fn job_variables_of(
    newer: &mut Patch<Map<String, Value>>,
    older: &Patch<Map<String, Value>>,
) -> Option<Map<String, Value>> {
    std::mem::take(newer).value().or_else(|| older.clone().value())
}

async fn check_pool(tx: &mut Tx, name: &str, variables: Option<&Map<String, Value>>) -> Decided<()> {
    let pool = work_pools::by_name(tx, name).await?.ok_or_else(|| Refusal::no_work_pool(name))?;
    match variables.filter(|variables| !variables.is_empty()) {
        Some(variables) => {
            let prefix = "Error creating deployment";
            job_variables::check(tx, &pool.base_job_template, &[variables], Stage::Deployment, prefix).await
        }
        None => Ok(()),
    }
}

/// The queue that runs go to: of the pool that is named, or of the agents' pool; none when neither is named.
async fn queue_for(
    tx: &mut Tx,
    pool: Option<&str>,
    queue: Option<&str>,
    now: Timestamp,
    after: &mut AfterCommit,
) -> Decided<Option<WorkQueueId>> {
    match (pool, queue.filter(|name| !name.is_empty())) {
        (Some(pool), queue) => {
            if pool == AGENT_POOL {
                super::work_pools::agent_pool(tx, now, after).await?;
            }
            work_queues::choose(tx, pool, queue, true, now, after).await.map(Some)
        }
        (None, Some(queue)) => Ok(Some(work_queues::find_or_create_for_agents(tx, queue, now, after).await?.id)),
        (None, None) => Ok(None),
    }
}

/// Which limit is attached: `Some(None)` detaches, `None` leaves what is.
async fn limit_to_attach(tx: &mut Tx, sent: &Patch<Uuid>) -> Decided<Option<Option<Uuid>>> {
    match sent {
        Patch::Absent => Ok(None),
        Patch::Null => Ok(Some(None)),
        Patch::Value(id) if deployments::limit_exists(tx, *id).await? => Ok(Some(Some(*id))),
        Patch::Value(_) => Err(Refusal::NotFound("Concurrency limit not found".to_owned())),
    }
}

/// The deployment's own limit: made, changed or deleted.
async fn apply_limit(tx: &mut Tx, deployment: &Deployment, wanted: Patch<i64>, now: Timestamp) -> Decided<()> {
    match wanted {
        Patch::Absent => {}
        Patch::Null => deployments::delete_limit_of(tx, &[deployment.id]).await?,
        Patch::Value(slots) => deployments::set_limit(tx, deployment, slots, new_id(), now).await?,
    }
    Ok(())
}

async fn check_blocks(tx: &mut Tx, new: &DeploymentCreate) -> Decided<()> {
    let ids = [("infrastructure", &new.infrastructure_document_id), ("storage", &new.storage_document_id)];
    for (what, id) in ids {
        let Patch::Value(id) = id else { continue };
        if block_documents::by_id(tx, (*id).into()).await?.is_none() {
            return Err(Refusal::Conflict(format!(
                "Error creating deployment. Could not find {what} block with id: {id}. This usually occurs when \
                 applying a deployment specification that was built against a different Prefect database / workspace."
            )));
        }
    }
    Ok(())
}

/// Labels are inherited from the flow, and lie below the deployment's own.
async fn inherit_labels(tx: &mut Tx, deployment: &mut Deployment) -> Decided<()> {
    let flow = flows::by_id(tx, deployment.flow_id).await?;
    let mut labels = flow.and_then(|flow| flow.labels).unwrap_or_default();
    labels.insert("prefect.flow.id".to_owned(), Value::String(deployment.flow_id.to_string()));
    labels.extend(std::mem::take(&mut deployment.labels));
    deployment.labels = labels;
    Ok(())
}

/// Whether the parameters fit the schema that they are declared with; nothing is required yet.
fn fits(parameters: &Map<String, Value>, schema: &Value) -> Result<(), super::json_schema::SchemaError> {
    let reading = super::json_schema::Reading { ignore_required: true, ..Default::default() };
    super::json_schema::validate(&Value::Object(parameters.clone()), schema, reading)
}

/// Why a new deployment's parameters do not fit the schema that is sent with them, if it is to be enforced.
pub fn unfit_parameters(new: &DeploymentCreate, major: Major) -> Option<String> {
    let enforced = new.enforce_parameter_schema.clone().value().unwrap_or(major == Major::V3);
    let schema = new.parameter_openapi_schema.clone().value()?;
    let parameters = new.parameters.clone().value().unwrap_or_default();
    if !enforced || !schema.is_object() {
        return None;
    }
    fits(&parameters, &schema).err().map(|unfit| unfit.to_string())
}
