//! Numbers and times in words, in the visitor's language: plain functions over values, so that they can be tested.
//! What is counted stands in catalogues as `# run`, a unit as `# min`.

use crate::language::{fill, look_up};
use crate::say;

/// `12 004`: groups of three, parted by a narrow space that does not break.
pub fn grouped(n: i64) -> String {
    let digits = n.unsigned_abs().to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3 * 3);
    if n < 0 {
        text.push('−');
    }
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

/// `1 run`, `12 runs`.
pub fn count(n: i64, thing: &str) -> String {
    if let Some(text) = look_up(&["# ", thing].concat()) {
        return fill(text, &[&grouped(n)]);
    }
    if n == 1 { format!("1 {thing}") } else { format!("{} {thing}s", grouped(n)) }
}

/// A size in `bytes`: `512 B`, `3.4 kB`, `12 MB`, `1.5 GB`.
pub fn bytes(bytes: i64) -> String {
    let mut size = bytes.max(0);
    let mut tenths = 0;
    for unit in ["B", "kB", "MB", "GB"] {
        if size < 1000 {
            return if unit == "B" || size >= 10 {
                format!("{size} {unit}")
            } else {
                format!("{size}.{tenths} {unit}")
            };
        }
        tenths = size % 1000 / 100;
        size /= 1000;
    }
    format!("{size} TB")
}

/// `3 min`: so many of a unit.
fn of(n: impl std::fmt::Display, unit: &str) -> String {
    fill(look_up(&["# ", unit].concat()).unwrap_or(&["{} ", unit].concat()), &[&n])
}

/// A duration of `seconds` in at most two units: `0.4 s`, `42 s`, `3 min 5 s`, `2 h 10 min`, `4 d 3 h`.
pub fn duration(seconds: f64) -> String {
    let seconds = seconds.max(0.0);
    if seconds < 0.05 {
        return of(0, "s");
    }
    if seconds < 9.95 {
        // By hand: printing fractions would bring the browser ten kilobytes of exact decimals.
        let tenths = (seconds * 10.0).round() as i64;
        return of(format!("{}.{}", tenths / 10, tenths % 10), "s");
    }
    let whole = seconds.round() as i64;
    let two = |large: i64, a: &str, small: i64, b: &str| {
        if small == 0 { of(large, a) } else { [of(large, a), of(small, b)].join(" ") }
    };
    match whole {
        ..60 => of(whole, "s"),
        60..3600 => two(whole / 60, "min", whole % 60, "s"),
        3600..86_400 => two(whole / 3600, "h", whole % 3600 / 60, "min"),
        _ => two(whole / 86_400, "d", whole % 86_400 / 3600, "h"),
    }
}

/// The largest unit alone: `42 s`, `3 min`, `2 h`, `4 d`.
fn rough(seconds: f64) -> String {
    let whole = seconds.max(0.0).round() as i64;
    match whole {
        ..60 => of(whole, "s"),
        60..3600 => of(whole / 60, "min"),
        3600..172_800 => of(whole / 3600, "h"),
        _ => of(whole / 86_400, "d"),
    }
}

/// An instant as seen from `seconds` later (negative: before it): `3 min ago`, `now`, `in 2 h`.
pub fn relative(seconds: f64) -> String {
    if seconds.abs() < 1.5 {
        say!("now")
    } else if seconds > 0.0 {
        say!("{} ago", rough(seconds))
    } else {
        say!("in {}", rough(-seconds))
    }
}

/// A planned instant as seen from `seconds` later: `in 2 h`, `now`, `10 min late`.
pub fn due(seconds: f64) -> String {
    if seconds >= 1.5 { say!("{} late", rough(seconds)) } else { relative(seconds) }
}

/// A state's name for people: `AwaitingRetry` becomes `Awaiting retry`.
pub fn spaced(name: &str) -> String {
    let mut text = String::with_capacity(name.len() + 2);
    for (i, letter) in name.char_indices() {
        if i > 0 && letter.is_ascii_uppercase() && !text.ends_with(' ') {
            text.push(' ');
            text.push(letter.to_ascii_lowercase());
        } else {
            text.push(letter);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_take_two_units_at_most() {
        let cases = [
            (0.0, "0 s"),
            (0.42, "0.4 s"),
            (9.97, "10 s"),
            (59.4, "59 s"),
            (185.0, "3 min 5 s"),
            (7200.0, "2 h"),
            (7860.0, "2 h 11 min"),
            (356_400.0, "4 d 3 h"),
            (-5.0, "0 s"),
        ];
        for (seconds, words) in cases {
            assert_eq!(duration(seconds), words, "{seconds}");
        }
    }

    #[test]
    fn sizes_have_a_unit() {
        let cases = [(0, "0 B"), (999, "999 B"), (3_450, "3.4 kB"), (12_000_000, "12 MB"), (1_500_000_000, "1.5 GB")];
        for (given, words) in cases {
            assert_eq!(bytes(given), words);
        }
    }

    #[test]
    fn instants_are_relative_to_now() {
        for (seconds, words) in [(0.0, "now"), (42.0, "42 s ago"), (-61.0, "in 1 min"), (90_000.0, "25 h ago")] {
            assert_eq!(relative(seconds), words, "{seconds}");
        }
    }

    #[test]
    fn what_is_due_may_be_late() {
        for (seconds, words) in [(0.0, "now"), (600.0, "10 min late"), (-61.0, "in 1 min")] {
            assert_eq!(due(seconds), words, "{seconds}");
        }
    }

    #[test]
    fn numbers_are_grouped() {
        for (n, text) in [(0, "0"), (999, "999"), (12_004, "12\u{202f}004"), (-1_234_567, "−1\u{202f}234\u{202f}567")]
        {
            assert_eq!(grouped(n), text);
        }
        assert_eq!(count(1, "run"), "1 run");
        assert_eq!(count(0, "run"), "0 runs");
    }

    #[test]
    fn state_names_are_spaced() {
        for (name, words) in [("AwaitingRetry", "Awaiting retry"), ("Late", "Late"), ("My State", "My State")] {
            assert_eq!(spaced(name), words);
        }
    }
}
