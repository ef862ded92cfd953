//! Times as people write them in a filter.

use crate::time::Timestamp;

/// Times that are offered, each with what it means.
pub const WORDS: [(&str, &str); 8] = [
    ("-1h", "an hour ago"),
    ("-6h", "six hours ago"),
    ("-24h", "a day ago"),
    ("-7d", "a week ago"),
    ("-30d", "thirty days ago"),
    ("today", "midnight, UTC"),
    ("now", "this moment"),
    ("+1h", "in an hour"),
];

/// Seconds of a day.
const DAY: i64 = 86_400;

/// The instant that `text` means at `now`: `-24h`, `+30m`, `now`, `today` (midnight in UTC), a date, or a date with a
/// time of day, which is UTC unless it says otherwise. Nothing for what is no time.
pub fn instant(text: &str, now: Timestamp) -> Option<Timestamp> {
    let midnight =
        |days: i64| Timestamp::from_micros((now.micros().div_euclid(DAY * 1_000_000) + days) * DAY * 1_000_000);
    match text {
        "now" => return Some(now),
        "today" => return Some(midnight(0)),
        "yesterday" => return Some(midnight(-1)),
        "tomorrow" => return Some(midnight(1)),
        _ => {}
    }
    let sign = match text.as_bytes().first()? {
        b'-' => -1,
        b'+' => 1,
        _ => return text.parse().ok(),
    };
    let unit = match text.as_bytes().last()? {
        b's' => 1,
        b'm' => 60,
        b'h' => 3600,
        b'd' => DAY,
        b'w' => 7 * DAY,
        _ => return None,
    };
    // Five digits of weeks are two millennia.
    let digits = text.get(1..text.len() - 1).filter(|digits| (1..=5).contains(&digits.len()))?;
    let number = digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse::<i64>().ok())??;
    Some(now.plus_seconds((sign * number * unit) as f64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_understood() {
        let now: Timestamp = "2026-11-28T09:30:00Z".parse().expect("a time");
        let cases = [
            ("now", Some("2026-11-28T09:30:00Z")),
            ("today", Some("2026-11-28T00:00:00Z")),
            ("yesterday", Some("2026-11-27T00:00:00Z")),
            ("tomorrow", Some("2026-11-29T00:00:00Z")),
            ("-24h", Some("2026-11-27T09:30:00Z")),
            ("+90s", Some("2026-11-28T09:31:30Z")),
            ("-2w", Some("2026-11-14T09:30:00Z")),
            ("2026-11-01", Some("2026-11-01T00:00:00Z")),
            ("2026-11-01T08:00+08:00", Some("2026-11-01T00:00:00Z")),
            ("-h", None),
            ("24h", None),
            ("-24", None),
            ("-1.5h", None),
            ("-999999999h", None),
            ("+ü", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(instant(text, now).map(Timestamp::to_rfc3339).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn what_is_offered_is_understood() {
        for (text, _) in WORDS {
            assert!(instant(text, Timestamp::from_micros(0)).is_some(), "{text}");
        }
    }
}
