//! `/task-runs/{id}`: one task run with its states, its log, what it was given and what it waited for.

use domain::TaskRunId;
use domain::filter::OptionalIdOps;
use domain::listing::{Cell, ListingRow};
use domain::live::Changed;
use domain::logs::LogFilter;
use domain::look;
use domain::say;
use domain::sheet::{Grid, Part, Sheet, fact, heading, say};
use serde_json::Value;
use store::{Tx, flow_runs, logs, task_run_states, task_runs};

use super::Ask;
use super::run::{state_cell, took};

/// Lines of its log.
const LINES: i64 = 200;

/// The page.
pub async fn one(tx: &mut Tx, ask: &Ask<'_>, id: &str) -> store::Result<Option<Sheet>> {
    let Ok(id) = id.parse::<TaskRunId>() else { return Ok(None) };
    let Some(task) = task_runs::by_id(tx, id, ask.now).await? else { return Ok(None) };
    let mut sheet = Sheet::new(task.name.clone(), ask.now).watching([Changed::TaskRun]);
    if let Some(run) = task.flow_run_id {
        let name = flow_runs::by_id(tx, run, ask.now).await?.map_or_else(|| run.to_string(), |run| run.name);
        sheet = sheet.below("/runs", "Runs").below(format!("/runs/{run}"), name);
        sheet = sheet.below(format!("/runs/{run}/tasks"), "Tasks");
    }
    let said = task.state.as_ref().and_then(|state| state.message.clone()).filter(|text| !text.is_empty());
    let state = state_cell(task.state_type, task.state_name.as_deref());
    let mark = look::state(task.state_type, task.state_name.as_deref()).mark.to_owned();
    sheet = sheet.with(Part::Say(mark, vec![state, said.map_or(Cell::Nothing, Cell::Text)]));
    sheet = sheet.with(Part::Facts(vec![
        fact("Task", Cell::Code(task.task_key.clone())),
        fact("Started", task.start_time.map_or(Cell::Nothing, Cell::Stamp)),
        fact("Took", took(task.start_time, task.end_time)),
        fact("Attempts", Cell::Number(task.run_count)),
        fact("Retries allowed", task.empirical_policy.allowed_retries().map_or(Cell::Nothing, Cell::Number)),
        fact("Cache key", Cell::code(task.cache_key.clone())),
        fact("Tags", if task.tags.is_empty() { Cell::Nothing } else { Cell::Tags(task.tags.clone()) }),
        fact("Id", Cell::Code(id.to_string())),
    ]));
    sheet = sheet.with(heading("States")).with(states(tx, id).await?);
    sheet = inputs(sheet, &task.task_inputs);
    log(tx, sheet, id).await.map(Some)
}

async fn states(tx: &mut Tx, id: TaskRunId) -> store::Result<Part> {
    let mut all = task_run_states::of_run(tx, id).await?;
    all.reverse();
    let rows = all.into_iter().map(|state| {
        let look = look::of(&state);
        let cells = vec![
            Cell::State(look.mark.to_owned(), look.word),
            Cell::Stamp(state.timestamp),
            state.message.map_or(Cell::Nothing, Cell::Lines),
        ];
        ListingRow::new(state.id, cells)
    });
    Ok(Grid::part("States", &["State", "Since", "Message"], rows.collect()))
}

/// The parameters that came from other task runs.
fn inputs(sheet: Sheet, inputs: &serde_json::Map<String, Value>) -> Sheet {
    let mut rows = Vec::new();
    for (name, from) in inputs {
        for (at, one) in from.as_array().into_iter().flatten().enumerate() {
            let kind = one["input_type"].as_str().unwrap_or_default();
            let id = one["id"].as_str().unwrap_or_default();
            let cell = match kind {
                "task_run" => Cell::link(format!("/task-runs/{id}"), "the task run that it came from"),
                _ => Cell::Text(kind.replace('_', " ")),
            };
            rows.push(ListingRow::new(format!("{name}{at}"), vec![Cell::Code(name.clone()), cell]));
        }
    }
    match rows.is_empty() {
        true => sheet,
        false => {
            sheet.with(heading("What it was given")).with(Grid::part("What it was given", &["Parameter", "From"], rows))
        }
    }
}

async fn log(tx: &mut Tx, sheet: Sheet, id: TaskRunId) -> store::Result<Sheet> {
    let of_task = OptionalIdOps { any_: Some(vec![id]), ..OptionalIdOps::default() };
    let filter = LogFilter { task_run_id: Some(of_task), ..LogFilter::default() };
    let lines = logs::filter(tx, Some(&filter), Default::default(), LINES, 0).await?;
    let sheet = sheet.with(heading("Log"));
    if lines.is_empty() {
        return Ok(sheet.with(say("It has logged nothing.")));
    }
    let full = lines.len() as i64 == LINES;
    let rows = lines.into_iter().map(|line| {
        let (mark, letters) = look::level(line.level);
        let mark = match mark {
            "warning" => "late",
            "error" | "critical" => "failed",
            _ => "scheduled",
        };
        let cells = vec![
            Cell::State(mark.to_owned(), letters.to_owned()),
            Cell::Stamp(line.timestamp),
            Cell::Lines(domain::ansi::parse(&line.message).0),
        ];
        ListingRow::new(line.id, cells)
    });
    let sheet = sheet.with(Grid::part("Log", &["Level", "At", "Message"], rows.collect()));
    Ok(if full {
        sheet.with(say(say!("The first {} lines. The run's own log has all of them.", LINES)))
    } else {
        sheet
    })
}
