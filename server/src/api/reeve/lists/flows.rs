//! Flows: where their runs are, and how many deployments each has.

use client::segment;
use domain::filter::{Filters, NameOps, Page};
use domain::flows::{FlowFilter, FlowSort};
use domain::listing::{Cell, ListingRow};
use store::{Tx, flows};

use super::{Ask, Rows};

/// By name.
pub async fn rows(tx: &mut Tx, ask: &Ask) -> store::Result<Rows> {
    let name = ask.q.clone().map(|q| NameOps { like_: Some(q), ..NameOps::default() });
    let filters = Filters { flows: Some(FlowFilter { name, ..FlowFilter::default() }), ..Filters::default() };
    let page = Page { filters, sort: Some(FlowSort::NameAsc), ..Page::default() };
    let found = flows::filter(tx, &page, ask.limit, ask.offset).await?;
    let ids: Vec<_> = found.iter().map(|flow| flow.id).collect();
    let deployments = if ids.is_empty() { Default::default() } else { flows::count_deployments(tx, &ids).await? };
    let row = |flow: domain::flows::Flow| ListingRow {
        id: flow.id.to_string(),
        cells: vec![
            Cell::Link(format!("/runs?flow={}", segment(&flow.name)), flow.name.clone()),
            match deployments.get(&flow.id).copied().unwrap_or(0) {
                0 => Cell::Nothing,
                count => Cell::Link(format!("/deployments?q={}", segment(&flow.name)), count.to_string()),
            },
            Cell::Tags(flow.tags),
            Cell::at(flow.created),
        ],
    };
    Ok((found.into_iter().map(row).collect(), flows::count(tx, &page.filters).await?))
}
