//! Counting by time: the spans that a range falls into, counted from one instant before all events.

use domain::Timestamp;
use domain::events::{Countable, EventCount, EventCounting, TimeUnit};
use store::events::Window;

/// A Monday before the first event of any Prefect server: 2024-04-01, in seconds since 1970.
const PIVOT: i64 = 1_711_929_600;

/// The most spans of an answer.
const MOST: f64 = 1000.0;

/// Spans of equal length.
#[derive(Debug, Clone, PartialEq)]
pub struct Spans {
    /// Where they are counted from.
    pub pivot: Timestamp,
    /// The length of each.
    pub micros: i64,
    first: i64,
    until: Timestamp,
}

/// The spans of the question, or why there are too many.
pub fn of(asked: &EventCounting, countable: Countable, window: Window, now: Timestamp) -> Result<Spans, String> {
    let (unit, interval) = match countable {
        Countable::Day => (TimeUnit::Day, 1.0),
        _ => (asked.time_unit, asked.time_interval),
    };
    let range = (window.until.micros() - window.since.micros()) as f64;
    let spans = (range / (asked.time_unit.micros() as f64 * asked.time_interval)).ceil();
    if spans > MOST {
        return Err(format!(
            "The given interval would create {spans} buckets, which is too many. Please increase the interval or reduce \
             the time range to produce {MOST} buckets or fewer."
        ));
    }
    let micros = ((unit.micros() as f64 * interval) as i64).max(1);
    let pivot = Timestamp::from_micros(PIVOT * 1_000_000);
    let first = (window.since.micros() - pivot.micros()).div_euclid(micros);
    // What has not happened yet ends with the unit that now is in.
    let end_of_now = pivot.micros() + ((now.micros() - pivot.micros()).div_euclid(unit.micros()) + 1) * unit.micros();
    let until = if window.until > now { Timestamp::from_micros(end_of_now) } else { window.until };
    Ok(Spans { pivot, micros, first, until })
}

impl Spans {
    /// Each span with its count; `found` are pairs of a span's number from the pivot and its count.
    pub fn filled(&self, found: &[(i64, i64)]) -> Vec<EventCount> {
        let start_of = |nth: i64| self.pivot.micros() + nth * self.micros;
        let spans = (self.first..).take_while(|nth| start_of(*nth) < self.until.micros());
        let count_of = |nth: i64| found.iter().find(|(at, _)| *at == nth).map_or(0, |(_, count)| *count);
        spans
            .map(|nth| {
                let start = Timestamp::from_micros(start_of(nth));
                EventCount {
                    value: (nth - self.first).to_string(),
                    label: start.to_rfc3339().replace('Z', "+00:00"),
                    count: count_of(nth),
                    start_time: start,
                    end_time: Timestamp::from_micros(start_of(nth + 1) - 1),
                }
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a datetime")
    }

    fn asked(unit: TimeUnit, interval: f64) -> EventCounting {
        EventCounting { filter: Default::default(), time_unit: unit, time_interval: interval }
    }

    #[test]
    fn spans_begin_at_whole_units_and_empty_ones_are_there() {
        let window = Window { since: at("2026-11-23T10:30:00Z"), until: at("2026-11-23T13:15:00Z") };
        let spans = of(&asked(TimeUnit::Hour, 1.0), Countable::Time, window, at("2026-11-23T20:00:00Z")).expect("few");
        let first = (at("2026-11-23T10:00:00Z").micros() - spans.pivot.micros()) / 3_600_000_000;
        let counts = spans.filled(&[(first + 1, 7)]);
        let short: Vec<_> =
            counts.iter().map(|count| (count.value.as_str(), count.label.as_str(), count.count)).collect();
        assert_eq!(
            short,
            [
                ("0", "2026-11-23T10:00:00+00:00", 0),
                ("1", "2026-11-23T11:00:00+00:00", 7),
                ("2", "2026-11-23T12:00:00+00:00", 0),
                ("3", "2026-11-23T13:00:00+00:00", 0),
            ]
        );
        assert_eq!(counts[0].end_time, at("2026-11-23T10:59:59.999999Z"));
    }

    #[test]
    fn too_many_spans_are_refused() {
        let window = Window { since: at("2026-05-27T00:00:00Z"), until: at("2026-11-23T17:44:57Z") };
        let error = of(&asked(TimeUnit::Hour, 1.0), Countable::Event, window, at("2026-11-23T17:44:57Z"));
        let text = error.expect_err("4338 hours");
        assert!(text.starts_with("The given interval would create 4338 buckets, which is too many."), "{text}");
        assert!(of(&asked(TimeUnit::Day, 0.001), Countable::Event, window, window.until).is_err());
    }
}
