//! `/why`: what holds back the runs that wait now, over all pools.

use domain::listing::{Cell, ListingRow};
use domain::live::Changed;
use domain::sheet::Sheet;
use store::{Tx, flow_run_decisions, flow_runs};

use super::Ask;
use super::list::{Noun, table};

/// Decisions older than this many seconds say nothing about now.
const PAST: f64 = 3600.0;

const NOUN: Noun = Noun {
    path: "/why",
    title: "Why runs wait",
    one: "decision",
    what: "When a run is not taken at its time, what was decided about it stands here: that no worker asks, that a pool is paused, that all slots are taken and by whom.",
    command: None,
    search: "",
    columns: &["Run", "Why", "Times", "Since", "Last"],
};

/// The newest first.
pub async fn list(tx: &mut Tx, ask: &Ask<'_>) -> store::Result<Sheet> {
    let since = ask.now.plus_seconds(-PAST);
    let found = flow_run_decisions::of_waiting(tx, since, ask.limit() + 1, ask.offset()).await?;
    let more = found.len() as i64 > ask.limit();
    let ids: Vec<_> = found.iter().map(|decision| decision.flow_run_id).collect();
    let runs = if ids.is_empty() { Vec::new() } else { flow_runs::by_ids(tx, &ids, ask.now).await? };
    let rows = found.into_iter().take(ask.limit() as usize).map(|decision| {
        let id = decision.flow_run_id;
        let name = runs.iter().find(|run| run.id == id).map_or_else(|| id.to_string(), |run| run.name.clone());
        let cells = vec![
            Cell::link(format!("/runs/{id}/why"), name),
            Cell::Lines(decision.words),
            Cell::Number(decision.times),
            Cell::At(decision.first),
            Cell::At(decision.last),
        ];
        ListingRow::new(format!("{id}{}", decision.kind), cells)
    });
    let rows: Vec<ListingRow> = rows.collect();
    let count = ask.offset() + rows.len() as i64 + i64::from(more);
    let sheet = Sheet::new(NOUN.title, ask.now)
        .about("What was decided in the last hour about runs that are due and have not been taken.")
        .watching([Changed::FlowRun, Changed::WorkPool]);
    Ok(table(sheet, &NOUN, ask, rows, count))
}
