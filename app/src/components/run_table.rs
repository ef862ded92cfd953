//! Runs in rows of 32 pixels: state, name, where from, when, how long, why.

use domain::flow_runs::FlowRun;
use domain::pages::FlowRunRow;
use domain::state::StateType;
use leptos::prelude::*;

use super::list::Item;
use super::table::{Column, table};
use super::{state, tags, time};
use crate::element::{El, IntoNode, el, link, many};
use crate::{routes, words};

const TOOK: Column = Column::number("Took");
const COLUMNS: [Column; 7] = [
    Column::text("State"),
    Column::text("Run"),
    Column::text("Deployment"),
    Column::number("When"),
    TOOK,
    Column::text("Why"),
    Column::text("Tags"),
];

/// A table of the rows of `each`, which is followed.
pub fn run_table(caption: &'static str, each: impl Fn() -> Vec<FlowRunRow> + Send + Sync + 'static) -> El {
    with_choice(caption, |_| None, None, each)
}

/// The same with something before each run's state, such as a box to choose it; `shown` is the id of the run that is
/// shown elsewhere on the page.
pub fn with_choice(
    caption: &'static str,
    choice: impl Fn(&FlowRun) -> Option<El> + Copy + Send + Sync + 'static,
    shown: Option<Memo<String>>,
    each: impl Fn() -> Vec<FlowRunRow> + Send + Sync + 'static,
) -> El {
    let item = move |row: FlowRunRow| {
        let changed = row.flow_run.updated.map_or(0, |at| at.micros());
        Item::new(format!("{}{changed}", row.flow_run.id), move || table_row(&row, choice(&row.flow_run), shown))
    };
    table(caption, &COLUMNS, move || each().into_iter().map(item).collect()).class("runs")
}

fn table_row(row: &FlowRunRow, choice: Option<El>, shown: Option<Memo<String>>) -> El {
    let run = &row.flow_run;
    let id = run.id.to_string();
    let is_shown = move || shown.is_some_and(|shown| shown.with(|shown| *shown == id)).then_some("true");
    let name =
        link(routes::flow_run(run.id), run.name.clone()).attr("data-row-link", "").attr("aria-current", is_shown);
    el("tr")
        .add(el("td").add(choice).add(state::of_run(run)))
        .add(el("th").attr("scope", "row").add(name))
        .add(el("td").add(origin(&row.flow_name, row.deployment_name.as_deref())))
        .add(el("td").class("number").add(when(run)))
        .add(TOOK.cell(run.start_time.map(|_| time::span(run.start_time, run.end_time))))
        .add(el("td").class("why").attr("title", reason(run)).add(reason(run)))
        .add(el("td").class("tags").add(tags::tags(routes::FLOW_RUNS, &own_tags(run))))
}

/// The tags that somebody gave; every run of a schedule has this one, which says nothing in a list.
pub fn own_tags(run: &FlowRun) -> Vec<String> {
    run.tags.iter().filter(|tag| *tag != "auto-scheduled").cloned().collect()
}

/// The deployment with its flow, or the flow alone.
pub fn origin(flow: &str, deployment: Option<&str>) -> AnyView {
    match deployment {
        Some(name) => many([
            link(routes::deployment(flow, name), name.to_owned()),
            el("small").class("of").add(" ").add(flow.to_owned()),
        ]),
        None => flow.to_owned().into_node(),
    }
}

/// When it started, or when it is due.
fn when(run: &FlowRun) -> Option<El> {
    let due = run.expected_start_time.or(run.next_scheduled_start_time);
    run.start_time.map(time::ago).or_else(|| due.map(if is_planned(run) { time::due } else { time::ago }))
}

fn is_planned(run: &FlowRun) -> bool {
    run.state_type == Some(StateType::Scheduled)
}

/// The first line of the state's message; that it is planned needs no words.
fn reason(run: &FlowRun) -> String {
    if run.state_name.as_deref() == Some("Scheduled") && run.run_count == 0 {
        return String::new();
    }
    let message = run.state.as_ref().and_then(|state| state.message.as_deref()).unwrap_or_default();
    let first = message.lines().next().unwrap_or_default();
    if first.is_empty() && run.run_count > 1 { words::count(run.run_count, "attempt") } else { first.to_owned() }
}
