//! `/health`: whether the server keeps up: its loops, its database, what waits.

mod paces;

use std::time::Instant;

use domain::listing::{Cell, ListingRow};
use domain::say;
use domain::sheet::{Grid, Part, Sheet, fact, heading, say};
use domain::words;
use store::{Tx, events, flow_runs, sizes};

use super::Ask;

/// Late runs that are counted one by one.
const MOST: i64 = 200;

/// A loop whose round takes longer than this, in seconds, is worth a look.
const SLOW: f64 = 5.0;

/// Database answers that take longer than this, in milliseconds, are felt.
const SLUGGISH: u128 = 50;

/// The page.
pub async fn page(tx: &mut Tx, ask: &Ask<'_>) -> store::Result<Sheet> {
    let began = Instant::now();
    ask.app.store.ping().await?;
    let ping = began.elapsed();
    let late = flow_runs::late(tx, MOST, ask.now).await?.len() as i64;
    let behind = events::lateness(tx).await?;
    let loops = ask.app.loops.all();
    let failing: Vec<&str> =
        loops.iter().filter(|(_, fare)| fare.error.is_some() && fare.failures > 0).map(|(name, _)| *name).collect();
    let (mark, words) = match (failing.is_empty(), ping.as_millis() < SLUGGISH, late) {
        (false, ..) => ("failed", say!("Rounds of these loops have failed: {}.", failing.join(", "))),
        (_, false, _) => ("late", say!("The database answers slowly.")),
        (_, _, late) if late > 0 => {
            ("late", say!("{} waiting to be taken; the server itself is well.", words::count(late, "late run")))
        }
        _ => ("completed", say!("All is well.")),
    };
    let depths = sizes::waiting(tx, ask.now).await?;
    let more = if late == MOST { "at least " } else { "" };
    let sheet = Sheet::new("Health", ask.now)
        .about("How this server keeps up. Read the page again for newer numbers; other servers on the same database have their own.")
        .with(Part::Say(mark.to_owned(), vec![Cell::Text(words)]))
        .with(Part::Facts(vec![
            fact("Database answers in", Cell::Text(format!("{:.1} ms", ping.as_secs_f64() * 1e3))),
            fact("Late runs", Cell::link("/runs?state=late", format!("{more}{late}"))),
            fact("Events behind their time", Cell::Text(words::duration(behind.max(0.0)))),
            fact("Why runs wait", Cell::link("/why", "what was decided")),
            fact("Open sockets", Cell::Number(ask.app.sockets.len() as i64)),
        ]))
        .with(heading("What waits"))
        .with(paces::waiting(&depths));
    let sheet = paces::below(tx, ask.app, sheet, ask.now).await?.with(heading("Loops of this process"));
    if loops.is_empty() {
        return Ok(sheet.with(say(
            "No loop has had a round yet. Where several servers share a database, one of them runs most loops.",
        )));
    }
    let row = |(name, fare): (&str, crate::loops::Fare)| {
        let slow = fare.longest.as_secs_f64() >= SLOW;
        let (mark, word) = match (fare.failures, slow) {
            (0, false) => ("completed", "well"),
            (0, true) => ("late", "slow"),
            _ => ("failed", "failures"),
        };
        let milliseconds = |of: std::time::Duration| Cell::Text(format!("{:.1} ms", of.as_secs_f64() * 1e3));
        let cells = vec![
            Cell::Text(name.to_owned()),
            Cell::state(mark, word),
            Cell::at(fare.last),
            milliseconds(fare.took),
            milliseconds(fare.longest),
            Cell::Number(fare.rounds as i64),
            Cell::Number(fare.done as i64),
            Cell::Number(fare.failures as i64),
            fare.error.map_or(Cell::Nothing, Cell::Lines),
        ];
        ListingRow::new(name, cells)
    };
    let columns = ["Loop", "State", "Last round", "Took", "Longest", "Rounds", "Done", "Failed", "Last error"];
    Ok(sheet.with(Grid::part("Loops of this process", &columns, loops.into_iter().map(row).collect())))
}
