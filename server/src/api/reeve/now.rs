//! `GET /api/reeve/now`: the dashboard's first page.

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use domain::Timestamp;
use domain::pages::{FlowRunRow, Held, NowPage, WorkPoolRow};
use domain::reason::short_of;
use store::{Tx, deployments, flow_runs, work_pools};

use super::rows;
use crate::api::caller::Caller;
use crate::api::error::Result;
use crate::app_state::{AppState, Policy};

/// Rows of the lists of trouble and of what runs.
const MOST_ROWS: i64 = 50;

/// Runs that have ended.
const MOST_RECENT: i64 = 20;

/// Planned runs.
const MOST_UPCOMING: i64 = 10;

/// More pools than anybody has.
const MOST_POOLS: i64 = 200;

/// Routes below `/api/reeve`.
pub fn routes() -> Router<AppState> {
    Router::new().route("/now", get(read))
}

async fn read(State(app): State<AppState>, caller: Caller) -> Result {
    Ok(caller.ok(&page(&mut app.store.read().await?, &app.policy, app.clock.now()).await?))
}

async fn page(tx: &mut Tx, policy: &Policy, now: Timestamp) -> store::Result<NowPage> {
    let ids = flow_runs::failing_deployments(tx, MOST_ROWS).await?;
    let mut failing = deployments::by_ids(tx, &ids).await?;
    failing.sort_by_key(|deployment| ids.iter().position(|id| *id == deployment.id));
    let failing = rows::of_deployments(tx, failing, policy, now).await?;
    let late = flow_runs::late(tx, MOST_ROWS, now).await?;
    let running = flow_runs::active(tx, MOST_ROWS, now).await?;
    let recent = flow_runs::ended(tx, MOST_RECENT, now).await?;
    let upcoming = flow_runs::upcoming(tx, MOST_UPCOMING, now).await?;
    let lengths = [late.len(), running.len(), recent.len()];
    // The names of all of them in one statement; then each list has its stretch.
    let mut named = flow_runs::with_names(tx, [late, running, recent, upcoming].concat()).await?.into_iter();
    let [late, running, recent] = lengths.map(|length| named.by_ref().take(length).collect());
    let pools = work_pools::filter(tx, None, MOST_POOLS, 0).await?;
    let work_pools = rows::of_work_pools(tx, pools, policy, now).await?;
    let late: Vec<FlowRunRow> = late;
    Ok(NowPage {
        held: held(&late, &work_pools),
        failing,
        late,
        running,
        recent,
        upcoming: named.collect(),
        work_pools,
        now,
    })
}

/// What the late runs wait for, the reason that most have first.
fn held(late: &[FlowRunRow], pools: &[WorkPoolRow]) -> Vec<Held> {
    let mut all: Vec<Held> = Vec::new();
    for row in late {
        let run = &row.flow_run;
        let pool = pools.iter().find(|row| Some(row.work_pool.id) == run.work_pool_id);
        let waiting = pool.map(|row| rows::waiting(row, false));
        let words = short_of(run.state_name.as_deref(), run.work_pool_name.as_deref(), waiting.as_ref());
        let path = match &run.work_pool_name {
            Some(pool) => format!("/runs?state=late&pool={}", client::segment(pool)),
            None => "/runs?state=late".to_owned(),
        };
        match all.iter_mut().find(|held| held.words == words) {
            Some(held) => held.runs += 1,
            None => all.push(Held { words, runs: 1, path }),
        }
    }
    all.sort_by_key(|held| -held.runs);
    all
}
