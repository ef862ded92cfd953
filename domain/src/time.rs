//! Instants on the wire: UTC with microseconds, printed the way the caller's major prints them.

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveTime, SecondsFormat, TimeDelta, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::major::Major;

/// An instant in UTC, cut to microseconds (what both databases and Python keep).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(DateTime<Utc>);

/// An instant that keeps the offset it was given; used inside JSON documents, which Prefect does not
/// normalise (`state_details.scheduled_time` of a Taipei schedule ends in `+08:00`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(pub DateTime<FixedOffset>);

/// The text is no datetime in any form that Prefect accepts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invalid datetime format")]
pub struct NotADatetime;

impl Timestamp {
    /// Cuts `at` to microseconds.
    pub fn new(at: DateTime<Utc>) -> Self {
        Self::from_micros(at.timestamp_micros())
    }

    /// From microseconds since 1970; what is out of chrono's range becomes 1970.
    pub fn from_micros(micros: i64) -> Self {
        Timestamp(DateTime::from_timestamp_micros(micros).unwrap_or_default())
    }

    /// Microseconds since 1970.
    pub fn micros(self) -> i64 {
        self.0.timestamp_micros()
    }

    /// The same instant as a chrono value.
    pub fn utc(self) -> DateTime<Utc> {
        self.0
    }

    /// Seconds from `earlier` to `self`; negative when `self` is before it.
    pub fn seconds_since(self, earlier: Timestamp) -> f64 {
        (self.micros() - earlier.micros()) as f64 / 1e6
    }

    /// This instant moved by `seconds`, which may be negative or a fraction.
    pub fn plus_seconds(self, seconds: f64) -> Self {
        Self::from_micros(self.micros().saturating_add((seconds * 1e6).round() as i64))
    }

    /// RFC 3339 with `Z`; microseconds only when there are any.
    pub fn to_rfc3339(self) -> String {
        print(self.0.fixed_offset(), true)
    }
}

impl Moment {
    /// The same instant in UTC.
    pub fn timestamp(self) -> Timestamp {
        Timestamp::new(self.0.to_utc())
    }
}

impl From<Timestamp> for Moment {
    fn from(at: Timestamp) -> Self {
        Moment(at.0.fixed_offset())
    }
}

/// Reads what both Python clients send: ISO 8601 with `T` or a blank, `Z`, an offset or nothing (UTC).
///
/// By hand, because chrono's readers of formats weigh more in the browser than this whole module.
pub fn parse_moment(text: &str) -> Result<Moment, NotADatetime> {
    moment(text.trim().as_bytes()).ok_or(NotADatetime)
}

/// `YYYY-MM-DD`, and after it, if anything, the time of day.
fn moment(text: &[u8]) -> Option<Moment> {
    let date = text.get(..10)?;
    let dashes = date[4] == b'-' && date[7] == b'-';
    let date = NaiveDate::from_ymd_opt(number(&date[..4])? as i32, number(&date[5..7])?, number(&date[8..])?)?;
    let (time, offset) = match text.get(10) {
        None => (NaiveTime::MIN, 0),
        Some(b'T' | b't' | b' ') => time_of_day(&text[11..])?,
        Some(_) => return None,
    };
    let offset = FixedOffset::east_opt(offset)?;
    dashes.then(|| date.and_time(time).and_local_timezone(offset).single().map(Moment))?
}

/// `HH:MM`, `HH:MM:SS` or `HH:MM:SS.f`, then an offset.
fn time_of_day(text: &[u8]) -> Option<(NaiveTime, i32)> {
    let (hour, minute) = (number(text.get(..2)?)?, number(text.get(3..5)?)?);
    let (mut second, mut nano, mut rest) = (0, 0, &text[5..]);
    if rest.first() == Some(&b':') {
        second = number(rest.get(1..3)?)?;
        rest = &rest[3..];
    }
    if let Some((b'.', fraction)) = rest.split_first() {
        let length = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let digits = &fraction[..length.min(9)];
        nano = number(digits)? * 10u32.pow(9 - digits.len() as u32);
        rest = &fraction[length..];
    }
    if second == 60 {
        // A leap second, in chrono's way of saying it.
        (second, nano) = (59, nano + 1_000_000_000);
    }
    let time = NaiveTime::from_hms_nano_opt(hour, minute, second, nano)?;
    (text[2] == b':').then_some((time, offset(rest)?))
}

/// Seconds east of UTC: nothing, `Z`, `+08`, `+0800` or `+08:00`.
fn offset(text: &[u8]) -> Option<i32> {
    let (sign, digits) = match text {
        [] | b"Z" | b"z" => return Some(0),
        [b'+', digits @ ..] => (1, digits),
        [b'-', digits @ ..] => (-1, digits),
        _ => return None,
    };
    let (hours, minutes) = match digits {
        [_, _] => (number(digits)?, 0),
        [_, _, b':', minutes @ ..] if minutes.len() == 2 => (number(&digits[..2])?, number(minutes)?),
        [_, _, minutes @ ..] if minutes.len() == 2 => (number(&digits[..2])?, number(minutes)?),
        _ => return None,
    };
    (minutes < 60).then(|| sign * (hours * 3600 + minutes * 60) as i32)
}

/// Up to nine decimal digits and nothing else.
fn number(digits: &[u8]) -> Option<u32> {
    let digit = |sum: u32, byte: &u8| byte.is_ascii_digit().then(|| sum * 10 + u32::from(byte - b'0'));
    if digits.is_empty() { None } else { digits.iter().try_fold(0, digit) }
}

impl std::str::FromStr for Timestamp {
    type Err = NotADatetime;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse_moment(text).map(Moment::timestamp)
    }
}

impl std::fmt::Display for Timestamp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.to_rfc3339())
    }
}

fn print(at: DateTime<FixedOffset>, z: bool) -> String {
    let digits = if at.timestamp_subsec_micros() == 0 { SecondsFormat::Secs } else { SecondsFormat::Micros };
    at.to_rfc3339_opts(digits, z)
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&print(self.0.fixed_offset(), Major::current() == Major::V3))
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&print(self.0, Major::current() == Major::V3))
    }
}

/// Text, or a number of seconds since 1970 as pydantic takes it (above 2e10: milliseconds).
struct AnyDatetime;

impl de::Visitor<'_> for AnyDatetime {
    type Value = Moment;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a valid datetime")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Moment, E> {
        parse_moment(text).map_err(E::custom)
    }

    fn visit_f64<E: de::Error>(self, seconds: f64) -> Result<Moment, E> {
        let seconds = if seconds.abs() > 2e10 { seconds / 1e3 } else { seconds };
        let at =
            DateTime::<Utc>::UNIX_EPOCH.checked_add_signed(TimeDelta::microseconds((seconds * 1e6).round() as i64));
        at.map(|at| Moment(at.fixed_offset())).ok_or_else(|| E::custom(NotADatetime))
    }

    fn visit_i64<E: de::Error>(self, seconds: i64) -> Result<Moment, E> {
        self.visit_f64(seconds as f64)
    }

    fn visit_u64<E: de::Error>(self, seconds: u64) -> Result<Moment, E> {
        self.visit_f64(seconds as f64)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(AnyDatetime)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Moment::deserialize(from).map(Moment::timestamp)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_form_that_clients_send() {
        let cases = [
            ("2026-11-23T17:18:37.763979Z", "2026-11-23T17:18:37.763979Z"),
            ("2026-11-23 17:18:37.763979+00:00", "2026-11-23T17:18:37.763979Z"),
            ("2026-11-24T01:19:00+08:00", "2026-11-23T17:19:00Z"),
            ("2026-11-23T17:19", "2026-11-23T17:19:00Z"),
            ("2026-11-23", "2026-11-23T00:00:00Z"),
            ("2026-11-23t17:19:00.5z", "2026-11-23T17:19:00.500000Z"),
            ("2026-11-23T17:19:00.1234567891234-03:30", "2026-11-23T20:49:00.123456Z"),
            ("2026-11-23T17:19:00+08", "2026-11-23T09:19:00Z"),
            ("2026-11-23T17:19:00+0800", "2026-11-23T09:19:00Z"),
            ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"),
            (" 2024-02-29T23:59:59Z\n", "2024-02-29T23:59:59Z"),
        ];
        for (text, expected) in cases {
            assert_eq!(text.parse::<Timestamp>().map(Timestamp::to_rfc3339).as_deref(), Ok(expected), "{text}");
        }
        for text in [
            "",
            "yesterday",
            "2026-13-01",
            "2026-11-23T25:00",
            "2026-02-29",
            "2026/11/23",
            "2026-11-23T17.19",
            "2026-11-23T17:19:",
            "2026-11-23T17:19:00.",
            "2026-11-23T17:19:00+8",
            "2026-11-23T17:19:00+08:60",
            "2026-11-23T17:19:00 UTC",
            "２０２６-11-23",
        ] {
            assert!(text.parse::<Timestamp>().is_err(), "{text}");
        }
    }

    #[test]
    fn prints_for_the_callers_major() {
        let at: Timestamp = "2026-11-23T17:19:00Z".parse().expect("valid");
        let json = |major: Major| major.scope(|| serde_json::to_string(&at).expect("a string"));
        assert_eq!(json(Major::V2), "\"2026-11-23T17:19:00+00:00\"");
        assert_eq!(json(Major::V3), "\"2026-11-23T17:19:00Z\"");
    }

    #[test]
    fn numbers_are_seconds_since_1970() {
        let at: Timestamp = serde_json::from_str("1700000000.25").expect("a number");
        assert_eq!(at.to_rfc3339(), "2023-11-14T22:13:20.250000Z");
    }
}
