//! `GET /api/reeve/everything?q=`: what has a page of its own and a name that holds the text: for the palette.

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use client::segment;
use domain::Timestamp;
use domain::deployments::{DeploymentFilter, DeploymentSort};
use domain::filter::{Filters, LikeOps, NameOps, Page};
use domain::flow_runs::{FlowRunFilter, FlowRunSort};
use domain::listing::{Cell, Listing, ListingRow};
use domain::work_pools::WorkPool;
use serde::Deserialize;
use store::{Tx, deployments, flow_runs, work_pools};

use crate::api::caller::Caller;
use crate::api::error::Result;
use crate::api::query::Asked;
use crate::app_state::AppState;

/// Things of one kind.
const MOST: i64 = 6;

/// Pools are looked through here.
const MOST_POOLS: i64 = 200;

/// Routes below `/api/reeve`.
pub fn routes() -> Router<AppState> {
    Router::new().route("/everything", get(read))
}

/// A part of a name.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Ask {
    q: String,
}

async fn read(State(app): State<AppState>, caller: Caller, Asked(ask): Asked<Ask>) -> Result {
    let (q, now) = (ask.q.trim(), app.clock.now());
    let rows = match q.is_empty() {
        true => Vec::new(),
        false => rows(&mut app.store.read().await?, q, now).await?,
    };
    Ok(caller.ok(&Listing { count: rows.len() as i64, rows, now }))
}

/// Deployments, pools, then runs, the latest first.
async fn rows(tx: &mut Tx, q: &str, now: Timestamp) -> store::Result<Vec<ListingRow>> {
    let q = q.to_owned();
    let row = |kind: &str, path: String, name: String| ListingRow {
        id: path.clone(),
        cells: vec![Cell::Link(path, name), Cell::Text(kind.to_owned())],
    };
    let mut rows = Vec::new();
    let like =
        DeploymentFilter { flow_or_deployment_name: Some(LikeOps { like_: Some(q.clone()) }), ..Default::default() };
    let filters = Filters { deployments: Some(like), ..Filters::default() };
    let page = Page { filters, sort: Some(DeploymentSort::NameAsc), ..Page::default() };
    let found = deployments::filter(tx, &page, MOST, 0).await?;
    let flows: Vec<_> = found.iter().map(|deployment| deployment.flow_id).collect();
    let names = if flows.is_empty() { Default::default() } else { deployments::flow_names(tx, &flows).await? };
    for deployment in found {
        let flow = names.get(&deployment.flow_id).cloned().unwrap_or_default();
        let path = format!("/deployments/{}/{}", segment(&flow), segment(&deployment.name));
        rows.push(row("deployment", path, format!("{flow} / {}", deployment.name)));
    }
    let lower = q.to_lowercase();
    let holds = |pool: &WorkPool| pool.name.to_lowercase().contains(&lower);
    let pools = work_pools::filter(tx, None, MOST_POOLS, 0).await?;
    for pool in pools.into_iter().filter(holds).take(MOST as usize) {
        rows.push(row("pool", format!("/pools/{}", segment(&pool.name)), pool.name));
    }
    let runs =
        FlowRunFilter { name: Some(NameOps { like_: Some(q), ..NameOps::default() }), ..FlowRunFilter::default() };
    let filters = Filters { flow_runs: Some(runs), ..Filters::default() };
    let page = Page { filters, sort: Some(FlowRunSort::ExpectedStartTimeDesc), ..Page::default() };
    for run in flow_runs::filter(tx, &page, MOST, 0, now).await? {
        rows.push(row("run", format!("/runs/{}", run.id), run.name));
    }
    Ok(rows)
}
