//! Lengths of time as people and Prefect's settings write them.

use std::time::Duration;

use super::value::FromText;

/// A length of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd)]
pub struct Seconds(pub Duration);

impl FromText for Seconds {
    const ALLOWED: &'static str = "a number of seconds, or a duration such as 90s, 5m, 1h, 100d, 01:30:00 or P1DT2H";
    type Shown = Seconds;
    fn from_text(text: &str) -> Result<Self, String> {
        seconds(text).map(Seconds).ok_or_else(String::new)
    }
}

impl std::fmt::Display for Seconds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.as_secs_f64().fmt(f)
    }
}

/// Seconds as Prefect's settings take them: a number, `HH:MM:SS`, ISO 8601; and with a unit.
fn seconds(text: &str) -> Option<Duration> {
    let total = if let Some(rest) = text.strip_prefix(['P', 'p']) {
        iso8601(rest)?
    } else if text.contains(':') {
        clock(text)?
    } else {
        let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        digits.trim_end().parse::<f64>().ok()? * unit(&text[digits.len()..], true)?
    };
    Duration::try_from_secs_f64(total).ok()
}

/// The `1DT2H30M` after the `P` of an ISO 8601 duration, in seconds.
fn iso8601(text: &str) -> Option<f64> {
    let (mut total, mut digits, mut in_days) = (0.0, String::new(), true);
    for letter in text.to_ascii_lowercase().chars() {
        match letter {
            't' if digits.is_empty() => in_days = false,
            '0'..='9' | '.' => digits.push(letter),
            _ => {
                let day_part = matches!(letter, 'd' | 'w');
                if day_part != in_days {
                    return None;
                }
                total += digits.parse::<f64>().ok()? * unit(letter.encode_utf8(&mut [0; 4]), false)?;
                digits.clear();
            }
        }
    }
    (digits.is_empty() && !text.is_empty()).then_some(total)
}

/// `[days ]HH:MM:SS` or `HH:MM`, in seconds.
fn clock(text: &str) -> Option<f64> {
    let (days, rest) = text.split_once(' ').unwrap_or(("0", text));
    let parts = rest.split(':').map(|part| part.parse::<f64>().ok()).collect::<Option<Vec<_>>>()?;
    let within = match parts[..] {
        [hours, minutes] => hours * 3600.0 + minutes * 60.0,
        [hours, minutes, seconds] => hours * 3600.0 + minutes * 60.0 + seconds,
        _ => return None,
    };
    Some(days.parse::<f64>().ok()? * 86_400.0 + within)
}

/// How many seconds a unit's letter stands for.
fn unit(letters: &str, may_be_missing: bool) -> Option<f64> {
    match letters.to_ascii_lowercase().as_str() {
        "" if may_be_missing => Some(1.0),
        "s" | "sec" => Some(1.0),
        "ms" => Some(0.001),
        "m" | "min" => Some(60.0),
        "h" => Some(3600.0),
        "d" => Some(86_400.0),
        "w" => Some(604_800.0),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_in_every_form_that_prefect_takes() {
        let cases = [
            ("10", 10.0),
            ("0.5", 0.5),
            ("90s", 90.0),
            ("5m", 300.0),
            ("1h", 3600.0),
            ("100d", 8_640_000.0),
            ("250ms", 0.25),
            ("01:30:00", 5400.0),
            ("00:10", 600.0),
            ("100 00:00:00", 8_640_000.0),
            ("P100D", 8_640_000.0),
            ("PT1H30M", 5400.0),
            ("P1DT2H", 93_600.0),
            ("PT0.5S", 0.5),
        ];
        for (text, want) in cases {
            assert_eq!(seconds(text).map(|got| got.as_secs_f64()), Some(want), "{text}");
        }
    }

    #[test]
    fn what_is_no_duration_is_refused() {
        for wrong in ["", "soon", "-1", "5 parsecs", "P", "P5", "PT1D", "P1H", "1:2:3:4", "nan", "inf", "1e30"] {
            assert!(Seconds::from_text(wrong).is_err(), "{wrong}");
        }
    }
}
