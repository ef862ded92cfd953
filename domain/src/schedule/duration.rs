//! Durations as the clients send them: a number of seconds, ISO 8601, or `[days ]HH:MM[:SS]`.

#[cfg(not(target_arch = "wasm32"))]
use serde::de;
use serde::{Deserialize, Deserializer};

#[cfg(not(target_arch = "wasm32"))]
#[derive(Deserialize)]
#[serde(untagged)]
enum Sent {
    Seconds(f64),
    Text(String),
}

/// For `deserialize_with`: seconds, or none for `null`. A browser only meets numbers, because servers answer
/// with nothing else; reading text there would cost ten kilobytes of powers of five.
#[cfg(target_arch = "wasm32")]
pub(crate) fn seconds<'de, D: Deserializer<'de>>(from: D) -> Result<Option<f64>, D::Error> {
    Option::deserialize(from)
}

/// For `deserialize_with`: seconds, or none for `null`.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn seconds<'de, D: Deserializer<'de>>(from: D) -> Result<Option<f64>, D::Error> {
    match Option::<Sent>::deserialize(from)? {
        None => Ok(None),
        Some(Sent::Seconds(seconds)) => Ok(Some(seconds)),
        Some(Sent::Text(text)) => parse(&text).map(Some).ok_or_else(|| de::Error::custom("invalid duration format")),
    }
}

/// Seconds of `PT1H30M`, `P1DT0.5S`, `-P2W`, `01:30:00`, `1 day, 00:00:10` or `90`.
#[cfg(not(target_arch = "wasm32"))]
fn parse(text: &str) -> Option<f64> {
    let text = text.trim();
    let (sign, text) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    let seconds = match text.strip_prefix(['P', 'p']) {
        Some(iso) => parse_iso(iso),
        None => text.parse().ok().or_else(|| parse_clock(text)),
    };
    seconds.filter(|seconds: &f64| seconds.is_finite() && !seconds.is_sign_negative()).map(|seconds| seconds * sign)
}

#[cfg(not(target_arch = "wasm32"))]
fn parse_iso(text: &str) -> Option<f64> {
    let (mut sum, mut number, mut in_time) = (0.0, String::new(), false);
    if text.is_empty() || text.ends_with(['T', 't']) {
        return None;
    }
    for letter in text.to_ascii_uppercase().chars() {
        let unit = match (letter, in_time) {
            ('0'..='9' | '.' | ',', _) => {
                number.push(if letter == ',' { '.' } else { letter });
                continue;
            }
            ('T', false) if number.is_empty() => {
                in_time = true;
                continue;
            }
            ('W', false) => 604_800.0,
            ('D', false) => 86_400.0,
            ('H', true) => 3_600.0,
            ('M', true) => 60.0,
            ('S', true) => 1.0,
            _ => return None,
        };
        sum += std::mem::take(&mut number).parse::<f64>().ok()? * unit;
    }
    number.is_empty().then_some(sum)
}

#[cfg(not(target_arch = "wasm32"))]
fn parse_clock(text: &str) -> Option<f64> {
    let (days, clock) = match text.split_once(' ') {
        Some((days, rest)) => {
            let clock = rest.trim_start_matches(|c: char| c.is_ascii_alphabetic() || c == ',' || c == ' ');
            (days.parse::<f64>().ok()?, clock)
        }
        None => (0.0, text),
    };
    let parts: Vec<f64> = clock.split(':').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    let [hours, minutes, ref rest @ ..] = parts[..] else { return None };
    let seconds = match rest {
        [] => 0.0,
        [seconds] => *seconds,
        _ => return None,
    };
    let in_range = (0.0..24.0).contains(&hours) && (0.0..60.0).contains(&minutes) && (0.0..60.0).contains(&seconds);
    in_range.then_some(days * 86_400.0 + hours * 3_600.0 + minutes * 60.0 + seconds)
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn reads_the_forms_that_pydantic_reads() {
        let cases = [
            ("PT1H", 3600.0),
            ("PT1H30M", 5400.0),
            ("P1D", 86400.0),
            ("P1DT0.5S", 86400.5),
            ("P2W", 1_209_600.0),
            ("-PT10S", -10.0),
            ("90", 90.0),
            ("01:30:00", 5400.0),
            ("1 day, 00:00:10", 86410.0),
        ];
        for (text, seconds) in cases {
            assert_eq!(parse(text), Some(seconds), "{text}");
        }
        for text in ["", "P", "PT", "P1H", "PT1D", "1h", "25:00:00", "PT5", "--PT1S", "inf", "PTNaNS"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
