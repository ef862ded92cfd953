//! `/flows`.

use domain::FlowId;
use domain::filter::Page;
use domain::flows::{Flow, FlowCreate, FlowSort, FlowUpdate};

use crate::{Client, Result, segment};

/// Creates the flow, or returns the one of that name.
pub async fn create(client: &Client, flow: &FlowCreate) -> Result<Flow> {
    client.post("/flows/", flow).await
}

/// The flow, if it exists.
pub async fn read(client: &Client, id: FlowId) -> Result<Option<Flow>> {
    client.get(&format!("/flows/{id}")).await
}

/// The flow of that name, if it exists.
pub async fn by_name(client: &Client, name: &str) -> Result<Option<Flow>> {
    client.get(&format!("/flows/name/{}", segment(name))).await
}

/// Flows that fit.
pub async fn filter(client: &Client, page: &Page<FlowSort>) -> Result<Vec<Flow>> {
    client.post("/flows/filter", page).await
}

/// How many flows fit.
pub async fn count(client: &Client, page: &Page<FlowSort>) -> Result<i64> {
    client.post("/flows/count", page).await
}

/// Changes the tags.
pub async fn update(client: &Client, id: FlowId, update: &FlowUpdate) -> Result<()> {
    client.patch(&format!("/flows/{id}"), update).await
}

/// Deletes the flow with its runs and deployments.
pub async fn delete(client: &Client, id: FlowId) -> Result<()> {
    client.delete(&format!("/flows/{id}")).await
}
