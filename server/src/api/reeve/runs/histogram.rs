//! How many runs there were when, by their state: a bar for each part of the time that is asked for.

use domain::Timestamp;
use domain::history::{HistoryBucket, HistoryRange};
use domain::language::tr;
use domain::look;
use domain::run_filter::{self, Key, Token, instant};
use domain::sheet::{Bar, Bars, Part, Sheet};
use domain::words;
use store::{Tx, flow_runs};

/// Seconds that a bar may stand for.
const STEPS: [i64; 17] = [
    60,
    120,
    300,
    600,
    900,
    1800,
    3600,
    7200,
    10_800,
    21_600,
    43_200,
    DAY,
    2 * DAY,
    7 * DAY,
    28 * DAY,
    91 * DAY,
    364 * DAY,
];

/// Bars of one picture: so many stay wide enough to be chosen.
const BARS: i64 = 30;

/// Seconds of a day.
const DAY: i64 = 86_400;

/// Ranges that are offered.
const RANGES: [(&str, &str); 3] = [("-24h", "24 h"), ("-7d", "7 d"), ("-30d", "30 d")];

/// Marks from the bottom up: what is in trouble stands on the ground, where it can be compared.
const ORDER: [&str; 9] =
    ["failed", "crashed", "late", "cancelled", "paused", "running", "pending", "scheduled", "completed"];

/// The sheet with the ranges and the picture below what it has.
pub async fn below(tx: &mut Tx, sheet: Sheet, tokens: &[Token], now: Timestamp) -> store::Result<Sheet> {
    let (from, to) = range(tokens, now);
    let step = step(to.micros() - from.micros());
    let down = |at: Timestamp| at.micros().div_euclid(step) * step;
    let range = HistoryRange {
        history_start: Timestamp::from_micros(down(from)),
        history_end: Timestamp::from_micros(down(Timestamp::from_micros(to.micros() - 1)) + step),
        history_interval_seconds: step as f64 / 1e6,
        filters: run_filter::filters(tokens, now),
    };
    let found = flow_runs::history(tx, &range, now).await?;
    let mut sums = vec![0; ORDER.len()];
    let bars = found.iter().map(|bucket| bar(bucket, tokens, &mut sums)).collect();
    let short = |at: Timestamp| at.utc().format("%m-%d %H:%M").to_string();
    let caption = domain::say!(
        "{} due from {} to {} UTC: {}",
        words::count(sums.iter().sum(), "run"),
        short(range.history_start),
        short(range.history_end),
        told(&sums)
    );
    Ok(sheet.with(ranges(tokens)).with(Part::Bars(Bars { told: true, ..Bars::new(caption, bars) })))
}

/// The time that is asked for; a day where it is open.
fn range(tokens: &[Token], now: Timestamp) -> (Timestamp, Timestamp) {
    let at = |key: Key| tokens.iter().find(|token| token.key == key).and_then(|token| instant(&token.value, now));
    let planned = tokens.iter().any(|token| token.key == Key::State && token.value == "scheduled");
    match (at(Key::After), at(Key::Before)) {
        (Some(from), Some(to)) => (from, to.max(from.plus_seconds(60.0))),
        (Some(from), None) if from >= now || planned => (from, from.max(now).plus_seconds(DAY as f64)),
        (Some(from), None) => (from, now),
        (None, Some(to)) => (to.plus_seconds(-DAY as f64), to),
        (None, None) if planned => (now, now.plus_seconds(DAY as f64)),
        (None, None) => (now.plus_seconds(-DAY as f64), now),
    }
}

/// Microseconds of a bar for so many microseconds.
fn step(span: i64) -> i64 {
    let fits = |step: &&i64| span <= **step * 1_000_000 * BARS;
    STEPS.iter().find(fits).or(STEPS.last()).copied().unwrap_or(DAY) * 1_000_000
}

fn bar(bucket: &HistoryBucket, tokens: &[Token], sums: &mut [i64]) -> Bar {
    let mut counts = vec![0; ORDER.len()];
    for state in &bucket.states {
        let mark = look::state(Some(state.state_type), Some(&state.state_name)).mark;
        if let Some(at) = ORDER.iter().position(|known| *known == mark) {
            counts[at] += state.count_runs;
            sums[at] += state.count_runs;
        }
    }
    let at = |at: Timestamp| at.utc().format("%Y-%m-%dT%H:%MZ").to_string();
    let within = [Token::new(Key::After, at(bucket.interval_start)), Token::new(Key::Before, at(bucket.interval_end))];
    let all: i64 = counts.iter().sum();
    let column = ORDER.iter().zip(&counts).filter(|(_, count)| **count > 0).map(|(mark, n)| ((*mark).to_owned(), *n));
    Bar {
        path: run_filter::path(&run_filter::write(&[&without_time(tokens)[..], &within].concat())),
        columns: vec![column.collect()],
        words: domain::say!("{}: {}", words::count(all, "run"), told(&counts)),
        ..Bar::new(bucket.interval_start.utc().format("%m-%d %H:%M").to_string(), all, "completed")
    }
}

/// `3 failed, 12 completed`.
fn told(counts: &[i64]) -> String {
    let some = ORDER.iter().zip(counts).filter(|(_, count)| **count > 0);
    let parts: Vec<String> = some.map(|(mark, count)| format!("{} {}", words::grouped(*count), tr(mark))).collect();
    if parts.is_empty() { tr("none").to_owned() } else { parts.join(tr(", ")) }
}

/// What is asked for at any time.
pub fn without_time(tokens: &[Token]) -> Vec<Token> {
    tokens.iter().filter(|token| !matches!(token.key, Key::After | Key::Before)).cloned().collect()
}

/// The same runs of the last day, week, month.
fn ranges(tokens: &[Token]) -> Part {
    let times = tokens.len() - without_time(tokens).len();
    let has = |value: &str| times == 1 && tokens.contains(&Token::new(Key::After, value));
    let path = |more: &[Token]| run_filter::path(&run_filter::write(&[&without_time(tokens)[..], more].concat()));
    let mut all: Vec<(String, String)> = vec![(path(&[]), tr("Any time").to_owned())];
    all.extend(RANGES.map(|(value, name)| (path(&[Token::new(Key::After, value)]), tr(name).to_owned())));
    let chosen = match times {
        0 => Some(path(&[])),
        _ => RANGES.iter().find(|(value, _)| has(value)).map(|(value, _)| path(&[Token::new(Key::After, *value)])),
    };
    Part::Chips(tr("Time").to_owned(), all, chosen.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_bars_cover_what_is_asked_for() {
        let hours = [(1, 120), (24, 3600), (7 * 24, 21_600), (30 * 24, DAY), (20_000 * 24, 364 * DAY)];
        for (span, seconds) in hours {
            assert_eq!(step(span * 3600 * 1_000_000), seconds * 1_000_000, "{span}");
        }
    }

    #[test]
    fn the_range_is_that_of_the_tokens() {
        let now: Timestamp = "2026-11-28T09:30:00Z".parse().expect("a time");
        let hours = |line: &str| {
            let (from, to) = range(&run_filter::parse(line).tokens, now);
            [from, to].map(|at| (at.seconds_since(now) / 3600.0).round() as i64)
        };
        let cases = [
            ("", [-24, 0]),
            ("after:-7d", [-168, 0]),
            ("before:-24h", [-48, -24]),
            ("after:-3h before:-1h", [-3, -1]),
            ("state:scheduled", [0, 24]),
            ("after:+1h", [1, 25]),
        ];
        for (line, expected) in cases {
            assert_eq!(hours(line), expected, "{line}");
        }
    }
}
