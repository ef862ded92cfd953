//! Cron expressions in croniter's dialect, evaluated on wall-clock times.
//!
//! The dialect is that of croniter 6.2, with which Prefect's servers evaluate crons: 5 fields, a sixth
//! for seconds, a seventh for years; names, steps, wrapping ranges (`22-2`), `L` (last day), `15W`
//! (nearest weekday), `fri#2` (second Friday), `L5` (last Friday). Fields are kept as bit sets and the
//! next match is looked up field by field, so that a hundred dates cost some microseconds and an
//! expression that never matches costs no more than a search through fifty years.

mod fields;
mod words;

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, NaiveDateTime, TimeDelta, Timelike};

use super::zone::{self, Window};
use super::{CronSchedule, ScheduleError};

/// What is wrong with a cron expression, for people.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct CronError(pub String);

/// So many years croniter looks ahead before it gives up.
const MAX_YEARS_BETWEEN: i32 = 50;

/// A parsed cron expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CronExpression {
    seconds: u64,
    minutes: u64,
    hours: u64,
    days: MonthDays,
    months: u64,
    weekdays: Weekdays,
    /// Ascending; none is every year.
    years: Option<Vec<u16>>,
    day_or: bool,
}

/// The day-of-month field.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct MonthDays {
    any: bool,
    /// Bit 1 to 31.
    days: u64,
    last: bool,
    /// `15W`: the weekday nearest to this day.
    nearest_to: Option<u32>,
}

/// The day-of-week field; Sunday is 0.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Weekdays {
    any: bool,
    /// Bit 0 to 6.
    days: u64,
    /// For each weekday: bit 1 to 5 for the first to fifth of the month, bit 0 for the last.
    nth: [u8; 7],
}

pub(super) fn check(text: &str) -> Result<(), ScheduleError> {
    match CronExpression::parse(text, true) {
        Ok(_) => Ok(()),
        Err(_) if text.split_whitespace().any(fields::is_random) => Err(ScheduleError::HashedCron(text.to_owned())),
        Err(reason) => Err(ScheduleError::Cron { cron: text.to_owned(), reason }),
    }
}

pub(super) fn next_dates(schedule: &CronSchedule, window: Window) -> Vec<DateTime<FixedOffset>> {
    let Some(zone) = zone::named(schedule.timezone.as_deref()) else { return Vec::new() };
    let Ok(cron) = CronExpression::parse(&schedule.cron, schedule.day_or) else { return Vec::new() };
    zone::dates(zone, cron.matches(zone::first_wall(zone, window.start)), window)
}

impl CronExpression {
    /// All matching wall-clock times from `from` on, ascending.
    pub fn matches(&self, from: NaiveDateTime) -> impl Iterator<Item = NaiveDateTime> + '_ {
        let mut from = Some(from);
        std::iter::from_fn(move || {
            let found = self.first_match(from?);
            from = found.and_then(|found| found.checked_add_signed(TimeDelta::seconds(1)));
            found
        })
    }

    /// The first match at or after `from`; none within fifty years is none at all.
    fn first_match(&self, from: NaiveDateTime) -> Option<NaiveDateTime> {
        let day = self.first_day(from.date())?;
        if day == from.date()
            && let Some(time) = self.first_time(from.hour(), from.minute(), from.second())
        {
            return day.and_hms_opt(time.0, time.1, time.2);
        }
        let day = if day == from.date() { self.first_day(day.succ_opt()?)? } else { day };
        let time = self.first_time(0, 0, 0)?;
        day.and_hms_opt(time.0, time.1, time.2)
    }

    fn first_day(&self, from: NaiveDate) -> Option<NaiveDate> {
        for year in from.year()..=from.year() + MAX_YEARS_BETWEEN {
            if self.years.as_ref().is_some_and(|years| !years.iter().any(|y| i32::from(*y) == year)) {
                continue;
            }
            let first_month = if year == from.year() { from.month() } else { 1 };
            for month in ones(self.months, first_month) {
                let first_day = if (year, month) == (from.year(), from.month()) { from.day() } else { 1 };
                if let Some(day) = ones(self.days_of(year, month), first_day).next() {
                    return NaiveDate::from_ymd_opt(year, month, day);
                }
            }
        }
        None
    }

    fn first_time(&self, hour: u32, minute: u32, second: u32) -> Option<(u32, u32, u32)> {
        let first = |set: u64| ones(set, 0).next();
        if has(self.hours, hour) {
            if has(self.minutes, minute)
                && let Some(second) = ones(self.seconds, second).next()
            {
                return Some((hour, minute, second));
            }
            if let Some(minute) = ones(self.minutes, minute + 1).next() {
                return Some((hour, minute, first(self.seconds)?));
            }
        }
        Some((ones(self.hours, hour + 1).next()?, first(self.minutes)?, first(self.seconds)?))
    }

    /// The matching days of a month, as bits 1 to 31.
    fn days_of(&self, year: i32, month: u32) -> u64 {
        let Some(first) = NaiveDate::from_ymd_opt(year, month, 1) else { return 0 };
        let length = u32::from(first.num_days_in_month());
        let month = Month { length, first_weekday: first.weekday().num_days_from_sunday() };
        let by_day = self.days.of(month);
        let by_weekday = self.weekdays.of(month);
        if !self.day_or || self.days.any || self.weekdays.any {
            return by_day & by_weekday;
        }
        // croniter evaluates either field alone by setting the other to `*`, but the special forms
        // (`15W`, `fri#2`) live beside the fields and keep restricting.
        let by_day = if self.weekdays.has_nth() { by_day & by_weekday } else { by_day };
        let by_weekday = if self.days.nearest_to.is_some() { by_weekday & self.days.of(month) } else { by_weekday };
        by_day | by_weekday
    }
}

#[derive(Clone, Copy)]
struct Month {
    length: u32,
    first_weekday: u32,
}

impl Month {
    fn all(self) -> u64 {
        (1 << (self.length + 1)) - 2
    }

    fn weekday(self, day: u32) -> u32 {
        (self.first_weekday + day - 1) % 7
    }

    /// The Monday to Friday that is nearest to `day` within the month.
    fn nearest_workday(self, day: u32) -> u32 {
        let day = day.min(self.length);
        match self.weekday(day) {
            6 if day == 1 => 3,
            6 => day - 1,
            0 if day == self.length => day - 2,
            0 => day + 1,
            _ => day,
        }
    }
}

impl MonthDays {
    fn of(&self, month: Month) -> u64 {
        if let Some(day) = self.nearest_to {
            return 1 << month.nearest_workday(day);
        }
        let last = if self.last { 1 << month.length } else { 0 };
        let days = if self.any { month.all() } else { self.days | last };
        days & month.all()
    }
}

impl Weekdays {
    fn has_nth(&self) -> bool {
        self.nth != [0; 7]
    }

    fn of(&self, month: Month) -> u64 {
        let matches = |day: u32| {
            let weekday = month.weekday(day);
            if !self.has_nth() {
                return self.any || has(self.days, weekday);
            }
            let nth = self.nth[weekday as usize];
            has(u64::from(nth), (day - 1) / 7 + 1) || (has(u64::from(nth), 0) && day + 7 > month.length)
        };
        if self.any && !self.has_nth() {
            return month.all();
        }
        (1..=month.length).filter(|day| matches(*day)).fold(0, |days, day| days | 1 << day)
    }
}

fn has(set: u64, bit: u32) -> bool {
    bit < 64 && set >> bit & 1 == 1
}

/// The bits of the set from `first` on, ascending.
fn ones(set: u64, first: u32) -> impl Iterator<Item = u32> {
    let mut rest = set.checked_shr(first).unwrap_or(0).checked_shl(first).unwrap_or(0);
    std::iter::from_fn(move || {
        let bit = rest.trailing_zeros();
        rest &= rest.wrapping_sub(1);
        (bit < 64).then_some(bit)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(text: &str, from: &str, n: usize) -> Vec<String> {
        let cron = CronExpression::parse(text, true).expect(text);
        cron.matches(from.parse().expect("a time")).take(n).map(|at| at.format("%F %T").to_string()).collect()
    }

    #[test]
    fn rare_dates_are_found_and_impossible_ones_end() {
        assert_eq!(next("0 0 29 2 *", "2096-03-01T00:00:00", 1), ["2104-02-29 00:00:00"]);
        assert!(next("0 0 31 2 *", "2026-01-01T00:00:00", 1).is_empty());
        assert_eq!(next("0 0 1 1 * 0 2028", "2026-01-01T00:00:00", 3), ["2028-01-01 00:00:00"]);
        assert!(next("0 0 1 1 * 0 1999", "2026-01-01T00:00:00", 1).is_empty());
    }

    #[test]
    fn the_start_itself_counts() {
        assert_eq!(next("*/15 * * * *", "2026-01-01T10:15:00", 2), ["2026-01-01 10:15:00", "2026-01-01 10:30:00"]);
        assert_eq!(next("59 23 * * * 59", "2026-12-31T23:59:59", 2), ["2026-12-31 23:59:59", "2027-01-01 23:59:59"]);
    }

    #[test]
    fn nearest_workdays_stay_in_their_month() {
        // 1 August 2026 is a Saturday, 31 May 2026 a Sunday.
        assert_eq!(next("0 0 1W 8 *", "2026-01-01T00:00:00", 1), ["2026-08-03 00:00:00"]);
        assert_eq!(next("0 0 31W 5 *", "2026-01-01T00:00:00", 1), ["2026-05-29 00:00:00"]);
        assert_eq!(next("0 0 31W 2 *", "2026-01-01T00:00:00", 1), ["2026-02-27 00:00:00"]);
    }
}
