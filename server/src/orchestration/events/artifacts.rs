//! `prefect.artifact-collection.…`: what is the newest artifact of a key.

use domain::Timestamp;
use domain::artifacts::ArtifactCollection;
use domain::events::{ROLE, Resource};
use serde_json::json;
use store::{Result, Tx};

use super::super::after_commit::AfterCommit;
use super::{Deed, emit, lifecycle};

/// Tells what became of the key's artifacts. The caller commits, then tells what is in `after`.
pub async fn tell(
    tx: &mut Tx,
    deed: Deed,
    newest: &ArtifactCollection,
    now: Timestamp,
    after: &mut AfterCommit,
) -> Result<()> {
    let payload = json!({
        "key": newest.key, "type": newest.kind, "data": newest.data, "description": newest.description,
    });
    let latest = Resource::of("artifact", newest.latest_id).with(ROLE, "latest");
    let flow_run = newest.flow_run_id.map(|id| Resource::of("flow-run", id).with(ROLE, "flow-run"));
    let task_run = newest.task_run_id.map(|id| Resource::of("task-run", id).with(ROLE, "task-run"));
    let event = lifecycle("artifact-collection", deed, newest.id.0, &newest.key, payload, now);
    emit(tx, event.involving([Some(latest), flow_run, task_run].into_iter().flatten()), now, after).await
}
