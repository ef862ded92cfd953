//! Dates that are whole intervals away from an anchor.
//!
//! The whole days of the interval are calendar days of the zone (a daily schedule keeps its hour when
//! clocks are moved), what is left of it is elapsed time (an hourly one fires every 60 minutes). So
//! Prefect documents it; its servers drift by the clock change as long as anchor and date are on
//! different sides of it.

use chrono::{DateTime, Days, FixedOffset, TimeDelta, Utc};
use chrono_tz::Tz;

use super::zone::{self, Window};
use super::{IntervalSchedule, ScheduleError};

const DAY_MICROS: i64 = 86_400_000_000;

pub(super) fn check(schedule: &IntervalSchedule) -> Result<(), ScheduleError> {
    if schedule.interval.is_nan() || schedule.interval * 1e6 < 0.5 {
        return Err(ScheduleError::IntervalNotPositive);
    }
    if schedule.interval > 999_999_999.0 * 86_400.0 {
        return Err(ScheduleError::IntervalTooLong);
    }
    zone::check(schedule.timezone.as_deref())
}

pub(super) fn next_dates(schedule: &IntervalSchedule, window: Window) -> Vec<DateTime<FixedOffset>> {
    let (Ok(()), Some(anchor)) = (check(schedule), schedule.anchor_date) else { return Vec::new() };
    let Some(zone) = zone::named(schedule.timezone.as_deref()) else { return Vec::new() };
    let steps = Steps::new(schedule.interval, anchor.0.with_timezone(&zone));
    let first = steps.before(window.start);
    let mut dates: Vec<DateTime<FixedOffset>> = Vec::with_capacity(window.n);
    for k in first.. {
        let Some(at) = steps.date(k) else { break };
        if dates.len() >= window.n || window.end.is_some_and(|end| at > end) {
            break;
        }
        if at >= window.start && dates.last().is_none_or(|last| *last < at) {
            dates.push(at.fixed_offset());
        }
    }
    dates
}

struct Steps {
    anchor: DateTime<Tz>,
    days: i64,
    rest: i64,
}

impl Steps {
    fn new(seconds: f64, anchor: DateTime<Tz>) -> Self {
        let micros = (seconds * 1e6).round() as i64;
        Steps { anchor, days: micros / DAY_MICROS, rest: micros % DAY_MICROS }
    }

    /// A number of steps that surely does not lead past `start`.
    fn before(&self, start: DateTime<Utc>) -> i64 {
        let elapsed = (start - self.anchor.to_utc()).num_microseconds().unwrap_or(i64::MAX);
        let step = self.days.saturating_mul(DAY_MICROS).saturating_add(self.rest);
        // Zones move by a day at most, and a step with calendar days in it is no shorter than that.
        elapsed.div_euclid(step).saturating_sub(if self.days > 0 { 2 } else { 0 })
    }

    /// The date `k` steps from the anchor; none when that is out of the calendar's range.
    fn date(&self, k: i64) -> Option<DateTime<Tz>> {
        let rest = TimeDelta::microseconds(self.rest.checked_mul(k)?);
        if self.days == 0 {
            return self.anchor.checked_add_signed(rest);
        }
        let days = self.days.checked_mul(k)?;
        let by = Days::new(days.unsigned_abs());
        let wall = self.anchor.naive_local();
        let wall = if days < 0 { wall.checked_sub_days(by) } else { wall.checked_add_days(by) }?;
        let (at, _) = zone::instant(self.anchor.timezone(), wall)?;
        at.checked_add_signed(rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::parse_moment;

    fn dates(seconds: f64, anchor: &str, zone: &str, start: &str, n: usize) -> Vec<String> {
        let anchor_date = Some(parse_moment(anchor).expect("an anchor"));
        let schedule = IntervalSchedule { interval: seconds, anchor_date, timezone: Some(zone.to_owned()) };
        let start = start.parse().expect("a start");
        next_dates(&schedule, Window { n, start, end: None }).iter().map(DateTime::to_rfc3339).collect()
    }

    #[test]
    fn days_follow_the_wall_clock_and_hours_do_not() {
        let new_york = "America/New_York";
        let nine = "2026-01-01T09:00:00-05:00";
        assert_eq!(
            dates(86_400.0, nine, new_york, "2026-03-07T00:00:00Z", 3),
            ["2026-03-07T09:00:00-05:00", "2026-03-08T09:00:00-04:00", "2026-03-09T09:00:00-04:00"]
        );
        assert_eq!(dates(86_400.0, nine, new_york, "2026-07-01T00:00:00Z", 1), ["2026-07-01T09:00:00-04:00"]);
        assert_eq!(
            dates(3_600.0, nine, new_york, "2026-11-01T04:30:00Z", 3),
            ["2026-11-01T01:00:00-04:00", "2026-11-01T01:00:00-05:00", "2026-11-01T02:00:00-05:00"]
        );
        assert_eq!(
            dates(7.0 * 86_400.0, "2026-02-22T02:30:00-05:00", new_york, "2026-03-01T07:30:00Z", 3),
            ["2026-03-01T02:30:00-05:00", "2026-03-08T03:30:00-04:00", "2026-03-15T02:30:00-04:00"]
        );
    }

    #[test]
    fn the_anchor_may_lie_in_the_future_and_the_interval_be_a_fraction() {
        assert_eq!(
            dates(3_600.0, "2027-01-01T09:15:00Z", "UTC", "2026-03-06T00:00:00Z", 1),
            ["2026-03-06T00:15:00+00:00"]
        );
        assert_eq!(
            dates(0.5, "2027-01-01T09:00:00Z", "UTC", "2026-03-06T00:00:00.2Z", 2),
            ["2026-03-06T00:00:00.500+00:00", "2026-03-06T00:00:01+00:00"]
        );
        assert!(dates(0.0, "2027-01-01T09:00:00Z", "UTC", "2026-03-06T00:00:00Z", 1).is_empty());
        assert!(dates(f64::NAN, "2027-01-01T09:00:00Z", "UTC", "2026-03-06T00:00:00Z", 1).is_empty());
    }
}
