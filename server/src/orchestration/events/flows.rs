//! `prefect.flow.created`, `….updated`, `….deleted`.

use domain::Timestamp;
use domain::flows::Flow;
use serde_json::json;
use store::{Result, Tx};

use super::super::after_commit::AfterCommit;
use super::{Deed, emit, lifecycle};

/// Tells what was done to the flow. The caller commits, then tells what is in `after`.
pub async fn tell(tx: &mut Tx, deed: Deed, flow: &Flow, now: Timestamp, after: &mut AfterCommit) -> Result<()> {
    let payload = json!({ "name": flow.name, "tags": flow.tags, "labels": flow.labels });
    emit(tx, lifecycle("flow", deed, flow.id.0, &flow.name, payload, now), now, after).await
}
