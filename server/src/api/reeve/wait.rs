//! A worker's long wait: it is answered when there may be something to do.

use std::time::Duration;

use axum::extract::{Path, Query, State};
use serde::Deserialize;
use serde_json::json;

use super::work_pools::existing;
use crate::api::caller::Caller;
use crate::api::error::Result;
use crate::app_state::AppState;

/// Nobody waits longer than this, in seconds: proxies give up on silent connections.
const LONGEST: f64 = 60.0;

/// What the worker has seen, and how long it wants to wait.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Ask {
    seen: Option<u64>,
    /// Seconds.
    timeout: Option<f64>,
    /// Whether the worker has a cluster to ask.
    dry_runs: bool,
}

/// `{"seen": n, "now": the time, "dry_run": null}`, at once when `n` differs from what the worker has seen, else when
/// it changes, there is something to be asked of the worker's cluster (`dry_run` is the question) or the time is over. The count is this process's own: a worker that is new to it is answered at once.
pub async fn wait(
    State(app): State<AppState>,
    caller: Caller,
    Path(name): Path<String>,
    Query(ask): Query<Ask>,
) -> Result {
    let pool = existing(&mut app.store.read().await?, &name).await?;
    let (wakes, mut waking) = (app.live.pool_wakes(pool.id), app.live.pool_wakes(pool.id));
    let timeout = ask.timeout.filter(|seconds| seconds.is_finite()).unwrap_or(LONGEST).clamp(0.0, LONGEST);
    let news = async {
        // The sender lives in `app.live`, so the channel does not close.
        let _ = waking.wait_for(|now| Some(*now) != ask.seen).await;
    };
    let mut asked = app.dry_runs.subscribe();
    let end = tokio::time::sleep(Duration::from_secs_f64(timeout));
    tokio::pin!(news, end);
    let question = loop {
        // Outside of the select, which drops what it does not wait for: a question that is taken must be handed over.
        let question = if ask.dry_runs { app.dry_runs.take(pool.id, &app.clock).await? } else { None };
        if question.is_some() {
            break question;
        }
        tokio::select! {
            () = app.dry_runs.news(&mut asked), if ask.dry_runs => {}
            () = &mut news => break None,
            () = &mut end => break None,
            () = app.stopping.cancelled() => break None,
        }
    };
    let seen = *wakes.borrow();
    Ok(caller.ok(&json!({ "seen": seen, "now": app.clock.now(), "dry_run": question })))
}
