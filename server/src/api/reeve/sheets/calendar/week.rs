//! What the schedules of deployments will start, summed up by the quarter of an hour.

use std::collections::BTreeMap;

use client::segment;
use domain::Timestamp;
use domain::deployments::Deployment;
use domain::say;
use domain::schedule::{MAX_DATES, describe};

use super::limits::Limit;

/// Microseconds of a quarter of an hour.
pub const QUARTER: i64 = 900_000_000;

/// Quarters of the week ahead.
pub const QUARTERS: i64 = 7 * 24 * 4;

/// A start within the chosen time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Start {
    pub at: Timestamp,
    /// `flow / deployment`, and its page.
    pub name: String,
    pub path: String,
    /// Its schedule in words.
    pub words: String,
}

/// The sums.
#[derive(Default)]
pub struct Week {
    /// Starts of each quarter, by its number from the beginning.
    pub quarters: BTreeMap<i64, i64>,
    pub chosen: Vec<Start>,
    /// Where clocks are changed, in sentences.
    pub clocks: Vec<String>,
    /// Schedules whose later starts are reckoned from their earlier ones.
    pub reckoned: i64,
    pub schedules: i64,
    /// Runs under a limit, by its place.
    spans: BTreeMap<usize, Vec<Span>>,
}

/// A run from its start to its likely end, in microseconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Span {
    from: i64,
    to: i64,
    name: String,
}

/// Runs at the same time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Crowd {
    pub size: i64,
    /// Runs of each deployment.
    pub who: BTreeMap<String, i64>,
}

/// What is asked of the week.
pub struct Asked<'a> {
    pub start: Timestamp,
    /// The beginning of the chosen time and its length in microseconds.
    pub chosen: Option<(Timestamp, i64)>,
    pub limits: &'a [Limit],
}

impl Week {
    /// Adds the schedules of a deployment that are on; `flow` is its flow's name, and its runs last so many seconds.
    pub fn add(&mut self, deployment: &Deployment, flow: &str, seconds: f64, asked: &Asked<'_>) {
        let end = Timestamp::from_micros(asked.start.micros() + QUARTERS * QUARTER);
        let name = format!("{flow} / {}", deployment.name);
        let limits = asked.limits.iter().enumerate().filter(|(_, limit)| limit.binds(deployment));
        let limits: Vec<usize> = limits.map(|(place, _)| place).collect();
        for schedule in deployment.schedules.iter().filter(|schedule| schedule.active) {
            self.schedules += 1;
            let dates = schedule.schedule.next_dates(MAX_DATES, asked.start.utc(), Some(end.utc()));
            let words = describe(&schedule.schedule);
            let mut offset = None;
            for date in &dates {
                let at = Timestamp::new(date.to_utc());
                let nth = (at.micros() - asked.start.micros()) / QUARTER;
                *self.quarters.entry(nth).or_default() += 1;
                for place in &limits {
                    let (from, to) = (at.micros(), at.plus_seconds(seconds).micros());
                    self.spans.entry(*place).or_default().push(Span { from, to, name: name.clone() });
                }
                if asked.chosen.is_some_and(|(from, long)| (0..long).contains(&(at.micros() - from.micros()))) {
                    let path = format!("/deployments/{}/{}", segment(flow), segment(&deployment.name));
                    self.chosen.push(Start { at, name: name.clone(), path, words: words.clone() });
                }
                let here = date.offset().local_minus_utc();
                if let Some(before) = offset.replace(here).filter(|before| *before != here) {
                    self.clock(schedule.schedule.timezone(), at, before, here);
                }
            }
            self.reckon(&dates, asked.start);
        }
    }

    /// The largest crowd of each quarter of an hour under a limit, where it is more than `most`, by the quarter's number
    /// from `start`. Runs are taken to last as long as those before them.
    pub fn crowds(&self, place: usize, most: i64, start: Timestamp) -> BTreeMap<i64, Crowd> {
        let mut spans: Vec<&Span> = self.spans.get(&place).into_iter().flatten().collect();
        spans.sort_by_key(|span| span.from);
        let mut found: BTreeMap<i64, Crowd> = BTreeMap::new();
        let mut now: Vec<&Span> = Vec::new();
        for span in spans {
            now.retain(|other| other.to > span.from);
            now.push(span);
            let size = now.len() as i64;
            let crowd = found.entry((span.from - start.micros()) / QUARTER).or_default();
            if size > most && size > crowd.size {
                crowd.size = size;
                crowd.who = BTreeMap::new();
                for one in &now {
                    *crowd.who.entry(one.name.clone()).or_default() += 1;
                }
            }
        }
        found.retain(|_, crowd| crowd.size > most);
        found
    }

    /// The clocks of a zone were changed between two starts.
    fn clock(&mut self, zone: &str, at: Timestamp, before: i32, now: i32) {
        let minutes = (now - before) / 60;
        let way = if minutes > 0 { "forward" } else { "back" };
        let day = at.plus_seconds(f64::from(now)).utc().format("%Y-%m-%d").to_string();
        let words = say!(
            "Clocks in {} go {} by {} min before {}: times of the night before may be left out or come twice.",
            zone,
            way,
            minutes.abs(),
            day
        );
        if !self.clocks.contains(&words) {
            self.clocks.push(words);
        }
    }

    /// The rest of a week of a schedule that starts too often to be followed to the end.
    fn reckon(&mut self, dates: &[chrono::DateTime<chrono::FixedOffset>], start: Timestamp) {
        let (Some(first), Some(last)) = (dates.first(), dates.last()) else { return };
        let span = last.timestamp_micros() - first.timestamp_micros();
        let nth = (last.timestamp_micros() - start.micros()) / QUARTER;
        if dates.len() < MAX_DATES || span <= 0 || nth + 1 >= QUARTERS {
            return;
        }
        self.reckoned += 1;
        let each = ((dates.len() as i64 - 1) * QUARTER + span / 2) / span;
        // The last quarter that was followed was so only in part.
        let followed =
            dates.iter().filter(|date| (date.timestamp_micros() - start.micros()) / QUARTER == nth).count() as i64;
        *self.quarters.entry(nth).or_default() += (each - followed).max(0);
        for quarter in nth + 1..QUARTERS {
            *self.quarters.entry(quarter).or_default() += each;
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn week(schedule: serde_json::Value, from: &str, limits: &[Limit]) -> Week {
        let deployment = json!({
            "id": domain::Uuid::nil(), "flow_id": domain::Uuid::nil(), "name": "d", "work_pool_name": "p",
            "work_queue_name": "q", "schedules": [{ "id": domain::Uuid::nil(), "schedule": schedule, "active": true }],
        });
        let deployment: Deployment = serde_json::from_value(deployment).expect("a deployment");
        let mut week = Week::default();
        let start: Timestamp = from.parse().expect("an instant");
        week.add(&deployment, "f", 120.0, &Asked { start, chosen: Some((start, 4 * QUARTER)), limits });
        week
    }

    #[test]
    fn starts_are_counted_by_the_quarter_of_an_hour() {
        let daily = week(json!({ "cron": "30 3 * * *", "timezone": "UTC" }), "2026-11-23T00:00:00Z", &[]);
        let expected: Vec<i64> = (0..7).map(|day| day * 96 + 14).collect();
        assert_eq!(daily.quarters.keys().copied().collect::<Vec<_>>(), expected);
        let often = week(json!({ "cron": "* * * * *", "timezone": "UTC" }), "2026-11-23T00:00:00Z", &[]);
        assert_eq!((often.quarters[&0], often.quarters[&(QUARTERS - 1)], often.reckoned), (15, 15, 1));
        assert_eq!(often.chosen.len(), 60);
    }

    #[test]
    fn runs_collide_while_those_before_them_last() {
        let limit =
            |pool: &str, queue: Option<&str>| Limit { pool: pool.into(), queue: queue.map(Into::into), most: 1 };
        let limits = [limit("p", None), limit("p", Some("q")), limit("p", Some("other")), limit("x", None)];
        let from = "2026-11-23T00:00:00Z";
        let start: Timestamp = from.parse().expect("an instant");
        let close = week(json!({ "cron": "0,1,2,14,16 3 * * *", "timezone": "UTC" }), from, &limits);
        let of = |week: &Week, place: usize| week.crowds(place, 1, start).into_iter().next();
        let crowd = Crowd { size: 2, who: BTreeMap::from([("f / d".to_owned(), 2)]) };
        assert_eq!(
            [0, 1, 2, 3].map(|place| of(&close, place)),
            [Some((12, crowd.clone())), Some((12, crowd)), None, None]
        );
        assert_eq!(close.crowds(0, 1, start).len(), 7, "once a day");
        let apart = week(json!({ "cron": "0,5,10 3 * * *", "timezone": "UTC" }), from, &limits);
        assert_eq!(of(&apart, 0), None, "each has ended before the next one starts");
    }

    #[test]
    fn changed_clocks_are_told() {
        let zone = json!({ "cron": "0 12 * * *", "timezone": "Europe/Berlin" });
        let told = week(zone, "2026-10-22T00:00:00Z", &[]).clocks;
        assert_eq!(told.len(), 1);
        assert!(told[0].starts_with("Clocks in Europe/Berlin go back by 60 min before 2026-10-25"), "{told:?}");
    }
}
