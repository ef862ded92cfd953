//! Creating the Job of a run, for as long as it takes to reach the cluster.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use domain::state::{StateCreate, StateType};

use super::board::Board;
use super::jobs::{self, Made, Place};
use crate::backoff::persist;
use crate::error::Trouble;
use crate::output::{INFO, WARNING};
use crate::run::Run;

/// A cluster that answers again within this time is not spoken of.
const QUIET: Duration = Duration::from_secs(2);

/// Creates the Job, or finds it, and enters it on the board. A cluster that cannot be reached is waited for, and that is
/// said on the run.
pub(super) async fn make(run: &Run, place: Place<'_>, board: &Board, manifest: Vec<u8>) -> Result<(), Trouble> {
    let keep_complete = run.is_plain();
    let (began, told) = (Instant::now(), AtomicBool::new(false));
    let ensure = || async {
        // Only an end of the worker would close it.
        let turn = place.cluster.turns.acquire().await;
        let made = jobs::ensure(place, &manifest, keep_complete).await;
        drop(turn);
        if let Err(Trouble::Retry(why)) = &made
            && began.elapsed() >= QUIET
            && !told.swap(true, Ordering::Relaxed)
        {
            wait(run, why).await;
        }
        made
    };
    let what = match persist("create the Job", &run.worker.stop, ensure).await? {
        Made::Created(made) => {
            board.enter(&made);
            "created."
        }
        Made::Found(found) => {
            board.enter(&found);
            "found: it had been created before."
        }
    };
    run.say(INFO, format!("Job {} {what}", place.pid())).await;
    Ok(())
}

/// Says what the run waits for, in its log and as the message of its state.
async fn wait(run: &Run, why: &str) {
    let reason = format!("The Job cannot be created yet, and is tried again: {why}");
    run.say(WARNING, reason.clone()).await;
    let state = StateCreate::new(StateType::Pending).named("InfrastructurePending").because(reason);
    if let Err(trouble) = run.propose(state, false).await {
        tracing::debug!("flow run {}: {trouble}", run.flow_run.name);
    }
}
