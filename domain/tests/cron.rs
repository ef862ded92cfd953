//! Our cron evaluator beside recorded answers of croniter 6.2.4.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDateTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use domain::schedule::CronExpression;

/// `zone TAB start TAB day_or TAB expression`, then a line of croniter's next times or its error.
const CASES: &str = include_str!("schedules/croniter.txt");

/// `start TAB day_or TAB expression TAB next wall-clock times`; `INVALID`, or `END` where there are no more.
/// `GIVES_UP`: croniter fails because one day field never matches together with a special form, though the
/// other one does; we take the dates of the other one.
const RANDOM_CASES: &str = include_str!("schedules/croniter_random.txt");

/// croniter on an aware start, which Prefect's servers do not use: wall-clock times that come twice are
/// both taken, and a gap is left at its first moment, unless the hour is a wildcard anyhow.
fn as_croniter_maps(zone: Tz, wall: NaiveDateTime) -> Vec<DateTime<Utc>> {
    let mut wall = wall;
    loop {
        match zone.from_local_datetime(&wall) {
            chrono::LocalResult::Single(at) => return vec![at.to_utc()],
            chrono::LocalResult::Ambiguous(first, second) => return vec![first.to_utc(), second.to_utc()],
            chrono::LocalResult::None => wall += TimeDelta::minutes(1),
        }
    }
}

fn next_in_zone(cron: &CronExpression, zone: Tz, start: DateTime<Utc>, n: usize) -> Vec<String> {
    let wall = start.with_timezone(&zone).naive_local() - TimeDelta::hours(2);
    let instants: BTreeSet<DateTime<Utc>> =
        cron.matches(wall).take(400).flat_map(|wall| as_croniter_maps(zone, wall)).filter(|at| *at > start).collect();
    instants.iter().take(n).map(|at| at.with_timezone(&zone).to_rfc3339()).collect()
}

#[test]
fn croniters_answers_for_the_known_expressions() {
    let lines: Vec<&str> = CASES.lines().collect();
    assert_eq!(lines.len(), 2 * 63);
    for pair in lines.chunks(2) {
        let [case, answer] = pair else { panic!("a case without answer") };
        let fields: Vec<&str> = case.split('\t').collect();
        let [zone, start, day_or, text] = fields[..] else { panic!("{case}") };
        let expected = answer.trim().strip_prefix("croniter ").expect(answer);
        let parsed = CronExpression::parse(text, day_or == "1");
        if text == "R R * * *" {
            assert!(parsed.is_err(), "croniter rolls dice here, Prefect refuses it");
            continue;
        }
        if expected.starts_with("ERR") && !expected.contains("failed to find next date") {
            assert!(parsed.is_err(), "{case}: {expected}");
            continue;
        }
        let cron = parsed.expect(case);
        let start: DateTime<Utc> = start.parse().expect(case);
        let found = next_in_zone(&cron, zone.parse().expect(case), start, 4);
        if expected.starts_with("ERR") {
            assert!(found.len() < 4, "{case}: croniter found fewer than four");
        } else {
            assert_eq!(found.join(" "), expected, "{case}");
        }
    }
}

#[test]
fn croniters_answers_for_random_expressions() {
    let mut wrong = Vec::new();
    for case in RANDOM_CASES.lines() {
        let fields: Vec<&str> = case.split('\t').collect();
        let [start, day_or, text, expected] = fields[..] else { panic!("{case}") };
        let parsed = CronExpression::parse(text, day_or == "1");
        let cron = match parsed {
            Ok(cron) => cron,
            Err(_) if expected == "INVALID" => continue,
            Err(error) => {
                wrong.push(format!("{case}\n  {error}"));
                continue;
            }
        };
        let start: NaiveDateTime = start.parse().expect(case);
        let mut found: Vec<String> =
            cron.matches(start + TimeDelta::seconds(1)).take(4).map(|at| at.format("%FT%T").to_string()).collect();
        if found.len() < 4 {
            found.push("END".to_owned());
        }
        let agrees = if expected == "GIVES_UP" { found.len() == 4 } else { found.join(" ") == expected };
        if !agrees {
            wrong.push(format!("{case}\n  {}", found.join(" ")));
        }
    }
    assert!(wrong.is_empty(), "{} cases differ:\n{}", wrong.len(), wrong.join("\n"));
}
