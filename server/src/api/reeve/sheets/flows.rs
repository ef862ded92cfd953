//! `/flows`, and one flow with its deployments and its runs.

use client::segment;
use domain::FlowId;
use domain::filter::{Filters, IdOps, NameOps, Page};
use domain::flow_runs::FlowRunSort;
use domain::flows::{Flow, FlowFilter, FlowSort};
use domain::listing::{Act, Cell, ListingRow};
use domain::live::Changed;
use domain::say;
use domain::sheet::{Grid, Part, Sheet, fact, heading, say};
use store::{Tx, deployments, flow_runs, flows};

use super::Ask;
use super::list::{Noun, listed};
use super::run::{runs_table, state_cell};
use crate::api::reeve::rows;

const NOUN: Noun = Noun {
    path: "/flows",
    title: "Flows",
    one: "flow",
    what: "A flow is a function or a command that runs as one thing; it appears with its first run or deployment.",
    command: Some("prefect deploy ./my_flow.py:my_flow --name my-deployment --pool my-pool"),
    search: "Flow",
    columns: &["Name", "Deployments", "Runs", "Tags", "Since"],
};

/// Runs and deployments of one flow.
const MOST: i64 = 50;

/// By name.
pub async fn list(tx: &mut Tx, ask: &Ask<'_>) -> store::Result<Sheet> {
    let name = ask.q().map(|q| NameOps { like_: Some(q.to_owned()), ..NameOps::default() });
    let filters = Filters { flows: Some(FlowFilter { name, ..FlowFilter::default() }), ..Filters::default() };
    let page = Page { filters, sort: Some(FlowSort::NameAsc), ..Page::default() };
    let found = flows::filter(tx, &page, ask.limit(), ask.offset()).await?;
    let ids: Vec<_> = found.iter().map(|flow| flow.id).collect();
    let deployments = if ids.is_empty() { Default::default() } else { flows::count_deployments(tx, &ids).await? };
    let row = |flow: Flow| {
        let deployed = match deployments.get(&flow.id).copied().unwrap_or(0) {
            0 => Cell::Nothing,
            count => Cell::link(format!("/deployments?q={}", segment(&flow.name)), count.to_string()),
        };
        let cells = vec![
            Cell::link(format!("/flows/{}", flow.id), flow.name.clone()),
            deployed,
            Cell::link(format!("/runs?flow={}", segment(&flow.name)), "runs"),
            Cell::Tags(flow.tags),
            Cell::at(flow.created),
        ];
        ListingRow::new(flow.id, cells)
    };
    let count = flows::count(tx, &page.filters).await?;
    Ok(listed(&NOUN, ask, found.into_iter().map(row).collect(), count))
}

/// The flow of that id.
pub async fn one(tx: &mut Tx, ask: &Ask<'_>, id: &str) -> store::Result<Option<Sheet>> {
    let Ok(id) = id.parse::<FlowId>() else { return Ok(None) };
    let Some(flow) = flows::by_id(tx, id).await? else { return Ok(None) };
    let only = FlowFilter { id: Some(IdOps { any_: Some(vec![id]), not_any_: None }), ..FlowFilter::default() };
    let filters = Filters { flows: Some(only), ..Filters::default() };
    let deployed = deployments::filter(tx, &Page { filters: filters.clone(), ..Page::default() }, MOST, 0).await?;
    let deployed = rows::of_deployments(tx, deployed, &ask.app.policy, ask.now).await?;
    let page = Page { filters: filters.clone(), sort: Some(FlowRunSort::ExpectedStartTimeDesc), ..Page::default() };
    let runs = flow_runs::filter(tx, &page, MOST, 0, ask.now).await?;
    let count = flow_runs::count(tx, &filters).await?;
    let all = format!("/runs?flow={}", segment(&flow.name));
    let mut sheet = Sheet::new(flow.name.clone(), ask.now).below("/flows", "Flows").watching([Changed::FlowRun]);
    let delete = Act::new("Delete", "DELETE", format!("/flows/{id}"))
        .asking(say!("Its {} runs and its deployments are deleted with it. This cannot be undone.", count))
        .saying("The flow is deleted")
        .leading("/flows");
    sheet.acts.push(delete);
    sheet = sheet.with(Part::Facts(vec![
        fact("Runs", Cell::link(all, count.to_string())),
        fact("Since", flow.created.map_or(Cell::Nothing, Cell::Stamp)),
        fact("Tags", if flow.tags.is_empty() { Cell::Nothing } else { Cell::Tags(flow.tags.clone()) }),
        fact("Id", Cell::Code(id.to_string())),
    ]));
    sheet = sheet.with(heading("Deployments"));
    sheet = match deployed.is_empty() {
        true => sheet.with(say("It has no deployment: its runs are started by hand.")),
        false => {
            let row = |row: domain::deployments::DeploymentRow| {
                let deployment = row.deployment;
                let path = format!("/deployments/{}/{}", segment(&row.flow_name), segment(&deployment.name));
                let last = row
                    .last_runs
                    .first()
                    .map_or(Cell::Nothing, |run| state_cell(run.state_type, run.state_name.as_deref()));
                let cells = vec![
                    Cell::link(path, deployment.name.clone()),
                    last,
                    Cell::text(Some(row.schedule_words.join("; "))),
                    Cell::at(row.next_run),
                    deployment
                        .work_pool_name
                        .map_or(Cell::Nothing, |pool| Cell::link(format!("/pools/{}", segment(&pool)), pool)),
                ];
                ListingRow::new(deployment.id, cells)
            };
            let columns = ["Name", "Last run", "Schedules", "Next run", "Pool"];
            sheet.with(Grid::part("Deployments", &columns, deployed.into_iter().map(row).collect()))
        }
    };
    sheet = sheet.with(heading("Last runs"));
    Ok(Some(runs_table(tx, sheet, "Last runs", runs, "It has not run yet.").await?))
}
