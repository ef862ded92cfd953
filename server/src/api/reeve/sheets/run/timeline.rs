//! When what ran: the steps of the run and its tasks as bars over its time, with the same in numbers.

use std::collections::BTreeMap;

use domain::Timestamp;
use domain::listing::{Cell, ListingRow};
use domain::look;
use domain::pages::FlowRunPage;
use domain::say;
use domain::sheet::{Grid, Sheet, heading, say};
use domain::task_runs::TaskRun;
use domain::words;
use store::{Tx, task_runs};

use super::super::events::pod_moments;
use super::{nothing, state_cell, took};

/// Tasks with a bar of their own; more are told by what they are runs of.
const BARS: i64 = 500;

/// The most task runs that are looked at.
const MOST: i64 = 20_000;

/// From when to when the bars go.
#[derive(Clone, Copy)]
struct Span {
    from: Timestamp,
    to: Timestamp,
}

impl Span {
    /// Hundredths of the width; what has begun is never thinner than one.
    fn bar(self, from: Timestamp, to: Timestamp, mark: &str) -> Cell {
        let all = self.to.seconds_since(self.from).max(0.001);
        let place = |at: Timestamp| (at.seconds_since(self.from) / all * 100.0) as i64;
        let from = place(from).clamp(0, 99);
        Cell::Bar(from, place(to).clamp(from + 1, 100), mark.to_owned())
    }
}

/// The tab.
pub async fn timeline(tx: &mut Tx, sheet: Sheet, page: &FlowRunPage) -> store::Result<Sheet> {
    let run = &page.flow_run;
    let many = page.task_run_count > BARS;
    let all = match page.task_run_count > page.task_runs.len() as i64 {
        true => task_runs::of_flow_run(tx, run.id, MOST, page.now).await?,
        false => page.task_runs.clone(),
    };
    let first = page.states.first().map(|state| state.timestamp);
    let begun =
        run.start_time.or(run.expected_start_time).into_iter().chain(first.filter(|_| run.start_time.is_none()));
    let starts = all.iter().filter_map(|task| task.start_time);
    let Some(from) = begun.chain(starts).min() else {
        return Ok(nothing(
            sheet,
            "Nothing has happened yet",
            "The run's steps and its tasks appear here with their times.",
        ));
    };
    let claimed = page.states.iter().map(|state| state.timestamp).filter(|at| *at < from).max();
    let span = Span { from: claimed.unwrap_or(from), to: run.end_time.unwrap_or(page.now).max(from) };
    let mut sheet = sheet.with(heading("The run")).with(steps(page, span, pod_moments(tx, run.id, page.now).await?));
    if all.is_empty() {
        return Ok(sheet.with(heading("Tasks")).with(say("No tasks so far. A plain command or image has none.")));
    }
    sheet = sheet.with(heading("Tasks"));
    let columns = ["Task", "State", "When", "Started after", "Took"];
    let rows = match many {
        false => all.iter().map(|task| task_row(task, span, page.now)).collect(),
        true => {
            let words =
                say!("{} are told by the task that they are runs of.", words::count(page.task_run_count, "task run"));
            sheet = sheet.with(say(words));
            together(&all, span, page.now)
        }
    };
    Ok(sheet.with(Grid::part("Tasks", &columns, rows)))
}

/// The states of the run and what its pod did, in the order in which they happened.
fn steps(page: &FlowRunPage, span: Span, moments: Vec<(Timestamp, String, String)>) -> domain::sheet::Part {
    let ends = page.states.iter().skip(1).map(|state| Some(state.timestamp)).chain([None]);
    let mut rows: Vec<(Timestamp, ListingRow)> = Vec::new();
    for (state, until) in page.states.iter().zip(ends) {
        let look = look::of(state);
        let to = until.unwrap_or(if state.is_terminal() { state.timestamp } else { page.now });
        let lasted = if state.is_terminal() { Cell::Nothing } else { Cell::Took(state.timestamp, until) };
        let cells = vec![
            Cell::State(look.mark.to_owned(), look.word),
            span.bar(state.timestamp.max(span.from), to, look.mark),
            Cell::Stamp(state.timestamp),
            lasted,
            Cell::text(state.message.clone()),
        ];
        rows.push((state.timestamp, ListingRow::new(state.id, cells)));
    }
    for (at, name, message) in moments {
        let cells = vec![
            Cell::Code(name.clone()),
            span.bar(at.max(span.from), at, "pending"),
            Cell::Stamp(at),
            Cell::Nothing,
            Cell::text(Some(message)),
        ];
        rows.push((at, ListingRow::new(format!("{name}{}", at.micros()), cells)));
    }
    rows.sort_by_key(|(at, _)| *at);
    let columns = ["Step", "When", "At", "Lasted", "What was said"];
    Grid::part("Steps of the run", &columns, rows.into_iter().map(|(_, row)| row).collect())
}

fn task_row(task: &TaskRun, span: Span, now: Timestamp) -> ListingRow {
    let mark = look::state(task.state_type, task.state_name.as_deref()).mark;
    let bar = task.start_time.map_or(Cell::Nothing, |from| span.bar(from, task.end_time.unwrap_or(now), mark));
    let after = task.start_time.map(|at| words::duration(at.seconds_since(span.from)));
    let cells = vec![
        Cell::link(format!("/task-runs/{}", task.id), task.name.clone()),
        state_cell(task.state_type, task.state_name.as_deref()),
        bar,
        Cell::text(after),
        took(task.start_time, task.end_time),
    ];
    ListingRow::new(task.id, cells)
}

/// One row for all runs of a task: from the first start to the last end, and how they went.
fn together(all: &[TaskRun], span: Span, now: Timestamp) -> Vec<ListingRow> {
    let mut groups: BTreeMap<&str, Vec<&TaskRun>> = BTreeMap::new();
    for task in all {
        groups.entry(&task.task_key).or_default().push(task);
    }
    let row = |(key, tasks): (&str, Vec<&TaskRun>)| {
        let start = tasks.iter().filter_map(|task| task.start_time).min();
        let end = tasks.iter().map(|task| task.end_time.or(task.start_time.map(|_| now))).max().flatten();
        let mut states: BTreeMap<&str, i64> = BTreeMap::new();
        for task in &tasks {
            *states.entry(look::state(task.state_type, task.state_name.as_deref()).mark).or_default() += 1;
        }
        let worst = ["crashed", "failed", "running", "cancelled"].into_iter().find(|mark| states.contains_key(mark));
        let counts: Vec<String> =
            states.iter().map(|(mark, count)| format!("{} {mark}", words::grouped(*count))).collect();
        let cells = vec![
            Cell::Text(format!("{key} × {}", words::grouped(tasks.len() as i64))),
            Cell::State(worst.unwrap_or("completed").to_owned(), counts.join(", ")),
            start.zip(end).map_or(Cell::Nothing, |(from, to)| span.bar(from, to, worst.unwrap_or("completed"))),
            Cell::text(start.map(|at| words::duration(at.seconds_since(span.from)))),
            took(start, end),
        ];
        ListingRow::new(key, cells)
    };
    groups.into_iter().map(row).collect()
}
