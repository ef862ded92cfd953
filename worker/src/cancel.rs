//! Learning that runs of this worker shall end.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::FlowRunId;
use domain::filter::{Filters, IdOps, Page, StateOps, StateTypeOps};
use domain::flow_runs::{FlowRunFilter, FlowRunSort};
use domain::state::StateType;
use tokio_util::sync::CancellationToken;

use crate::Worker;
use crate::error::{Trouble, WorkerError};

/// How often to look when nothing wakes us.
const EVERY: Duration = Duration::from_secs(4);
/// Between two looks, however often we are woken.
const BETWEEN: Duration = Duration::from_millis(250);
/// A run that is CANCELLED already gets this long to end by itself: Prefect 3 reports the state from
/// inside of the run, a moment before it exits.
const LEAVE: Duration = Duration::from_secs(10);
/// The server's page size.
const PAGE: usize = 200;

/// Tells the runs under way that the server wants to end, until `done` fires.
pub(crate) async fn watch(worker: Arc<Worker>, done: CancellationToken) -> Result<(), WorkerError> {
    let mut wake = worker.wake.follow();
    let mut leaving = HashMap::new();
    loop {
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            Ok(()) = wake.changed() => {}
            () = done.cancelled() => return Ok(()),
        }
        let looked = Instant::now();
        if let Err(trouble) = look(&worker, &mut leaving).await {
            tracing::debug!("cannot look for cancelled runs: {trouble}");
        }
        tokio::time::sleep(BETWEEN.saturating_sub(looked.elapsed())).await;
    }
}

/// Asks once.
async fn look(worker: &Worker, leaving: &mut HashMap<FlowRunId, Instant>) -> Result<(), Trouble> {
    let ids = worker.active.ids();
    leaving.retain(|id, _| ids.contains(id));
    for ids in ids.chunks(PAGE) {
        for run in client::flow_runs::filter(&worker.client, &ending(ids)).await? {
            let since = *leaving.entry(run.id).or_insert_with(Instant::now);
            if run.state_type == Some(StateType::Cancelling) || since.elapsed() >= LEAVE {
                worker.active.cancel(run.id);
            }
        }
    }
    Ok(())
}

/// Those of `ids` that are being cancelled or are CANCELLED.
fn ending(ids: &[FlowRunId]) -> Page<FlowRunSort> {
    let kinds = StateTypeOps { any_: Some(vec![StateType::Cancelling, StateType::Cancelled]), not_any_: None };
    let runs = FlowRunFilter {
        id: Some(IdOps { any_: Some(ids.to_vec()), not_any_: None }),
        state: Some(StateOps { kind: Some(kinds), ..StateOps::default() }),
        ..FlowRunFilter::default()
    };
    Page { filters: Filters { flow_runs: Some(runs), ..Filters::default() }, ..Page::default() }
}
