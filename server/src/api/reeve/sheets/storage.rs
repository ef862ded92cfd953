//! `/storage`: what the database holds, how fast it grows, and what keeps it in bounds.

use domain::listing::{Cell, ListingRow};
use domain::sheet::{Grid, Part, Sheet, fact, heading, say};
use domain::words;
use store::{Backend, Tx, sizes};

use super::Ask;

/// Newest log lines that are looked at for the growth.
const LINES: i64 = 1_000_000;

/// Seconds of a day.
const DAY: f64 = 86_400.0;

/// The page.
pub async fn page(tx: &mut Tx, ask: &Ask<'_>) -> store::Result<Sheet> {
    let backend = tx.backend();
    let whole = sizes::whole(tx).await?;
    let [line, event] = sizes::oldest(tx).await?;
    let lines = sizes::lines_since(tx, ask.now.plus_seconds(-DAY), LINES).await?;
    let more = if lines == LINES { "at least " } else { "" };
    let tables = sizes::tables(tx).await?;
    let row = |size: sizes::Size| {
        let cells = vec![
            Cell::Code(size.table.clone()),
            size.rows.map_or(Cell::Nothing, Cell::Number),
            size.bytes.map_or(Cell::Nothing, |bytes| Cell::Text(words::bytes(bytes))),
        ];
        ListingRow::new(size.table, cells)
    };
    let about = match backend {
        Backend::Sqlite => {
            "SQLite keeps everything in one file. Rows are at most as many as shown; the space of deleted ones is used again."
        }
        Backend::Postgres => "Sizes with their indexes; rows as PostgreSQL estimates them.",
    };
    let columns: &[&str] = match backend {
        Backend::Sqlite => &["Table", "Rows, at most"],
        Backend::Postgres => &["Table", "Rows, about", "Size"],
    };
    Ok(Sheet::new("Storage", ask.now)
        .about(about)
        .with(Part::Facts(vec![
            fact("Database", Cell::Text(format!("{backend:?}"))),
            fact("Size", Cell::Text(words::bytes(whole))),
            fact("Log lines of the last 24 hours", Cell::Text(format!("{more}{}", words::grouped(lines)))),
            fact("Oldest log line", Cell::at(line)),
            fact("Oldest event", Cell::at(event)),
        ]))
        .with(say("Log lines go with their run. Events are deleted when they are older than the server keeps them; runs when somebody deletes them or their flow."))
        .with(heading("Tables"))
        .with(Grid::part("Tables", columns, tables.into_iter().map(row).collect())))
}
