//! Schedules beside slow and simple references, over random expressions, zones and instants.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike, FixedOffset, NaiveDateTime, Offset, TimeDelta, TimeZone, Timelike, Utc};
use chrono_tz::{TZ_VARIANTS, Tz};
use domain::schedule::{CronExpression, CronSchedule, IntervalSchedule, RRuleSchedule, Schedule};
use domain::time::Moment;
use proptest::prelude::*;

/// One field of a cron expression: its values, or none for `*`.
type Values = Option<BTreeSet<u32>>;

fn values(low: u32, high: u32, most: usize) -> impl Strategy<Value = Values> {
    proptest::option::of(proptest::collection::btree_set(low..=high, 1..=most))
}

#[derive(Debug, Clone)]
struct Cron {
    minutes: Values,
    hours: Values,
    days: Values,
    months: Values,
    weekdays: Values,
    day_or: bool,
}

prop_compose! {
    fn crons()(
        minutes in values(0, 59, 12), hours in values(0, 23, 8), days in values(1, 31, 6),
        months in values(1, 12, 8), weekdays in values(0, 6, 3), day_or in any::<bool>(),
    ) -> Cron {
        Cron { minutes, hours, days, months, weekdays, day_or }
    }
}

impl Cron {
    fn text(&self) -> String {
        let field = |values: &Values| match values {
            None => "*".to_owned(),
            Some(values) => values.iter().map(u32::to_string).collect::<Vec<_>>().join(","),
        };
        [&self.minutes, &self.hours, &self.days, &self.months, &self.weekdays].map(field).join(" ")
    }

    fn matches(&self, at: NaiveDateTime) -> bool {
        let has = |values: &Values, value: u32| values.as_ref().is_none_or(|values| values.contains(&value));
        let day = has(&self.days, at.day());
        let weekday = has(&self.weekdays, at.weekday().num_days_from_sunday());
        let either = self.day_or && self.days.is_some() && self.weekdays.is_some();
        has(&self.minutes, at.minute())
            && has(&self.hours, at.hour())
            && has(&self.months, at.month())
            && (if either { day || weekday } else { day && weekday })
    }
}

/// Seconds in 2020 to 2035.
fn seconds() -> impl Strategy<Value = i64> {
    1_577_836_800i64..2_082_758_400
}

fn utc(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).expect("in range")
}

/// A zone that moves its clocks, and a time so many seconds before it does.
fn near_a_change(zone: usize, seconds: i64, before: i64) -> (Tz, DateTime<Utc>) {
    let offset_in = |zone: &Tz, at: i64| utc(at).with_timezone(zone).offset().fix();
    let moves = |zone: &&Tz| (0..12).any(|n| offset_in(zone, seconds + n * 2_600_000) != offset_in(zone, seconds));
    let zones = TZ_VARIANTS.iter().cycle().skip(zone % TZ_VARIANTS.len()).take(TZ_VARIANTS.len());
    let zone = *zones.into_iter().find(moves).expect("some zone moves its clocks each year");
    let offset = |at: i64| offset_in(&zone, at);
    let day = (0..366).map(|day| seconds + day * 86_400).find(|at| offset(*at) != offset(*at + 86_400));
    let change = day.map_or(seconds, |day| {
        let after: Vec<i64> = (0..=86_400).step_by(60).map(|into| day - day % 60 + into).collect();
        after[after.partition_point(|at| offset(*at) == offset(day)).min(after.len() - 1)]
    });
    (zone, utc(change - before))
}

/// The schedule's instants from `start` over three days, found by looking at every minute of the zone's
/// clock: a wall-clock time that comes twice counts the first time, one that never comes counts later
/// by what was skipped.
fn brute_force(cron: &Cron, zone: Tz, start: DateTime<Utc>) -> BTreeSet<DateTime<Utc>> {
    let start_of_minute = start - TimeDelta::seconds(i64::from(start.second()));
    let mut first_seen: BTreeMap<NaiveDateTime, DateTime<Utc>> = BTreeMap::new();
    let mut gaps: Vec<(NaiveDateTime, NaiveDateTime)> = Vec::new();
    for minute in -3 * 1440..=4 * 1440 {
        let at = start_of_minute + TimeDelta::minutes(minute);
        let wall = at.with_timezone(&zone).naive_local();
        if let Some((last, _)) = first_seen.last_key_value().filter(|(last, _)| wall > **last + TimeDelta::minutes(1)) {
            gaps.push((*last + TimeDelta::minutes(1), wall));
        }
        first_seen.entry(wall).or_insert(at);
    }
    let mut dates: BTreeSet<DateTime<Utc>> =
        first_seen.iter().filter(|(wall, _)| cron.matches(**wall)).map(|(_, at)| *at).collect();
    for (from, to) in gaps {
        let mut wall = from;
        while wall < to {
            if cron.matches(wall) {
                dates.insert(first_seen[&to] + (wall - from));
            }
            wall += TimeDelta::minutes(1);
        }
    }
    dates.into_iter().filter(|at| *at >= start && *at < start + TimeDelta::days(3)).collect()
}

fn any_schedule() -> impl Strategy<Value = Schedule> {
    let zone = || (0..TZ_VARIANTS.len()).prop_map(|zone| Some(TZ_VARIANTS[zone].name().to_owned()));
    let rules = prop::sample::select(vec![
        "FREQ=HOURLY",
        "FREQ=MINUTELY;INTERVAL=7",
        "FREQ=DAILY;BYHOUR=1,2,3;BYMINUTE=0,30",
        "FREQ=WEEKLY;BYDAY=MO,SU;BYHOUR=2",
        "DTSTART:20210101T023000\nRRULE:FREQ=DAILY\nEXDATE:20260308T023000",
        "DTSTART:20250101T000000\nRRULE:FREQ=HOURLY;INTERVAL=5;COUNT=30000",
    ]);
    prop_oneof![
        (crons(), zone()).prop_map(|(cron, timezone)| {
            Schedule::Cron(CronSchedule { cron: cron.text(), timezone, day_or: cron.day_or })
        }),
        (1u32..4_000_000, seconds(), zone()).prop_map(|(interval, anchor, timezone)| {
            let anchor_date = Some(Moment(utc(anchor).fixed_offset()));
            Schedule::Interval(IntervalSchedule { interval: f64::from(interval) / 2.0, anchor_date, timezone })
        }),
        (rules, zone())
            .prop_map(|(rrule, timezone)| { Schedule::RRule(RRuleSchedule { rrule: rrule.to_owned(), timezone }) }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn cron_matches_what_a_minute_by_minute_search_finds(cron in crons(), from in seconds()) {
        let parsed = CronExpression::parse(&cron.text(), cron.day_or).expect("valid");
        let from = utc(from - from % 60).naive_utc();
        let minutes = 30 * 1440;
        let expected: Vec<NaiveDateTime> =
            (0..minutes).map(|minute| from + TimeDelta::minutes(minute)).filter(|at| cron.matches(*at)).collect();
        let end = from + TimeDelta::minutes(minutes);
        let found: Vec<NaiveDateTime> = parsed.matches(from).take_while(|at| *at < end).collect();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn cron_dates_are_right_when_clocks_change(
        cron in crons(), early in values(0, 3, 2), zone in any::<usize>(), at in seconds(),
        before in prop_oneof![-7_200i64..7_200, -7_200i64..2 * 86_400],
    ) {
        // Dense in days, or three days would hold no date most of the time.
        let hours = early.or(cron.hours);
        let cron = Cron { days: None, months: None, weekdays: None, hours, ..cron };
        let (zone, start) = near_a_change(zone, at, before);
        let timezone = Some(zone.name().to_owned());
        let schedule = Schedule::Cron(CronSchedule { cron: cron.text(), timezone, day_or: true });
        let expected: Vec<DateTime<Utc>> = brute_force(&cron, zone, start).into_iter().take(1000).collect();
        let end = start + TimeDelta::days(3) - TimeDelta::seconds(1);
        let found: Vec<DateTime<Utc>> = schedule.next_dates(1000, start, Some(end)).iter().map(|at| at.to_utc()).collect();
        prop_assert_eq!(found, expected, "{} {}", zone, start);
    }

    #[test]
    fn dates_do_not_depend_on_where_one_starts_to_look(
        schedule in any_schedule(), at in seconds(), later in 0i64..3 * 86_400, n in 1usize..50,
    ) {
        prop_assert_eq!(schedule.check(), Ok(()));
        let start = utc(at);
        let dates = schedule.next_dates(n, start, None);
        prop_assert!(dates.len() <= n);
        prop_assert!(dates.is_sorted_by(|a, b| a < b), "{:?}", dates);
        prop_assert!(dates.iter().all(|date| *date >= start));
        let zone: Tz = schedule.timezone().parse().expect("a zone");
        let in_zone = |date: &DateTime<FixedOffset>| *date.offset() == zone.offset_from_utc_datetime(&date.naive_utc()).fix();
        prop_assert!(dates.iter().all(in_zone), "each date carries the zone's offset of that day");

        let middle = start + TimeDelta::seconds(later);
        let from_middle = schedule.next_dates(n, middle, None);
        let expected: Vec<_> = dates.iter().filter(|date| **date >= middle).collect();
        prop_assert_eq!(from_middle.iter().take(expected.len()).collect::<Vec<_>>(), expected);
        if let Some(last) = dates.last() {
            prop_assert_eq!(schedule.next_dates(n, start, Some(last.to_utc())), dates.clone());
        }
    }
}
