//! Recurrence rules of RFC 5545, read as Prefect reads them through dateutil.
//!
//! Every date in the text is a wall-clock time of the *schedule's* zone: a `Z` or a TZID in the text is
//! read past. A text without DTSTART starts on 2020-01-01. So all of the arithmetic is on naive times
//! and the zone enters at the end. Where dateutil and the RFC part (a plain and a numbered weekday in
//! one BYDAY) the RFC is followed.

mod days;
mod occurrences;
mod parse;

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, TimeDelta, Utc};

use super::zone::{self, Window};
use super::{MAX_RRULE_LENGTH, RRuleSchedule, ScheduleError};

/// What is wrong with an rrule's text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct RRuleError(pub String);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Frequency {
    Yearly,
    Monthly,
    Weekly,
    Daily,
    Hourly,
    Minutely,
    Secondly,
}

/// All lines of a text.
#[derive(Debug, Clone, Default, PartialEq)]
struct RuleSet {
    rules: Vec<Rule>,
    excluded_rules: Vec<Rule>,
    /// Ascending, as are the excluded ones.
    dates: Vec<NaiveDateTime>,
    excluded_dates: Vec<NaiveDateTime>,
}

/// One RRULE or EXRULE, with what its parts default to filled in.
#[derive(Debug, Clone, PartialEq)]
struct Rule {
    frequency: Frequency,
    start: NaiveDateTime,
    /// At least 1.
    interval: i64,
    count: Option<u64>,
    until: Option<NaiveDateTime>,
    set_positions: Vec<i32>,
    days: days::DayFilter,
    /// Bit sets; none is any, which only frequencies at least as fine have.
    hours: Option<u64>,
    minutes: Option<u64>,
    seconds: Option<u64>,
    /// Has every period exactly one occurrence? So it is without any BY… part, if no longer than a day.
    one_each: bool,
}

/// 2020-01-01, where texts without DTSTART start.
fn default_start() -> NaiveDateTime {
    NaiveDate::from_ymd_opt(2020, 1, 1).unwrap_or_default().into()
}

pub(super) fn check(text: &str) -> Result<(), ScheduleError> {
    parse::rule_set(text).map_err(|reason| ScheduleError::RRule { rrule: text.to_owned(), reason })?;
    let length = text.chars().count();
    if length > MAX_RRULE_LENGTH {
        return Err(ScheduleError::RRuleTooLong { start: text.chars().take(40).collect(), length });
    }
    Ok(())
}

pub(super) fn next_dates(schedule: &RRuleSchedule, window: Window) -> Vec<DateTime<FixedOffset>> {
    let Some(zone) = zone::named(schedule.timezone.as_deref()) else { return Vec::new() };
    let Ok(rules) = parse::rule_set(&schedule.rrule) else { return Vec::new() };
    zone::dates(zone, occurrences::of_set(&rules, zone::first_wall(zone, window.start)), window)
}

/// The DTSTART line that a 3.x server puts before a text without one. Fine-grained rules get a recent
/// start with the same phase, so that a reader need not step through years of minutes.
pub(super) fn implied_start(schedule: &RRuleSchedule, now: DateTime<Utc>) -> Option<String> {
    if schedule.rrule.to_uppercase().contains("DTSTART") {
        return None;
    }
    let set = parse::rule_set(&schedule.rrule).ok()?;
    let mut start = default_start();
    if let RuleSet { rules, excluded_rules, dates, excluded_dates } = &set
        && let [rule] = &rules[..]
        && excluded_rules.is_empty()
        && dates.is_empty()
        && excluded_dates.is_empty()
        && rule.count.is_none()
        && rule.frequency >= Frequency::Minutely
    {
        let unit = if rule.frequency == Frequency::Secondly { 1 } else { 60 };
        let period = rule.interval.checked_mul(unit)?;
        let zone = zone::named(schedule.timezone.as_deref())?;
        let elapsed = (now.with_timezone(&zone).naive_local() - start).num_seconds().max(0);
        start += TimeDelta::seconds(elapsed / period * period);
    }
    Some(format!("DTSTART:{}", start.format("%Y%m%dT%H%M%S")))
}
