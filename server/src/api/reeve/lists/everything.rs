//! What has a page of its own and a name that holds the text: for the palette.

use client::segment;
use domain::deployments::{DeploymentFilter, DeploymentSort};
use domain::filter::{Filters, LikeOps, NameOps, Page};
use domain::flow_runs::{FlowRunFilter, FlowRunSort};
use domain::listing::{Cell, ListingRow};
use domain::work_pools::WorkPool;
use store::{Tx, deployments, flow_runs, work_pools};

use super::{Ask, Rows};

/// Things of one kind.
const MOST: i64 = 6;

/// Pools are looked through here.
const MOST_POOLS: i64 = 200;

/// Deployments, pools, then runs, the latest first.
pub async fn rows(tx: &mut Tx, ask: &Ask) -> store::Result<Rows> {
    let Some(q) = ask.q.clone() else { return Ok((Vec::new(), 0)) };
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
    for run in flow_runs::filter(tx, &page, MOST, 0, ask.now).await? {
        rows.push(row("run", format!("/runs/{}", run.id), run.name));
    }
    let count = rows.len() as i64;
    Ok((rows, count))
}
