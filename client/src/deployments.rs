//! `/deployments`.

use domain::deployments::{
    Deployment, DeploymentCreate, DeploymentScheduleCreate, DeploymentScheduleUpdate, DeploymentSort, DeploymentUpdate,
};
use domain::filter::Page;
use domain::flow_runs::{DeploymentFlowRunCreate, FlowRun};
use domain::pages::{DeploymentPage, DeploymentsPage};
use domain::{DeploymentId, ScheduleId};
use http::Method;

use crate::{Client, Result, segment};

/// Creates the deployment, or changes what was sent on the one of that flow and name.
pub async fn create(client: &Client, deployment: &DeploymentCreate) -> Result<Deployment> {
    client.post("/deployments/", deployment).await
}

/// The deployment, if it exists.
pub async fn read(client: &Client, id: DeploymentId) -> Result<Option<Deployment>> {
    client.get(&format!("/deployments/{id}")).await
}

/// The deployment `flow/name`, if it exists.
pub async fn by_name(client: &Client, flow: &str, name: &str) -> Result<Option<Deployment>> {
    client.get(&format!("/deployments/name/{}/{}", segment(flow), segment(name))).await
}

/// Deployments that fit, at most 200.
pub async fn filter(client: &Client, page: &Page<DeploymentSort>) -> Result<Vec<Deployment>> {
    client.post("/deployments/filter", page).await
}

/// How many deployments fit.
pub async fn count(client: &Client, page: &Page<DeploymentSort>) -> Result<i64> {
    client.post("/deployments/count", page).await
}

/// The dashboard's list: each deployment with its flow's name, its next run and its last ones.
pub async fn page(client: &Client, page: &Page<DeploymentSort>) -> Result<DeploymentsPage> {
    client.post("/reeve/deployments", page).await
}

/// Changes what was sent.
pub async fn update(client: &Client, id: DeploymentId, update: &DeploymentUpdate) -> Result<()> {
    client.patch(&format!("/deployments/{id}"), update).await
}

/// Deletes the deployment and its planned runs.
pub async fn delete(client: &Client, id: DeploymentId) -> Result<()> {
    client.delete(&format!("/deployments/{id}")).await
}

/// Makes a run, due now unless the body says otherwise.
pub async fn create_flow_run(client: &Client, id: DeploymentId, run: &DeploymentFlowRunCreate) -> Result<FlowRun> {
    client.post(&format!("/deployments/{id}/create_flow_run"), run).await
}

/// Pauses all schedules and takes back their planned runs.
pub async fn pause(client: &Client, id: DeploymentId) -> Result<()> {
    client.send::<()>(Method::POST, &format!("/deployments/{id}/pause_deployment"), None).await
}

/// Lets the schedules plan again.
pub async fn resume(client: &Client, id: DeploymentId) -> Result<()> {
    client.send::<()>(Method::POST, &format!("/deployments/{id}/resume_deployment"), None).await
}

/// Adds schedules.
pub async fn add_schedules(client: &Client, id: DeploymentId, schedules: &[DeploymentScheduleCreate]) -> Result<()> {
    client.send(Method::POST, &format!("/deployments/{id}/schedules"), Some(schedules)).await
}

/// Changes one schedule; its planned runs are made anew.
pub async fn update_schedule(
    client: &Client,
    id: DeploymentId,
    schedule: ScheduleId,
    update: &DeploymentScheduleUpdate,
) -> Result<()> {
    client.patch(&format!("/deployments/{id}/schedules/{schedule}"), update).await
}

/// Turns one schedule on or off.
pub async fn set_schedule_active(client: &Client, id: DeploymentId, schedule: ScheduleId, active: bool) -> Result<()> {
    client.patch(&format!("/deployments/{id}/schedules/{schedule}"), &serde_json::json!({ "active": active })).await
}

/// Deletes one schedule with its planned runs.
pub async fn delete_schedule(client: &Client, id: DeploymentId, schedule: ScheduleId) -> Result<()> {
    client.delete(&format!("/deployments/{id}/schedules/{schedule}")).await
}

/// All that the deployment's page shows, if it exists.
pub async fn page_of(client: &Client, flow: &str, name: &str) -> Result<Option<DeploymentPage>> {
    client.get(&format!("/reeve/deployments/{}/{}", segment(flow), segment(name))).await
}
