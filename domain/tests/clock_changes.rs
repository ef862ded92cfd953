//! Crons and intervals around the days when clocks are moved, beside recorded answers of real servers.

use chrono::{DateTime, Utc};
use domain::schedule::Schedule;
use serde_json::json;

/// `zone, start, cron or seconds@anchor`, then the first six dates from 3.8.8 on Python 3.13, from 3.8.8
/// on Python 3.11 and from 2.20.26; `=` where they are those of the first.
/// Intervals of whole days are only in the table where the servers do not drift by the clock change that
/// lies between anchor and date, which Prefect's own documentation says they must not.
const CASES: &str = include_str!("schedules/clock_changes.txt");

fn schedule(text: &str, zone: &str) -> Schedule {
    let json = match text.split_once('@') {
        Some((seconds, anchor)) => {
            let seconds: f64 = seconds.parse().expect(text);
            json!({"interval": seconds, "anchor_date": anchor, "timezone": zone})
        }
        None => json!({"cron": text, "timezone": zone}),
    };
    serde_json::from_value(json).expect(text)
}

#[test]
fn dates_of_real_servers() {
    let mut wrong = Vec::new();
    for case in CASES.lines() {
        let columns: Vec<&str> = case.split('\t').collect();
        let [zone, start, text, expected, python_311, prefect_2] = columns[..] else { panic!("{case}") };
        let start: DateTime<Utc> = start.parse().expect(case);
        let dates = schedule(text, zone).next_dates(6, start, None);
        let found: Vec<String> = dates.iter().map(DateTime::to_rfc3339).collect();
        if found.join(" ") != expected {
            wrong.push(format!(
                "{zone} {start} {text}\n  ours {}\n  3.13 {expected}\n  3.11 {python_311}\n  2    {prefect_2}",
                found.join(" ")
            ));
        }
    }
    assert!(wrong.is_empty(), "{} cases differ:\n{}", wrong.len(), wrong.join("\n"));
}
