//! A run beside the list that it was chosen in: how it stands and why, its facts, the end of its log.

use client::segment;
use domain::FlowRunId;
use domain::language::tr;
use domain::listing::{Act, Cell};
use domain::live::Changed;
use domain::logs::LogLine;
use domain::pages::FlowRunRow;
use domain::sheet::{Part, Sheet, fact, say};
use domain::state::StateType;
use domain::{look, reason};
use serde_json::json;
use store::{Tx, flow_runs, logs};

use super::super::Ask;
use super::{state_cell, took};
use crate::api::reeve::flow_runs::waiting;

/// Lines of the log's end.
const LINES: i64 = 15;

/// The sheet; a run that is not there says so, as the list beside it stays.
pub async fn brief(tx: &mut Tx, ask: &Ask<'_>, id: &str) -> store::Result<Sheet> {
    let found = match id.parse::<FlowRunId>() {
        Ok(id) => flow_runs::by_id(tx, id, ask.now).await?,
        Err(_) => None,
    };
    let Some(row) = flow_runs::with_names(tx, found.into_iter().collect()).await?.pop() else {
        return Ok(Sheet::new(tr("No such run"), ask.now).with(say(tr("It is not here, or not any more."))));
    };
    let id = row.flow_run.id;
    let waiting = waiting(tx, &row.flow_run, &ask.app.policy, ask.now).await?;
    let run = &row.flow_run;
    let mut sheet = Sheet::new(run.name.clone(), ask.now).watching([Changed::FlowRun, Changed::TaskRun]);
    let mark = look::state(run.state_type, run.state_name.as_deref()).mark;
    let why = reason::of_run(run, waiting.as_ref(), ask.now).map(|why| Cell::Text(first_lines(&why)));
    let state = state_cell(run.state_type, run.state_name.as_deref());
    sheet = sheet.with(Part::Say(mark.to_owned(), [state].into_iter().chain(why).collect()));
    sheet = sheet.with(Part::Facts(facts(&row)));
    sheet = sheet.with(Part::Say(String::new(), ways(id)));
    let lines = logs::tail(tx, id, 0, LINES).await?;
    sheet = match lines.is_empty() {
        true => sheet.with(say(tr("No line of its log is here yet."))),
        false => {
            let text = lines.iter().map(line).collect::<Vec<_>>().join("\n");
            sheet.with(Part::Source(tr("The end of its log (UTC)").to_owned(), text))
        }
    };
    Ok(sheet.with(Part::Say(String::new(), acts(&row))))
}

/// A trace of calls has its place on the run's page.
fn first_lines(text: &str) -> String {
    let short: Vec<&str> = text.lines().take(3).collect();
    let short = short.join("\n");
    match short.char_indices().nth(400) {
        Some((end, _)) => format!("{}…", &short[..end]),
        None => short,
    }
}

fn facts(row: &FlowRunRow) -> Vec<(String, Cell)> {
    let run = &row.flow_run;
    let origin = match &row.deployment_name {
        Some(name) => Cell::link(format!("/deployments/{}/{}", segment(&row.flow_name), segment(name)), name.clone()),
        None => Cell::Nothing,
    };
    let pool = run.work_pool_name.as_ref();
    let due = run.expected_start_time.filter(|_| run.start_time.is_none());
    vec![
        fact(tr("Flow"), Cell::link(format!("/flows/{}", run.flow_id), row.flow_name.clone())),
        fact(tr("Deployment"), origin),
        fact(
            tr("Pool"),
            pool.map_or(Cell::Nothing, |pool| Cell::link(format!("/pools/{}", segment(pool)), pool.clone())),
        ),
        fact(tr("Due"), due.map_or(Cell::Nothing, Cell::Stamp)),
        fact(tr("Started"), run.start_time.map_or(Cell::Nothing, Cell::Stamp)),
        fact(tr("Ended"), run.end_time.map_or(Cell::Nothing, Cell::Stamp)),
        fact(tr("Took"), took(run.start_time, run.end_time)),
        fact(tr("Attempt"), if run.run_count > 1 { Cell::Number(run.run_count) } else { Cell::Nothing }),
        fact(tr("Tags"), if run.tags.is_empty() { Cell::Nothing } else { Cell::Tags(run.tags.clone()) }),
    ]
}

/// The parts of the run's own page.
fn ways(id: FlowRunId) -> Vec<Cell> {
    let parts = [
        ("", "Whole log"),
        ("/why", "Why"),
        ("/tasks", "Tasks"),
        ("/timeline", "Timeline"),
        ("/params", "Parameters"),
        ("/pod", "Pod"),
    ];
    parts.into_iter().map(|(part, name)| Cell::link(format!("/runs/{id}{part}"), tr(name))).collect()
}

fn line(line: &LogLine) -> String {
    let at = line.timestamp.utc().format("%H:%M:%S");
    format!("{at} {} {}", look::level(line.level).1, domain::ansi::parse(&line.message).0)
}

/// What can be done with it now.
fn acts(row: &FlowRunRow) -> Vec<Cell> {
    let run = &row.flow_run;
    let set = |label: &'static str, kind: &str, name: &str| {
        let state = json!({ "type": kind, "name": name, "message": "From the list of runs in the dashboard" });
        // Nothing is said afterwards: the server may keep it as it is, and how it stands is shown anew.
        Act::new(tr(label), "POST", format!("/flow_runs/{}/set_state", run.id)).sending(json!({ "state": state }))
    };
    let act = match run.state_type {
        Some(kind) if kind.is_terminal() && run.deployment_id.is_some() => {
            Some(set("Retry", "SCHEDULED", "AwaitingRetry"))
        }
        Some(StateType::Pending | StateType::Running | StateType::Scheduled | StateType::Paused) => {
            Some(set("Cancel", "CANCELLING", "Cancelling").asking(domain::say!("{} is asked to stop.", run.name)))
        }
        _ => None,
    };
    act.into_iter().map(Act::cell).collect()
}
