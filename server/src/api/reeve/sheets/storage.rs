//! `/storage`: what the database holds, how fast it grows, when the disk is full, and what is deleted next.

use std::collections::BTreeMap;
use std::path::Path;

use domain::Timestamp;
use domain::listing::{Cell, ListingRow};
use domain::say;
use domain::sheet::{Grid, Part, Sheet, fact, heading};
use domain::words;
use store::sizes::samples::{self, Sample, WHOLE};
use store::{Backend, Tx, events, sizes};

use super::Ask;
use crate::scheduler::event_vacuum;

/// Newest log lines that are looked at for the growth.
const LINES: i64 = 1_000_000;

/// Seconds of a day.
const DAY: f64 = 86_400.0;

/// Samples that growth is told from, in days.
const LOOK_BACK: f64 = 7.0;

/// Growth is not told from samples that lie closer together, in seconds.
const APART: f64 = 1800.0;

/// Old events that are counted one by one.
const EVENTS: i64 = 1_000_000;

/// The page.
pub async fn page(tx: &mut Tx, ask: &Ask<'_>) -> store::Result<Sheet> {
    let backend = tx.backend();
    let now = samples::measure(tx, ask.now).await?;
    let kept = samples::since(tx, ask.now.plus_seconds(-LOOK_BACK * DAY)).await?;
    let growth = growth(&kept, &now);
    let whole = now.iter().find(|sample| sample.kind == WHOLE).and_then(|sample| sample.bytes).unwrap_or(0);
    let free = samples::file(tx).await?.and_then(|file| free_beside(&file));
    let [line, event] = sizes::oldest(tx).await?;
    let lines = sizes::lines_since(tx, ask.now.plus_seconds(-DAY), LINES).await?;
    let more = if lines == LINES { "at least " } else { "" };
    let about = match backend {
        Backend::Sqlite => {
            "SQLite keeps everything in one file; the space of deleted rows is used again. Rows are at most as many as shown."
        }
        Backend::Postgres => "Sizes with their indexes; rows as PostgreSQL estimates them.",
    };
    let of_whole = growth.get(WHOLE).and_then(|rate| rate.bytes);
    let full = full(free, of_whole, backend);
    let sheet = Sheet::new("Storage", ask.now).about(about).with(Part::Facts(vec![
        fact("Database", Cell::Text(format!("{backend:?}"))),
        fact("Size", Cell::Text(words::bytes(whole))),
        fact("Growth", Cell::Text(of_whole.map_or_else(too_soon, a_day))),
        fact("Free on its disk", free.map_or(Cell::Nothing, |bytes| Cell::Text(words::bytes(bytes)))),
        fact("The disk is full", Cell::Text(full)),
        fact("Log lines of the last 24 hours", Cell::Text(format!("{more}{}", words::grouped(lines)))),
        fact("Oldest log line", Cell::at(line)),
        fact("Oldest event", Cell::at(event)),
    ]));
    let sheet = sheet.with(heading("What is deleted next")).with(next(tx, ask.now).await?);
    let sheet = sheet.with(heading("By kind")).with(kinds(&now, &growth));
    Ok(sheet.with(heading("Tables")).with(tables(tx, backend).await?))
}

/// Bytes and rows that come in a day; negative where they go.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Rate {
    rows: f64,
    bytes: Option<f64>,
}

/// The growth of each kind from the oldest sample until now.
fn growth(kept: &[Sample], now: &[Sample]) -> BTreeMap<String, Rate> {
    let rate = |sample: &Sample| {
        let first = kept.iter().find(|old| old.kind == sample.kind)?;
        let days = sample.taken.seconds_since(first.taken) / DAY;
        let bytes = sample.bytes.zip(first.bytes).map(|(now, then)| (now - then) as f64 / days);
        let rate = Rate { rows: (sample.rows - first.rows) as f64 / days, bytes };
        (days * DAY >= APART).then(|| (sample.kind.clone(), rate))
    };
    now.iter().filter_map(rate).collect()
}

fn too_soon() -> String {
    say!("told once two samples lie half an hour apart; one is taken every hour")
}

fn a_day(bytes: f64) -> String {
    let sign = if bytes < 0.0 { "−" } else { "" };
    say!("{}{} a day", sign, words::bytes(bytes.abs() as i64))
}

/// When the disk is full, in words.
fn full(free: Option<i64>, growth: Option<f64>, backend: Backend) -> String {
    match (free, growth) {
        (Some(free), Some(growth)) if growth >= 1.0 => {
            let days = free as f64 / growth;
            if days > 3650.0 {
                say!("not within ten years at this growth")
            } else {
                format!("in about {days:.0} days at this growth")
            }
        }
        (Some(_), Some(_)) => say!("not at all: the database does not grow"),
        (Some(_), None) => say!("not known before its growth is"),
        (None, _) if backend == Backend::Postgres => say!("not known here: the disk is PostgreSQL's"),
        (None, _) => say!("not known: the system does not tell"),
    }
}

/// Bytes that are free where the file lies.
#[cfg(unix)]
fn free_beside(file: &str) -> Option<i64> {
    let folder = rustix::fs::statvfs(Path::new(file).parent()?).ok()?;
    i64::try_from(folder.f_bavail.checked_mul(folder.f_frsize)?).ok()
}

/// Bytes that are free where the file lies; other systems are not asked.
#[cfg(not(unix))]
fn free_beside(file: &str) -> Option<i64> {
    let _ = Path::new(file);
    None
}

/// What goes by itself, and when.
async fn next(tx: &mut Tx, now: Timestamp) -> store::Result<Part> {
    let old = |days: f64| now.plus_seconds(-event_vacuum::KEPT + days * DAY);
    let within = events::count_before(tx, old(1.0), EVENTS).await?;
    let more = if within == EVENTS { "at least " } else { "" };
    let row = |what: &'static str, when: String, count: String| {
        ListingRow::new(what, vec![Cell::words(what), Cell::Text(when), Cell::Text(count)])
    };
    let days = words::duration(event_vacuum::KEPT);
    let rows = vec![
        row(
            "Events",
            say!("when they are {} old", days),
            say!("{}{} within the next 24 hours", more, words::grouped(within)),
        ),
        row("Samples of the sizes", say!("when they are 30 days old"), say!("a few each hour")),
        row("Log lines, states, task runs", say!("with their run"), say!("none by themselves")),
        row("Runs", say!("when somebody deletes them or their flow"), say!("none by themselves")),
    ];
    Ok(Grid::part("What is deleted next", &["What", "When", "How much"], rows))
}

fn kinds(now: &[Sample], growth: &BTreeMap<String, Rate>) -> Part {
    let mut kinds: Vec<&Sample> = now.iter().filter(|sample| sample.kind != WHOLE).collect();
    kinds.sort_by_key(|sample| std::cmp::Reverse((sample.bytes, sample.rows)));
    // Before there is growth to tell of, it has no columns.
    let columns = ["Kind", "Rows", "Size", "Rows a day", "Growth"];
    let columns = &columns[..if growth.is_empty() { 3 } else { 5 }];
    let row = |sample: &&Sample| {
        let rate = growth.get(&sample.kind);
        let mut cells = vec![
            Cell::Text(domain::language::look_up(&sample.kind).map_or_else(|| sample.kind.clone(), str::to_owned)),
            Cell::Number(sample.rows),
            sample.bytes.map_or(Cell::Nothing, |bytes| Cell::Text(words::bytes(bytes))),
            rate.map_or(Cell::Nothing, |rate| Cell::Number(rate.rows.round() as i64)),
            rate.and_then(|rate| rate.bytes).map_or(Cell::Nothing, |bytes| Cell::Text(a_day(bytes))),
        ];
        cells.truncate(columns.len());
        ListingRow::new(&sample.kind, cells)
    };
    Grid::part("By kind", columns, kinds.iter().map(row).collect())
}

/// Every table; SQLite does not say the bytes of one.
async fn tables(tx: &mut Tx, backend: Backend) -> store::Result<Part> {
    let row = |size: sizes::Size| {
        let mut cells = vec![Cell::Code(size.table.clone()), size.rows.map_or(Cell::Nothing, Cell::Number)];
        if backend == Backend::Postgres {
            cells.push(size.bytes.map_or(Cell::Nothing, |bytes| Cell::Text(words::bytes(bytes))));
        }
        ListingRow::new(size.table, cells)
    };
    let columns: &[&str] = match backend {
        Backend::Sqlite => &["Table", "Rows, at most"],
        Backend::Postgres => &["Table", "Rows, about", "Size"],
    };
    Ok(Grid::part("Tables", columns, sizes::tables(tx).await?.into_iter().map(row).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(hours: f64, bytes: i64) -> Sample {
        let taken = Timestamp::from_micros(0).plus_seconds(hours * 3600.0);
        Sample { taken, kind: WHOLE.to_owned(), rows: bytes / 10, bytes: Some(bytes) }
    }

    #[test]
    fn growth_is_told_from_samples() {
        let kept = [sample(0.0, 1_000), sample(6.0, 9_000)];
        let told = growth(&kept, &[sample(12.0, 2_000)]);
        assert_eq!(told[WHOLE], Rate { rows: 200.0, bytes: Some(2_000.0) });
        assert_eq!(growth(&kept, &[sample(0.1, 2_000)]).len(), 0, "too soon");
        assert_eq!(growth(&[], &[sample(12.0, 2_000)]).len(), 0);
    }

    #[test]
    fn the_end_of_the_disk_is_reckoned() {
        let cases = [
            (Some(1000), Some(100.0), "in about 10 days at this growth"),
            (Some(1000), Some(-5.0), "not at all: the database does not grow"),
            (Some(1000), None, "not known before its growth is"),
            (Some(1 << 50), Some(1.0), "not within ten years at this growth"),
        ];
        for (free, growth, words) in cases {
            assert_eq!(full(free, growth, Backend::Sqlite), words);
        }
        assert_eq!(full(None, Some(1.0), Backend::Postgres), "not known here: the disk is PostgreSQL's");
        assert!(free_beside("/tmp/reeve.db").is_none_or(|bytes| bytes > 0));
    }
}
