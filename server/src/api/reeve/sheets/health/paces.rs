//! What took how long in the last hour: requests by the family of their routes, the database, the starts of runs.

use std::time::Duration;

use domain::Timestamp;
use domain::language::tr;
use domain::listing::{Cell, ListingRow};
use domain::sheet::{Grid, Part, Sheet, heading, say};
use store::{Tx, flow_runs};

use crate::app_state::AppState;
use crate::paces::{Pace, Paces};
use crate::scheduler::pulse::DATABASE;

/// Seconds that are looked back.
const HOUR: f64 = 3600.0;

/// Starts that are looked at.
const STARTS: i64 = 20_000;

const COLUMNS: [&str; 5] = ["What", "Count", "Half within", "99 of 100 within", "Each minute of the hour"];

/// The tables below what the sheet has.
pub async fn below(tx: &mut Tx, app: &AppState, sheet: Sheet, now: Timestamp) -> store::Result<Sheet> {
    let mut all = app.paces.all(now);
    let database = all.remove(DATABASE);
    let mut rows: Vec<ListingRow> =
        database.iter().map(|pace| row(DATABASE, tr("The database's shortest answer"), pace)).collect();
    let mut families: Vec<(String, Pace)> = all.into_iter().collect();
    families.sort_by(|a, b| b.1.p99.total_cmp(&a.1.p99));
    rows.extend(families.iter().map(|(family, pace)| row(family, family, pace)));
    let sheet = sheet.with(heading("Requests of the last hour"));
    let sheet = match rows.is_empty() {
        true => sheet.with(say("None so far.")),
        false => sheet.with(Grid::part("Requests of the last hour", &COLUMNS, rows)),
    };
    let sheet = sheet.with(heading("Starts of the last hour"));
    Ok(match starts(tx, now).await? {
        Some(pace) => sheet.with(Grid::part(
            "Starts of the last hour",
            &COLUMNS,
            vec![row("starts", tr("From due to started"), &pace)],
        )),
        None => sheet.with(say("No run that a schedule planned has started in the last hour.")),
    })
}

/// How long after their time planned runs started.
async fn starts(tx: &mut Tx, now: Timestamp) -> store::Result<Option<Pace>> {
    let found = flow_runs::starts(tx, now.plus_seconds(-HOUR), STARTS).await?;
    let paces = Paces::default();
    for (due, began) in found {
        paces.note("starts", began, Duration::from_secs_f64(began.seconds_since(due).max(0.0)));
    }
    Ok(paces.all(now).remove("starts"))
}

fn row(id: &str, name: &str, pace: &Pace) -> ListingRow {
    let minutes = pace.minutes.iter().map(|of| of.map_or(0, |ms| (ms * 10.0).ceil() as i64));
    let cells = vec![
        Cell::Text(name.to_owned()),
        Cell::Number(pace.count as i64),
        time(pace.p50),
        time(pace.p99),
        Cell::Spark(minutes.collect()),
    ];
    ListingRow::new(id, cells)
}

/// Milliseconds in words.
fn time(milliseconds: f64) -> Cell {
    Cell::Text(match milliseconds {
        ms if ms < 10.0 => format!("{ms:.1} ms"),
        ms if ms < 1000.0 => format!("{ms:.0} ms"),
        ms => format!("{:.1} s", ms / 1e3),
    })
}

/// The part that says that nothing waits, or what does.
pub fn waiting(depths: &[(&str, i64)]) -> Part {
    let row =
        |(what, count): &(&str, i64)| ListingRow::new(what, vec![Cell::Text((*what).to_owned()), Cell::Number(*count)]);
    Grid::part("What waits", &["Queue", "Waiting"], depths.iter().map(row).collect())
}
