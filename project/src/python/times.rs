//! Dates, times and durations, as pydantic writes them.

use super::calls::Given;
use super::value::Value;

const MICROS: i128 = 1_000_000;
const DAY: i128 = 86_400 * MICROS;

/// `datetime.NAME(...)`, as the text that stands for it in JSON.
pub fn constructed(name: &str, given: &Given) -> Option<Value> {
    let text = match name {
        "datetime.timedelta" => duration(micros(given)?),
        "datetime.datetime" => {
            let zone = match given.get(7, "tzinfo") {
                None | Some(Value::None) => "",
                Some(Value::Told(zone)) if zone == "UTC" => "Z",
                Some(_) => return None,
            };
            format!("{}T{}{zone}", date(given)?, time(given, 3)?)
        }
        "datetime.date" => date(given)?,
        "datetime.time" => time(given, 0)?,
        _ => return None,
    };
    Some(Value::Told(text.into()))
}

fn whole(given: &Given, n: usize, name: &str) -> Option<i128> {
    match given.get(n, name) {
        None => Some(0),
        Some(Value::Int(n)) => Some(*n),
        Some(_) => None,
    }
}

fn date(given: &Given) -> Option<String> {
    let part = |n, name| whole(given, n, name).filter(|part| *part > 0);
    Some(format!("{:04}-{:02}-{:02}", part(0, "year")?, part(1, "month")?, part(2, "day")?))
}

/// Hours, minutes, seconds and microseconds, the first of which is the n-th argument.
fn time(given: &Given, n: usize) -> Option<String> {
    let part = |k: usize, name| whole(given, n + k, name);
    let text = format!("{:02}:{:02}:{:02}", part(0, "hour")?, part(1, "minute")?, part(2, "second")?);
    match part(3, "microsecond")? {
        0 => Some(text),
        micros => Some(format!("{text}.{micros:06}")),
    }
}

/// The length of a `timedelta(...)`.
fn micros(given: &Given) -> Option<i128> {
    let units = [
        ("days", DAY),
        ("seconds", MICROS),
        ("microseconds", 1),
        ("milliseconds", 1000),
        ("minutes", 60 * MICROS),
        ("hours", 3600 * MICROS),
        ("weeks", 7 * DAY),
    ];
    units.iter().enumerate().try_fold(0i128, |sum, (n, (name, unit))| {
        let part = match given.get(n, name) {
            None => 0,
            Some(Value::Int(count)) => count.checked_mul(*unit)?,
            Some(Value::Float(count)) if count.is_finite() => (count * *unit as f64).round() as i128,
            Some(_) => return None,
        };
        sum.checked_add(part)
    })
}

/// ISO 8601 in pydantic's way: years of 365 days, days, hours, minutes, seconds.
fn duration(micros: i128) -> String {
    if micros == 0 {
        return "PT0S".to_owned();
    }
    let sign = if micros < 0 { "-" } else { "" };
    let micros = micros.abs();
    let (days, rest) = (micros / DAY, micros % DAY);
    let mut text = format!("{sign}P");
    let mut part = |n: i128, unit: &str| {
        if n != 0 {
            text.push_str(&format!("{n}{unit}"));
        }
    };
    part(days / 365, "Y");
    part(days % 365, "D");
    if rest == 0 {
        return text;
    }
    text.push('T');
    let seconds = rest / MICROS;
    let mut part = |n: i128, unit: &str| {
        if n != 0 {
            text.push_str(&format!("{n}{unit}"));
        }
    };
    part(seconds / 3600, "H");
    part(seconds % 3600 / 60, "M");
    let (seconds, fraction) = (seconds % 60, rest % MICROS);
    match (seconds, fraction) {
        (0, 0) => {}
        (seconds, 0) => text.push_str(&format!("{seconds}S")),
        (seconds, fraction) => {
            text.push_str(format!("{seconds}.{fraction:06}").trim_end_matches('0'));
            text.push('S');
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_written_in_iso_8601() {
        let cases = [
            (0, "PT0S"),
            (MICROS * 3600, "PT1H"),
            (DAY + MICROS * 1800, "P1DT30M"),
            (MICROS * 3 / 2, "PT1.5S"),
            (DAY * 400, "P1Y35D"),
            (-MICROS, "-PT1S"),
            (MICROS * 60, "PT1M"),
        ];
        for (micros, want) in cases {
            assert_eq!(duration(micros), want);
        }
    }
}
