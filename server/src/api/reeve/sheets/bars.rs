//! Counts over time as bars.

use domain::Timestamp;
use domain::events::EventFilter;
use domain::say;
use domain::sheet::{Bar, Bars, Part};
use store::Tx;
use store::events::{self, Window};

/// Microseconds of an hour.
const HOUR: i64 = 3_600_000_000;

/// Events that fit, a bar for each of the last hours.
pub async fn by_hour(
    tx: &mut Tx,
    filter: &EventFilter,
    now: Timestamp,
    hours: i64,
    caption: &str,
) -> store::Result<Part> {
    let end = Timestamp::from_micros((now.micros() / HOUR + 1) * HOUR);
    let since = Timestamp::from_micros(end.micros() - hours * HOUR);
    let window = Window { since, until: end };
    let found = events::by_span(tx, filter, window, since, HOUR).await?;
    let count = |nth: i64| found.iter().find(|(at, _)| *at == nth).map_or(0, |(_, count)| *count);
    let bar = |nth: i64| Bar::new(hour(Timestamp::from_micros(since.micros() + nth * HOUR)), count(nth), "running");
    let caption = say!("{} in each of the last {} hours (UTC)", caption, hours);
    Ok(Part::Bars(Bars::new(caption, (0..hours).map(bar).collect())))
}

/// `11-23 17:00`.
pub fn hour(at: Timestamp) -> String {
    at.utc().format("%m-%d %H:%M").to_string()
}
