//! What plain words mean in YAML 1.1, as PyYAML has it: `yes`, `010`, `1:30`, `2024-01-01`.

use super::Yaml;

/// The value of a word without quotes.
pub fn plain(word: &str) -> Yaml {
    match word {
        "" | "~" | "null" | "Null" | "NULL" => return Yaml::Null,
        "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => return Yaml::Bool(true),
        "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => return Yaml::Bool(false),
        _ => {}
    }
    integer(word)
        .map(Yaml::Int)
        .or_else(|| float(word).map(Yaml::Float))
        .or_else(|| timestamp(word).map(Yaml::Text))
        .unwrap_or_else(|| Yaml::Text(word.to_owned()))
}

fn unsigned(word: &str) -> (i64, &str) {
    match word.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, word.strip_prefix('+').unwrap_or(word)),
    }
}

fn integer(word: &str) -> Option<i64> {
    let (sign, digits) = unsigned(word);
    if !digits.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    let bare = digits.replace('_', "");
    let value = if let Some(binary) = bare.strip_prefix("0b") {
        i64::from_str_radix(binary, 2).ok()?
    } else if let Some(hex) = bare.strip_prefix("0x") {
        i64::from_str_radix(hex, 16).ok()?
    } else if bare.contains(':') {
        sixties(&bare)?
    } else if bare.len() > 1 && bare.starts_with('0') {
        i64::from_str_radix(&bare[1..], 8).ok()?
    } else {
        bare.parse().ok()?
    };
    Some(sign * value)
}

/// `1:30` is 90.
fn sixties(digits: &str) -> Option<i64> {
    let mut parts = digits.split(':');
    let first = parts.next().filter(|first| first.starts_with(|c: char| ('1'..='9').contains(&c)))?;
    parts.try_fold(first.parse().ok()?, |sum: i64, part| {
        let part: i64 = part.parse().ok().filter(|_| part.len() <= 2)?;
        (part < 60).then(|| sum.checked_mul(60)?.checked_add(part)).flatten()
    })
}

fn float(word: &str) -> Option<f64> {
    let (sign, digits) = unsigned(word);
    match digits {
        ".inf" | ".Inf" | ".INF" => return Some(f64::INFINITY * sign as f64),
        ".nan" | ".NaN" | ".NAN" => return Some(f64::NAN),
        _ => {}
    }
    // Without a dot, or without a sign in the exponent, it is text: so YAML 1.1 says, and PyYAML.
    let (number, exponent) = digits.split_once(['e', 'E']).map_or((digits, None), |(n, e)| (n, Some(e)));
    let is_exponent = exponent.is_none_or(|e| {
        e.strip_prefix(['+', '-']).is_some_and(|e| !e.is_empty() && e.chars().all(|c| c.is_ascii_digit()))
    });
    let (whole, rest) = number.split_once('.')?;
    let digits_only = |part: &str| part.chars().all(|c| c.is_ascii_digit() || c == '_');
    let starts = whole.starts_with(|c: char| c.is_ascii_digit()) || whole.is_empty() && !rest.is_empty();
    if !is_exponent || !starts || !digits_only(whole) || !digits_only(rest) {
        return None;
    }
    let bare = digits.replace('_', "");
    Some(sign as f64 * format!("0{bare}").parse::<f64>().ok()?)
}

/// Dates and times, in the words in which they go over the wire.
fn timestamp(word: &str) -> Option<String> {
    let digits = |part: &str, n: std::ops::RangeInclusive<usize>| {
        n.contains(&part.len()) && part.chars().all(|c| c.is_ascii_digit())
    };
    let (date, time) = match word.find(['T', 't', ' ']) {
        Some(at) => (&word[..at], Some(word[at + 1..].trim_start())),
        None => (word, None),
    };
    let parts: Vec<&str> = date.split('-').collect();
    let [year, month, day] = parts.as_slice() else { return None };
    let Some(time) = time else {
        return (digits(year, 4..=4) && digits(month, 2..=2) && digits(day, 2..=2)).then(|| word.to_owned());
    };
    if !digits(year, 4..=4) || !digits(month, 1..=2) || !digits(day, 1..=2) {
        return None;
    }
    let clock: Vec<&str> = time.splitn(3, ':').collect();
    let [hour, minute, rest] = clock.as_slice() else { return None };
    let second = rest.get(..2)?;
    if !digits(hour, 1..=2) || !digits(minute, 2..=2) || !digits(second, 2..=2) {
        return None;
    }
    let zone = rest[2..].trim_start_matches(|c: char| c == '.' || c.is_ascii_digit());
    let fraction = &rest[2..rest.len() - zone.len()];
    let zone = zone.trim();
    let is_zone = zone.is_empty() || zone == "Z" || zone.starts_with(['+', '-']);
    is_zone.then(|| format!("{year}-{month:0>2}-{day:0>2}T{hour:0>2}:{minute}:{second}{fraction}{zone}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_mean_what_they_mean_to_pyyaml() {
        let text = |word: &str| Yaml::Text(word.to_owned());
        let cases = [
            ("yes", Yaml::Bool(true)),
            ("Off", Yaml::Bool(false)),
            ("y", text("y")),
            ("~", Yaml::Null),
            ("010", Yaml::Int(8)),
            ("0x1F", Yaml::Int(31)),
            ("1_000", Yaml::Int(1000)),
            ("-5", Yaml::Int(-5)),
            ("1:30", Yaml::Int(90)),
            ("1.5", Yaml::Float(1.5)),
            ("1e3", text("1e3")),
            ("1.0e+3", Yaml::Float(1000.0)),
            ("1.2.3", text("1.2.3")),
            ("0o10", text("0o10")),
            ("089", text("089")),
            (".5", Yaml::Float(0.5)),
            ("2024-01-02", text("2024-01-02")),
            ("2024-01-02 03:04:05", text("2024-01-02T03:04:05")),
            ("2024-1-2T03:04:05Z", text("2024-01-02T03:04:05Z")),
            ("a:b", text("a:b")),
        ];
        for (word, want) in cases {
            assert_eq!(plain(word), want, "{word}");
        }
    }
}
