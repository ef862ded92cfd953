//! The wire format and the entry points; the evaluators have their own tests.

use super::*;
use crate::Major;

fn schedule(json: &str) -> Schedule {
    serde_json::from_str(json).expect(json)
}

#[test]
fn keys_are_written_as_prefect_writes_them() {
    let cases = [
        (
            r#"{"timezone":"Asia/Taipei","cron":"0 9 * * *"}"#,
            r#"{"cron":"0 9 * * *","timezone":"Asia/Taipei","day_or":true}"#,
        ),
        (
            r#"{"cron":"0 9 * * *","day_or":false,"timezone":null}"#,
            r#"{"cron":"0 9 * * *","timezone":null,"day_or":false}"#,
        ),
        (
            r#"{"interval":3600,"anchor_date":"2026-01-01T09:00:00-05:00","timezone":null}"#,
            r#"{"interval":3600.0,"anchor_date":"2026-01-01T09:00:00-05:00","timezone":"UTC"}"#,
        ),
        (r#"{"interval":"PT90S"}"#, r#"{"interval":90.0,"anchor_date":"2026-11-23T17:20:31Z","timezone":"UTC"}"#),
        (r#"{"rrule":"FREQ=DAILY","timezone":null}"#, r#"{"rrule":"FREQ=DAILY","timezone":"UTC"}"#),
    ];
    let now = "2026-11-23T17:20:31Z".parse().expect("a time");
    for (sent, stored) in cases {
        let stored_by_us = schedule(sent).with_anchor(now);
        assert_eq!(serde_json::to_string(&stored_by_us).expect(sent), stored);
        assert_eq!(schedule(stored), stored_by_us);
    }
    let anchored = schedule(r#"{"interval":1}"#).with_anchor(now);
    let for_v2 = Major::V2.scope(|| serde_json::to_string(&anchored).expect("JSON"));
    assert_eq!(for_v2, r#"{"interval":1.0,"anchor_date":"2026-11-23T17:20:31+00:00","timezone":"UTC"}"#);
}

#[test]
fn other_keys_are_refused() {
    let cases = [
        "{}",
        r#"{"cron":"* * * * *","interval":1}"#,
        r#"{"cron":"* * * * *","anchor_date":"2026-01-01"}"#,
        r#"{"rrule":"FREQ=DAILY","day_or":true}"#,
        r#"{"cron":"* * * * *","slug":"x"}"#,
        r#"{"timezone":"UTC"}"#,
        r#"{"interval":"soon"}"#,
        r#"{"cron":5}"#,
    ];
    for json in cases {
        assert!(serde_json::from_str::<Schedule>(json).is_err(), "{json}");
    }
}

#[test]
fn wrong_schedules_are_told_in_prefects_words() {
    let cases = [
        (r#"{"cron":"bad cron"}"#, "Invalid cron string: \"bad cron\""),
        (r#"{"cron":"H H * * *"}"#, "Invalid cron string: \"H H * * *\""),
        (r#"{"cron":"R R * * *"}"#, "Random and Hashed expressions are unsupported, received: \"R R * * *\""),
        (
            r#"{"cron":"* * * * *","timezone":"Mars/X"}"#,
            "Invalid timezone: \"Mars/X\" (specify in IANA tzdata format, for example, America/New_York)",
        ),
        (r#"{"interval":-1}"#, "interval must be positive"),
        (r#"{"interval":0}"#, "interval must be positive"),
        (r#"{"interval":1e15}"#, "interval must be at most 999999999 days"),
        (r#"{"rrule":""}"#, "Invalid RRule string \"\": empty string"),
        (r#"{"rrule":"FREQ=FOO"}"#, "Invalid RRule string \"FREQ=FOO\": invalid 'FREQ': FOO"),
        (r#"{"rrule":"FREQ=DAILY;FOO=1"}"#, "Invalid RRule string \"FREQ=DAILY;FOO=1\": unknown parameter 'FOO'"),
        (r#"{"rrule":"FREQ=DAILY;BYHOUR=25"}"#, "Invalid RRule string \"FREQ=DAILY;BYHOUR=25\": hour must be in 0..23"),
        (r#"{"rrule":"FREQ=DAILY;BYHOUR=x"}"#, "Invalid RRule string \"FREQ=DAILY;BYHOUR=x\": invalid 'BYHOUR': X"),
        (
            r#"{"rrule":"FREQ=DAILY;INTERVAL=0"}"#,
            "Invalid RRule string \"FREQ=DAILY;INTERVAL=0\": invalid 'INTERVAL': 0",
        ),
        (
            r#"{"rrule":"VERSION:2\nRRULE:FREQ=DAILY"}"#,
            "Invalid RRule string \"VERSION:2\nRRULE:FREQ=DAILY\": unsupported property: VERSION",
        ),
    ];
    for (json, message) in cases {
        let refused = schedule(json).check().expect_err(json);
        assert_eq!(refused.to_string(), message);
        assert!(schedule(json).next_dates(3, DateTime::UNIX_EPOCH, None).is_empty() || json.contains("1e15"), "{json}");
    }
    let dates = vec!["20260101T000000"; 500].join(",");
    let long = Schedule::RRule(RRuleSchedule { rrule: format!("RDATE:{dates}"), timezone: None });
    let message = "Invalid RRule string \"RDATE:20260101T000000,20260101T000000,20...\"\nMax length is 6500, got 8005";
    assert_eq!(long.check().expect_err("too long").to_string(), message);
}

#[test]
fn what_matches_no_date_is_valid_and_has_none() {
    for json in [r#"{"cron":"0 0 31 2 *"}"#, r#"{"rrule":"FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"}"#, r#"{"interval":60}"#]
    {
        assert_eq!(schedule(json).check(), Ok(()));
        assert!(schedule(json).next_dates(3, DateTime::UNIX_EPOCH, None).is_empty(), "{json}");
    }
}

#[test]
fn the_window_is_closed_and_bounded() {
    let minutely = schedule(r#"{"cron":"* * * * *"}"#);
    let at = |text: &str| text.parse::<DateTime<Utc>>().expect(text);
    let found = minutely.next_dates(10, at("2026-01-01T00:00:00Z"), Some(at("2026-01-01T00:02:00Z")));
    assert_eq!(found, ["2026-01-01T00:00:00Z", "2026-01-01T00:01:00Z", "2026-01-01T00:02:00Z"].map(at));
    assert!(minutely.next_dates(0, at("2026-01-01T00:00:00Z"), None).is_empty());
    assert_eq!(minutely.next_dates(5000, at("2026-01-01T00:00:00.5Z"), None).len(), MAX_DATES);
    assert!(minutely.next_dates(5, DateTime::<Utc>::MAX_UTC, None).len() <= 5);
    assert!(minutely.next_dates(5, DateTime::<Utc>::MIN_UTC, None).len() <= 5);
}

#[test]
fn prefect_3_stores_the_start_of_an_rrule() {
    let now = "2026-11-23T17:20:31Z".parse().expect("a time");
    let cases = [
        ("FREQ=DAILY", Some("UTC"), "DTSTART:20200101T000000\nFREQ=DAILY"),
        ("FREQ=HOURLY", Some("UTC"), "DTSTART:20200101T000000\nFREQ=HOURLY"),
        ("FREQ=MINUTELY;INTERVAL=7", Some("Asia/Taipei"), "DTSTART:20261124T011500\nFREQ=MINUTELY;INTERVAL=7"),
        ("FREQ=SECONDLY;INTERVAL=45", Some("America/New_York"), "DTSTART:20261123T122015\nFREQ=SECONDLY;INTERVAL=45"),
        ("FREQ=MINUTELY;BYHOUR=3", None, "DTSTART:20261123T172000\nFREQ=MINUTELY;BYHOUR=3"),
        ("RRULE:FREQ=MINUTELY;COUNT=3", Some("UTC"), "DTSTART:20200101T000000\nRRULE:FREQ=MINUTELY;COUNT=3"),
        (
            "RRULE:FREQ=MINUTELY\nEXDATE:20260101T000000",
            Some("UTC"),
            "DTSTART:20200101T000000\nRRULE:FREQ=MINUTELY\nEXDATE:20260101T000000",
        ),
        ("dtstart:20250101\nRRULE:FREQ=DAILY", Some("UTC"), "dtstart:20250101\nRRULE:FREQ=DAILY"),
        ("nonsense", Some("UTC"), "nonsense"),
    ];
    for (rrule, zone, stored) in cases {
        let sent = Schedule::RRule(RRuleSchedule { rrule: rrule.to_owned(), timezone: zone.map(str::to_owned) });
        let Schedule::RRule(found) = sent.normalized_for_v3(now) else { panic!("{rrule}") };
        assert_eq!(found.rrule, stored, "{rrule}");
    }
}
