//! Schedules of a deployment: when the next runs are due.
//!
//! Three closed shapes, told apart by their keys, exactly as Prefect writes them: cron, interval, rrule.
//! Everything is evaluated on the wall clock of the schedule's zone; [`zone`] says what happens on the
//! days when that clock is moved.

mod cron;
mod describe;
pub(crate) mod duration;
mod interval;
mod rrule;
mod zone;

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveTime, Utc};
use serde::{Deserialize, Deserializer, Serialize, de};

pub use cron::{CronError, CronExpression};
pub use describe::describe;
pub use rrule::RRuleError;

use crate::time::Moment;

/// At most so many dates are made in one call; Prefect's servers stop after as many attempts.
pub const MAX_DATES: usize = 1000;

/// Prefect's servers refuse longer rrule texts.
pub const MAX_RRULE_LENGTH: usize = 6500;

/// When a deployment's runs are due.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum Schedule {
    Cron(CronSchedule),
    Interval(IntervalSchedule),
    RRule(RRuleSchedule),
}

/// `{"cron": "0 9 * * mon-fri", "timezone": "Asia/Taipei", "day_or": true}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct CronSchedule {
    /// 5, 6 (seconds last) or 7 (then years) fields in croniter's dialect, or an alias such as `@daily`.
    pub cron: String,
    /// IANA name; none is UTC.
    pub timezone: Option<String>,
    /// With both a day of month and a weekday given: does either suffice (true) or must both match?
    #[cfg_attr(not(target_arch = "wasm32"), schemars(default = "either"))]
    pub day_or: bool,
}

#[cfg(not(target_arch = "wasm32"))]
fn either() -> bool {
    true
}

/// `{"interval": 3600.0, "anchor_date": "2020-01-01T00:00:00Z", "timezone": "UTC"}`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct IntervalSchedule {
    /// Seconds, above 0.
    pub interval: f64,
    /// One of the dates; all others are whole intervals away from it.
    pub anchor_date: Option<Moment>,
    /// IANA name; none is UTC.
    pub timezone: Option<String>,
}

/// `{"rrule": "FREQ=DAILY;BYHOUR=9", "timezone": "UTC"}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct RRuleSchedule {
    /// RFC 5545 text: a bare rule, or lines of DTSTART, RRULE, RDATE, EXDATE, EXRULE.
    pub rrule: String,
    /// IANA name in which every date of the text is read, whatever zone the text itself names.
    pub timezone: Option<String>,
}

/// Why a schedule is refused; the texts are those of Prefect's servers.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    #[error("Invalid timezone: \"{0}\" (specify in IANA tzdata format, for example, America/New_York)")]
    Timezone(String),
    #[error("Invalid cron string: \"{cron}\"")]
    Cron { cron: String, reason: CronError },
    #[error("Random and Hashed expressions are unsupported, received: \"{0}\"")]
    HashedCron(String),
    #[error("interval must be positive")]
    IntervalNotPositive,
    #[error("interval must be at most 999999999 days")]
    IntervalTooLong,
    #[error("Invalid RRule string \"{rrule}\": {reason}")]
    RRule { rrule: String, reason: RRuleError },
    #[error("Invalid RRule string \"{start}...\"\nMax length is {MAX_RRULE_LENGTH}, got {length}")]
    RRuleTooLong { start: String, length: usize },
}

impl ScheduleError {
    /// The key of the schedule's JSON that is wrong.
    pub fn field(&self) -> &'static str {
        match self {
            ScheduleError::Timezone(_) => "timezone",
            ScheduleError::Cron { .. } | ScheduleError::HashedCron(_) => "cron",
            ScheduleError::IntervalNotPositive | ScheduleError::IntervalTooLong => "interval",
            ScheduleError::RRule { .. } | ScheduleError::RRuleTooLong { .. } => "rrule",
        }
    }
}

impl Schedule {
    /// Stands for the schedule where it is not read: in the browser.
    #[cfg(target_arch = "wasm32")]
    pub(crate) fn unread() -> Self {
        Schedule::RRule(RRuleSchedule { rrule: String::new(), timezone: None })
    }

    /// Whether dates can be made from this schedule. An expression that never matches any date, such
    /// as `0 0 31 2 *`, is valid: it just has no dates.
    pub fn check(&self) -> Result<(), ScheduleError> {
        match self {
            Schedule::Cron(cron) => cron::check(&cron.cron).and_then(|()| zone::check(cron.timezone.as_deref())),
            Schedule::Interval(interval) => interval::check(interval),
            Schedule::RRule(rrule) => rrule::check(&rrule.rrule).and_then(|()| zone::check(rrule.timezone.as_deref())),
        }
    }

    /// The first `n` (at most [`MAX_DATES`]) dates from `start` on, both ends included, ascending and
    /// without repetition, each in the offset that its zone has then. A schedule that does not pass
    /// [`Schedule::check`] has none, nor has an interval without anchor.
    pub fn next_dates(&self, n: usize, start: DateTime<Utc>, end: Option<DateTime<Utc>>) -> Vec<DateTime<FixedOffset>> {
        let window = zone::Window { n: n.min(MAX_DATES), start: start.clamp(earliest(), latest()), end };
        match self {
            Schedule::Cron(cron) => cron::next_dates(cron, window),
            Schedule::Interval(interval) => interval::next_dates(interval, window),
            Schedule::RRule(rrule) => rrule::next_dates(rrule, window),
        }
    }

    /// What a server stores: an interval's anchor is `now` and its zone UTC where none was given.
    pub fn with_anchor(mut self, now: DateTime<Utc>) -> Schedule {
        if let Schedule::Interval(interval) = &mut self {
            interval.anchor_date.get_or_insert(Moment(now.fixed_offset()));
            interval.timezone.get_or_insert_with(|| "UTC".to_owned());
        }
        self
    }

    /// What a 3.x server stores: an rrule without DTSTART gets the one it is evaluated with.
    pub fn normalized_for_v3(mut self, now: DateTime<Utc>) -> Schedule {
        if let Schedule::RRule(rrule) = &mut self
            && let Some(line) = rrule::implied_start(rrule, now)
        {
            rrule.rrule = format!("{line}\n{}", rrule.rrule);
        }
        self
    }

    /// The zone's name; `UTC` where none was given.
    pub fn timezone(&self) -> &str {
        let name = match self {
            Schedule::Cron(cron) => &cron.timezone,
            Schedule::Interval(interval) => &interval.timezone,
            Schedule::RRule(rrule) => &rrule.timezone,
        };
        name.as_deref().filter(|name| !name.is_empty()).unwrap_or("UTC")
    }

    /// The name of the shape, as Prefect shows it where a schedule has no slug.
    pub fn kind(&self) -> &'static str {
        match self {
            Schedule::Cron(_) => "CronSchedule",
            Schedule::Interval(_) => "IntervalSchedule",
            Schedule::RRule(_) => "RRuleSchedule",
        }
    }
}

/// Python's calendar, beyond which neither server has dates, with room for any zone's offset.
fn earliest() -> DateTime<Utc> {
    calendar_day(2, 1, 1)
}

fn latest() -> DateTime<Utc> {
    calendar_day(9999, 12, 30)
}

fn calendar_day(year: i32, month: u32, day: u32) -> DateTime<Utc> {
    NaiveDate::from_ymd_opt(year, month, day).map(|day| day.and_time(NaiveTime::MIN).and_utc()).unwrap_or_default()
}

/// All keys that any of the three shapes has.
#[derive(Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct Keys {
    cron: Option<String>,
    day_or: Option<bool>,
    #[serde(default, deserialize_with = "duration::seconds")]
    interval: Option<f64>,
    anchor_date: Option<Moment>,
    rrule: Option<String>,
    timezone: Option<String>,
}

impl<'de> Deserialize<'de> for Schedule {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let keys = Keys::deserialize(from)?;
        let timezone = keys.timezone;
        match (keys.cron, keys.interval, keys.rrule, keys.anchor_date, keys.day_or) {
            (Some(cron), None, None, None, day_or) => {
                Ok(Schedule::Cron(CronSchedule { cron, timezone, day_or: day_or.unwrap_or(true) }))
            }
            (None, Some(interval), None, anchor_date, None) => {
                Ok(Schedule::Interval(IntervalSchedule { interval, anchor_date, timezone }))
            }
            (None, None, Some(rrule), None, None) => {
                let timezone = timezone.or_else(|| Some("UTC".to_owned()));
                Ok(Schedule::RRule(RRuleSchedule { rrule, timezone }))
            }
            (None, None, None, ..) => Err(de::Error::custom("missing field `interval`, `cron` or `rrule`")),
            _ => Err(de::Error::custom("keys of different kinds of schedule: Extra inputs are not permitted")),
        }
    }
}

#[cfg(test)]
mod tests;
