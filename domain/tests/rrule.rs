//! Our rrule evaluator beside recorded answers of dateutil, with which Prefect's servers evaluate rrules.

use chrono::{DateTime, NaiveDateTime};
use domain::schedule::Schedule;
use serde_json::json;

/// `start TAB text (line breaks as \n) TAB the next five wall-clock times`.
const RANDOM_CASES: &str = include_str!("schedules/dateutil_random.txt");

#[test]
fn dateutils_answers_for_random_rules() {
    let mut wrong = Vec::new();
    for case in RANDOM_CASES.lines() {
        let columns: Vec<&str> = case.split('\t').collect();
        let [start, text, expected] = columns[..] else { panic!("{case}") };
        let text = text.replace("\\n", "\n");
        let schedule: Schedule = serde_json::from_value(json!({"rrule": text})).expect(case);
        if let Err(error) = schedule.check() {
            wrong.push(format!("{case}\n  {error}"));
            continue;
        }
        let start: NaiveDateTime = start.parse().expect(case);
        let dates = schedule.next_dates(5, start.and_utc(), None);
        let found: Vec<String> = dates.iter().map(|at: &DateTime<_>| at.format("%FT%T").to_string()).collect();
        if found.join(" ") != expected {
            wrong.push(format!("{case}\n  {}", found.join(" ")));
        }
    }
    assert!(wrong.is_empty(), "{} cases differ:\n{}", wrong.len(), wrong.join("\n"));
}

/// Prefect 3.8.8's dates in zones with clock changes; `!` marks the one day on which it differs from us
/// by choice: a skipped time is run before the gap there, behind it here.
#[test]
fn dates_are_on_the_wall_clock_of_the_schedules_zone() {
    let new_york = "America/New_York";
    let cases = [
        ("FREQ=HOURLY", new_york, "2026-03-08T05:00:00Z", "00:00-05:00 01:00-05:00 03:00-04:00 04:00-04:00"),
        ("FREQ=HOURLY", new_york, "2026-11-01T04:00:00Z", "00:00-04:00 01:00-04:00 02:00-05:00 03:00-05:00"),
        ("FREQ=HOURLY", new_york, "2026-11-01T06:15:00Z", "02:00-05:00 03:00-05:00 04:00-05:00 05:00-05:00"),
        ("FREQ=DAILY;BYHOUR=2;BYMINUTE=30", new_york, "2026-03-07T00:00:00Z", "02:30-05:00 !03:30-04:00 02:30-04:00"),
        ("FREQ=DAILY;BYHOUR=1;BYMINUTE=30", new_york, "2026-10-31T00:00:00Z", "01:30-04:00 01:30-04:00 01:30-05:00"),
        ("DTSTART:20260101T090000Z\nRRULE:FREQ=DAILY", new_york, "2026-03-01T00:00:00Z", "09:00-05:00 09:00-05:00"),
        (
            "DTSTART;TZID=Europe/Berlin:20260101T090000\nRRULE:FREQ=DAILY;UNTIL=20260303T000000Z",
            new_york,
            "2026-03-01T00:00:00Z",
            "09:00-05:00 09:00-05:00 none",
        ),
        (
            "DTSTART:20260101T090000\nRRULE:FREQ=DAILY\nEXDATE:20260302T090000\nRDATE:20260302T120000,20260302T130000",
            new_york,
            "2026-03-01T00:00:00Z",
            "09:00-05:00 12:00-05:00 13:00-05:00 09:00-05:00",
        ),
        ("RDATE:20260302T120000", "Asia/Taipei", "2026-03-01T00:00:00Z", "12:00+08:00 none"),
        ("EXDATE:20260302T120000", "Asia/Taipei", "2026-03-01T00:00:00Z", "none"),
        ("freq=daily", "UTC", "2026-03-01T00:00:00Z", "00:00+00:00 00:00+00:00"),
        ("FREQ=DAILY;COUNT=0", "UTC", "2026-03-01T00:00:00Z", "none"),
        ("FREQ=YEARLY;BYMONTH=13", "UTC", "2026-03-01T00:00:00Z", "none"),
        ("FREQ=MONTHLY;BYDAY=MO,1TU", "UTC", "2026-03-01T00:00:00Z", "00:00+00:00 00:00+00:00 00:00+00:00"),
    ];
    for (text, zone, start, expected) in cases {
        let schedule: Schedule = serde_json::from_value(json!({"rrule": text, "timezone": zone})).expect(text);
        assert_eq!(schedule.check(), Ok(()));
        let expected: Vec<&str> = expected.split(' ').map(|at| at.trim_start_matches('!')).collect();
        let dates = schedule.next_dates(expected.len(), start.parse().expect(start), None);
        let mut found: Vec<String> = dates.iter().map(|at| at.format("%H:%M%:z").to_string()).collect();
        if found.len() < expected.len() {
            found.push("none".to_owned());
        }
        assert_eq!(found, expected, "{text} {start}");
    }
}

#[test]
fn what_excludes_itself_ends() {
    let start = "2026-03-01T00:00:30Z".parse().expect("a time");
    let text = "RRULE:FREQ=SECONDLY\nEXRULE:FREQ=SECONDLY";
    let schedule: Schedule = serde_json::from_value(json!({"rrule": text})).expect(text);
    assert!(schedule.next_dates(5, start, None).is_empty());
}

#[test]
fn long_running_counts_do_not_take_long() {
    let start = "2026-03-01T00:00:30Z".parse().expect("a time");
    for text in ["FREQ=SECONDLY;COUNT=2000000000", "FREQ=MINUTELY;INTERVAL=3", "FREQ=SECONDLY"] {
        let schedule: Schedule = serde_json::from_value(json!({"rrule": text})).expect(text);
        let began = std::time::Instant::now();
        assert_eq!(schedule.next_dates(100, start, None).len(), 100, "{text}");
        assert!(began.elapsed().as_millis() < 200, "{text} took {:?}", began.elapsed());
    }
}
