//! The run's tasks with a bar each for when they ran, and the subflows they started.

use domain::Timestamp;
use domain::pages::FlowRunPage;
use domain::task_runs::TaskRun;

use crate::components::list::Item;
use crate::components::run_table::run_table;
use crate::components::table::{Column, table};
use crate::components::{state, time};
use crate::element::{El, el, link};
use crate::page::Page;
use crate::{look, words};

const COLUMNS: [Column; 6] = [
    Column::text("State"),
    Column::text("Task"),
    Column::text("When"),
    Column::number("Took"),
    Column::number("Attempts"),
    Column::text("Why"),
];

/// The panel.
pub fn tasks(page: Page<FlowRunPage>) -> El {
    let items = move || {
        page.with(|data| {
            let span = whole(data);
            let item = |run: &TaskRun| {
                let run = run.clone();
                let changed = run.updated.map_or(0, |at| at.micros());
                Item::new(format!("{}{changed}{}", run.id, span.1.micros()), move || table_row(&run, span))
            };
            data.task_runs.iter().map(item).collect()
        })
    };
    let none = move || page.with(|data| data.task_run_count == 0);
    let note = move || page.with(note);
    let subflows = move || {
        let some = page.with(|data| !data.subflow_runs.is_empty());
        some.then(|| run_table("Subflow runs", move || page.with(|data| data.subflow_runs.clone())))
    };
    let heading = move || page.with(|data| !data.subflow_runs.is_empty()).then(|| el("h2").add("Subflow runs"));
    el("div")
        .class("body")
        .add(table("Task runs", &COLUMNS, items).attr("hidden", none))
        .add(note)
        .add(heading)
        .add(subflows)
}

/// Why there are no rows, or fewer than there could be.
fn note(data: &FlowRunPage) -> Option<El> {
    let shown = data.task_runs.len() as i64;
    let text = if data.task_run_count == 0 {
        "No tasks so far. A plain command or image has none.".to_owned()
    } else if shown < data.task_run_count {
        format!("The first {} of {}.", words::grouped(shown), words::count(data.task_run_count, "task run"))
    } else {
        return None;
    };
    Some(el("p").class("faint").add(text))
}

/// From the run's start to its end, or to what is known of it.
fn whole(data: &FlowRunPage) -> (Timestamp, Timestamp) {
    let starts = data.task_runs.iter().filter_map(|task| task.start_time);
    let start = starts.chain(data.flow_run.start_time).min().unwrap_or(data.now);
    (start, data.flow_run.end_time.unwrap_or(data.now))
}

fn table_row(task: &TaskRun, span: (Timestamp, Timestamp)) -> El {
    let message = task.state.as_ref().and_then(|state| state.message.clone()).unwrap_or_default();
    let look = look::state(task.state_type, task.state_name.as_deref());
    let bar = bar(task, span, look.mark);
    let [_, _, _, took, attempts, _] = COLUMNS;
    el("tr")
        .attr("id", format!("task-{}", task.id))
        .add(el("td").add(state::badge(look)))
        .add(el("th").attr("scope", "row").add(link(format!("/task-runs/{}", task.id), task.name.clone())))
        .add(el("td").class("when").add(bar))
        .add(took.cell(time::span(task.start_time, task.end_time)))
        .add(attempts.cell(task.run_count))
        .add(el("td").class("why").attr("title", message.clone()).add(message))
}

/// Where in the run's time the task ran: a hundred units wide, never thinner than one.
fn bar(task: &TaskRun, (start, end): (Timestamp, Timestamp), mark: &'static str) -> Option<El> {
    let began = task.start_time?;
    let all = end.seconds_since(start).max(0.001);
    let place = |at: Timestamp| (at.seconds_since(start) / all * 100.0) as i64;
    let from = place(began).clamp(0, 99);
    let to = task.end_time.map_or(100, place).clamp(from + 1, 100);
    let rect = el("rect")
        .attr("x", from.to_string())
        .attr("y", "0")
        .attr("width", (to - from).to_string())
        .attr("height", "10");
    Some(
        el("svg")
            .class("gantt")
            .attr("viewBox", "0 0 100 10")
            .attr("preserveAspectRatio", "none")
            .attr("aria-hidden", "true")
            .attr("data-state", mark)
            .add(rect),
    )
}
