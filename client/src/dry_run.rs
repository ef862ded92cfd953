//! `/reeve/dry_run`: whether the cluster would take a Job.

use domain::Uuid;
use domain::dry_run::{DryRun, DryRunCreate};
use http::Method;

use crate::{Client, Result};

/// Asks the cluster through a worker; that takes a few seconds at most.
pub async fn create(client: &Client, ask: &DryRunCreate) -> Result<DryRun> {
    client.post("/reeve/dry_run", ask).await
}

/// A worker's answer to a question.
pub async fn answer(client: &Client, question: Uuid, answer: &DryRun) -> Result<()> {
    client.send(Method::POST, &format!("/reeve/dry_run/{question}"), Some(answer)).await
}
