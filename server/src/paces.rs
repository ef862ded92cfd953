//! How long things took in the last hour, by what they are, minute by minute: in memory, of a size that does not grow.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::Timestamp;

/// Minutes that are remembered.
pub const MINUTES: usize = 60;

/// Kinds of things that are told apart; more are left out.
const MOST_KINDS: usize = 64;

/// Classes of durations: each reaches a fifth further than the one before it, so that a percentile is told to a fifth.
const CLASSES: usize = 80;

/// The end of the first class, in milliseconds.
const FIRST: f64 = 0.1;

/// How much further each class reaches.
const FACTOR: f64 = 1.2;

/// Microseconds of a minute.
const MINUTE: i64 = 60_000_000;

/// What is remembered. Clones share it.
#[derive(Clone, Default)]
pub struct Paces(Arc<Mutex<BTreeMap<String, Hour>>>);

/// One kind of thing: a place for each minute, used again an hour later.
#[derive(Clone)]
struct Hour(Box<[Minute; MINUTES]>);

#[derive(Clone, Copy)]
struct Minute {
    /// Which minute since 1970 it is about.
    nth: i64,
    counts: [u32; CLASSES],
}

/// What the last hour was like.
#[derive(Debug, Clone, PartialEq)]
pub struct Pace {
    pub count: u64,
    /// Half of all took no longer, in milliseconds.
    pub p50: f64,
    /// Of a hundred, ninety-nine took no longer, in milliseconds.
    pub p99: f64,
    /// The same of each minute, the oldest first; nothing where nothing happened.
    pub minutes: Vec<Option<f64>>,
}

impl Paces {
    /// A thing of that kind took so long and has ended at `at`.
    pub fn note(&self, kind: &str, at: Timestamp, took: Duration) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !all.contains_key(kind) {
            if all.len() >= MOST_KINDS {
                return;
            }
            all.insert(kind.to_owned(), Hour(Box::new([Minute { nth: i64::MIN, counts: [0; CLASSES] }; MINUTES])));
        }
        if let Some(hour) = all.get_mut(kind) {
            let nth = at.micros().div_euclid(MINUTE);
            let minute = &mut hour.0[place(nth)];
            if minute.nth != nth {
                *minute = Minute { nth, counts: [0; CLASSES] };
            }
            let count = &mut minute.counts[class(took)];
            *count = count.saturating_add(1);
        }
    }

    /// The hour before `now`, by kind; kinds of which nothing happened are left out.
    pub fn all(&self, now: Timestamp) -> BTreeMap<String, Pace> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let paces = all.iter().filter_map(|(kind, hour)| Some((kind.clone(), hour.pace(now)?)));
        paces.collect()
    }
}

impl Hour {
    fn pace(&self, now: Timestamp) -> Option<Pace> {
        let last = now.micros().div_euclid(MINUTE);
        let minutes = (last - MINUTES as i64 + 1..=last).map(|nth| {
            let minute = &self.0[place(nth)];
            if minute.nth == nth { minute.counts } else { [0; CLASSES] }
        });
        let minutes: Vec<[u32; CLASSES]> = minutes.collect();
        let mut sums = [0; CLASSES];
        for counts in &minutes {
            sums.iter_mut().zip(counts).for_each(|(sum, count)| *sum += u64::from(*count));
        }
        let wide = |counts: &[u32; CLASSES]| percentile(&counts.map(u64::from), 0.99);
        Some(Pace {
            count: sums.iter().sum(),
            p50: percentile(&sums, 0.5)?,
            p99: percentile(&sums, 0.99)?,
            minutes: minutes.iter().map(wide).collect(),
        })
    }
}

fn place(nth: i64) -> usize {
    nth.rem_euclid(MINUTES as i64) as usize
}

/// The class of a duration; the last one has no end.
fn class(took: Duration) -> usize {
    let milliseconds = took.as_secs_f64() * 1e3;
    let nth = (milliseconds.max(FIRST) / FIRST).log(FACTOR).ceil();
    (nth as usize).min(CLASSES - 1)
}

/// The end of the class that the part of all things lies in or before, in milliseconds.
fn percentile(counts: &[u64; CLASSES], part: f64) -> Option<f64> {
    let all: u64 = counts.iter().sum();
    let wanted = ((all as f64 * part).ceil() as u64).max(1);
    let mut seen = 0;
    let class = counts.iter().position(|count| {
        seen += count;
        seen >= wanted
    })?;
    Some(FIRST * FACTOR.powi(class as i32))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(1_700_000_000_000_000 + seconds * 1_000_000)
    }

    #[test]
    fn percentiles_are_told_to_a_fifth() {
        let paces = Paces::default();
        for n in 1..=1000 {
            paces.note("a", at(0), Duration::from_micros(n * 100));
        }
        let pace = &paces.all(at(30))["a"];
        assert_eq!(pace.count, 1000);
        assert!((50.0..60.0).contains(&pace.p50), "{pace:?}");
        assert!((99.0..119.0).contains(&pace.p99), "{pace:?}");
    }

    #[test]
    fn an_hour_is_remembered_minute_by_minute() {
        let paces = Paces::default();
        paces.note("a", at(0), Duration::from_millis(5));
        paces.note("a", at(60), Duration::from_secs(100_000));
        let pace = &paces.all(at(60))["a"];
        assert_eq!(pace.minutes.iter().flatten().count(), 2);
        assert!(pace.minutes[58].expect("a minute") < pace.minutes[59].expect("a minute"));
        assert_eq!(paces.all(at(3600))["a"].count, 1, "the first minute is over");
        assert_eq!(paces.all(at(3660)).len(), 0);
        paces.note("a", at(3600), Duration::ZERO);
        assert_eq!(paces.all(at(3600))["a"].count, 2, "its place is used again");
    }

    #[test]
    fn kinds_are_bounded() {
        let paces = Paces::default();
        for n in 0..1000 {
            paces.note(&n.to_string(), at(0), Duration::ZERO);
        }
        assert_eq!(paces.all(at(0)).len(), MOST_KINDS);
    }
}
