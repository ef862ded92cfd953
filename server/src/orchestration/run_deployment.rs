//! A run of a deployment that somebody asks for: the deployment's parameters and variables with the asker's
//! on top, checked before anything is stored.

use domain::deployments::Deployment;
use domain::flow_runs::{CreatedBy, DeploymentFlowRunCreate, FlowRun};
use domain::state::{StateCreate, StateType};
use serde_json::{Map, Value};
use store::{Tx, work_pools};

use super::after_commit::AfterCommit;
use super::asked::Asked;
use super::create_run::blank;
use super::job_variables::{self, Stage};
use super::json_schema::{self, Reading, SchemaError};
use super::parameters::{HydrationError, hydrate};
use super::refusal::{Decided, Refusal};
use super::work_queues;

/// The run that is asked for, and its first state: due now unless the asker says otherwise.
pub async fn draft(
    tx: &mut Tx,
    asked: &Asked,
    deployment: &Deployment,
    ask: DeploymentFlowRunCreate,
    created_by: Option<CreatedBy>,
    after: &mut AfterCommit,
) -> Decided<(FlowRun, StateCreate)> {
    let parameters = parameters(tx, deployment, ask.parameters).await?;
    if ask.enforce_parameter_schema.unwrap_or(deployment.enforce_parameter_schema) {
        check_parameters(&parameters, deployment)?;
    }
    check_job_variables(tx, deployment, ask.job_variables.as_ref()).await?;
    let mut tags = deployment.tags.clone();
    for tag in ask.tags {
        if !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    let mut run = FlowRun {
        deployment_id: Some(deployment.id),
        deployment_version: deployment.version.clone(),
        work_queue_id: deployment.work_queue_id,
        work_queue_name: deployment.work_queue_name.clone(),
        parameters,
        context: ask.context,
        empirical_policy: ask.empirical_policy,
        tags,
        labels: ask.labels.unwrap_or_default(),
        idempotency_key: ask.idempotency_key,
        parent_task_run_id: ask.parent_task_run_id,
        infrastructure_document_id: ask.infrastructure_document_id.or(deployment.infrastructure_document_id),
        job_variables: Some(ask.job_variables.unwrap_or_default()),
        created_by,
        ..blank(deployment.flow_id)
    };
    if let Some(name) = ask.name.filter(|name| !name.is_empty()) {
        run.name = name;
    }
    if let Some(queue) = ask.work_queue_name.filter(|name| !name.is_empty()) {
        let pool = deployment.work_pool_name.as_deref().ok_or_else(|| no_pool(deployment, &queue))?;
        run.work_queue_id = Some(work_queues::choose(tx, pool, Some(&queue), true, asked.at, after).await?);
        run.work_queue_name = Some(queue);
    }
    Ok((run, ask.state.unwrap_or_else(|| StateCreate::new(StateType::Scheduled))))
}

fn no_pool(deployment: &Deployment, queue: &str) -> Refusal {
    Refusal::Unreadable(format!(
        "Cannot create flow run in work queue {queue} because deployment {} is not associated with a work pool. Please \
         remove work_pool_name and try again.",
        deployment.id
    ))
}

async fn parameters(tx: &mut Tx, deployment: &Deployment, asked: Map<String, Value>) -> Decided<Map<String, Value>> {
    let mut parameters = deployment.parameters.clone();
    parameters.extend(asked);
    hydrate(tx, parameters).await.map_err(|error| match error {
        HydrationError::Store(error) => Refusal::Store(error),
        error => Refusal::Unreadable(format!("Error hydrating flow run parameters: {error}")),
    })
}

fn check_parameters(parameters: &Map<String, Value>, deployment: &Deployment) -> Decided<()> {
    let Some(schema @ Value::Object(_)) = &deployment.parameter_openapi_schema else {
        return Err(Refusal::Conflict(
            "Error updating deployment: Cannot update parameters because parameter schema enforcement is enabled and \
             the deployment does not have a valid parameter schema."
                .to_owned(),
        ));
    };
    json_schema::validate(&Value::Object(parameters.clone()), schema, Reading::default()).map_err(|unfit| match unfit {
        SchemaError::Misfit(text) => Refusal::Conflict(format!("Error creating flow run: {text}")),
        no_schema => Refusal::Invalid(no_schema.to_string()),
    })
}

async fn check_job_variables(tx: &mut Tx, deployment: &Deployment, own: Option<&Map<String, Value>>) -> Decided<()> {
    let Some(name) = &deployment.work_pool_name else { return Ok(()) };
    let Some(pool) = work_pools::by_name(tx, name).await? else { return Ok(()) };
    let layers: Vec<&Map<String, Value>> = [Some(&deployment.job_variables), own].into_iter().flatten().collect();
    job_variables::check(tx, &pool.base_job_template, &layers, Stage::Run, "Error creating flow run").await
}
