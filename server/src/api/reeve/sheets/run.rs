//! The tabs of a run that are described by data, and what other sheets show of runs.

mod artifacts;
pub mod brief;
mod job;
mod pod;
mod timeline;
pub mod why;

use domain::Timestamp;
use domain::flow_runs::FlowRun;
use domain::language::tr;
use domain::listing::{Cell, ListingRow};
use domain::look;
use domain::pages::FlowRunPage;
use domain::sheet::{Grid, Part, Sheet, say};
use domain::state::StateType;
use store::{Tx, flow_runs};

/// The tab of that name; nothing when there is none.
pub async fn part(tx: &mut Tx, page: &FlowRunPage, name: &str) -> store::Result<Option<Sheet>> {
    let sheet = Sheet::new(page.flow_run.name.clone(), page.now);
    Ok(Some(match name {
        "timeline" => timeline::timeline(tx, sheet, page).await?,
        "why" => why::why(tx, sheet, page).await?,
        "pod" => pod::pod(tx, sheet, page).await?,
        "job" => job::job(tx, sheet, page).await?,
        "artifacts" => artifacts::artifacts(tx, sheet, page).await?,
        "events" => super::events::of_run(tx, sheet, page.flow_run.id, page.now).await?,
        _ => return Ok(None),
    }))
}

/// A state as shape, word and colour.
pub fn state_cell(kind: Option<StateType>, name: Option<&str>) -> Cell {
    let look = look::state(kind, name);
    Cell::State(look.mark.to_owned(), look.word)
}

/// A table of runs at the end of a sheet, or `none` where there are none.
pub async fn runs_table(
    tx: &mut Tx,
    sheet: Sheet,
    caption: &'static str,
    runs: Vec<FlowRun>,
    none: &'static str,
) -> store::Result<Sheet> {
    if runs.is_empty() {
        return Ok(sheet.with(say(none)));
    }
    let named = flow_runs::with_names(tx, runs).await?;
    let rows = named.into_iter().map(|row| {
        let run = row.flow_run;
        let from = match &row.deployment_name {
            Some(name) => {
                let path = format!("/deployments/{}/{}", client::segment(&row.flow_name), client::segment(name));
                Cell::link(path, name.clone())
            }
            None => Cell::Text(row.flow_name.clone()),
        };
        let cells = vec![
            Cell::link(format!("/runs/{}", run.id), run.name.clone()),
            state_cell(run.state_type, run.state_name.as_deref()),
            from,
            Cell::at(run.start_time.or(run.expected_start_time)),
            took(run.start_time, run.end_time),
            Cell::text(run.state.and_then(|state| state.message)),
        ];
        ListingRow::new(run.id, cells)
    });
    let columns = ["Run", "State", "Deployment", "When", "Took", "Why"];
    Ok(sheet.with(Grid::part(caption, &columns, rows.collect())))
}

/// How long something has taken, once it has begun.
pub fn took(from: Option<Timestamp>, to: Option<Timestamp>) -> Cell {
    from.map_or(Cell::Nothing, |from| Cell::Took(from, to))
}

/// Something that is not there, in a sentence that takes the place of a table.
fn nothing(sheet: Sheet, title: &'static str, text: &'static str) -> Sheet {
    sheet.with(Part::Empty(tr(title).to_owned(), tr(text).to_owned(), None))
}
