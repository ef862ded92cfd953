//! Arguments with a form of their own: `KEY=VALUE`, JSON objects, starting times.

use std::io::Read;
use std::path::Path;
use std::time::Duration;

use domain::Timestamp;
use serde_json::{Map, Value};

use super::failure::Failure;
use crate::config::{FromText, Seconds};

/// `KEY=VALUE`. The value is JSON where it parses as JSON, text otherwise, so `n=3` is a number.
pub fn key_value(text: &str) -> Result<(String, Value), String> {
    let (key, value) = text.split_once('=').ok_or("it must be KEY=VALUE")?;
    if key.is_empty() {
        return Err("the key is missing before the =".to_owned());
    }
    Ok((key.to_owned(), serde_json::from_str(value).unwrap_or_else(|_| Value::from(value))))
}

/// A JSON object given as text, or `-` for standard input.
pub fn object(flag: &str, text: &str) -> Result<Map<String, Value>, Failure> {
    let mut read = String::new();
    let text = if text == "-" {
        let got = std::io::stdin().read_to_string(&mut read);
        got.map_err(|why| Failure::new(format!("Standard input cannot be read: {why}.")))?;
        &read
    } else {
        text
    };
    serde_json::from_str(text).map_err(|why| Failure::usage(format!("{flag} must be a JSON object: {why}.")))
}

/// A JSON object in a file.
pub fn object_in(path: &Path) -> Result<Map<String, Value>, Failure> {
    let text = std::fs::read_to_string(path)
        .map_err(|why| Failure::usage(format!("{} cannot be read: {why}.", path.display())))?;
    serde_json::from_str(&text)
        .map_err(|why| Failure::usage(format!("{} must hold a JSON object: {why}.", path.display())))
}

/// `90s`, `5m`, `1h30m`, `10 minutes`, `in 2 days`, a number of seconds.
pub fn start_in(text: &str) -> Result<Duration, String> {
    let words = text.trim().trim_start_matches("in ").replace(" and ", " ").replace(',', " ");
    let mut total = Duration::ZERO;
    let mut rest = words.trim();
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let after = rest[digits..].trim_start();
        let letters = after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len());
        let unit = match &after[..letters] {
            "second" | "seconds" | "sec" | "secs" => "s",
            "minute" | "minutes" | "min" | "mins" => "m",
            "hour" | "hours" => "h",
            "day" | "days" => "d",
            "week" | "weeks" => "w",
            other => other,
        };
        let part = Seconds::from_text(&format!("{}{unit}", &rest[..digits]));
        total += part.map_err(|_| "write it like 90s, 5m, 1h30m or \"10 minutes\"".to_owned())?.0;
        rest = after[letters..].trim_start();
    }
    if words.trim().is_empty() { Err("it is empty".to_owned()) } else { Ok(total) }
}

/// An ISO 8601 date and time, in UTC unless it carries an offset.
pub fn start_at(text: &str) -> Result<Timestamp, String> {
    let text = text.trim().trim_start_matches("at ");
    text.parse().map_err(|_| "write it like 2026-11-24T09:00:00+08:00; without an offset it is UTC".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_json_where_they_can_be() {
        let cases = [("n=3", "3"), ("s=text", "\"text\""), ("l=[1, 2]", "[1,2]"), ("e=", "\"\""), ("q=a=b", "\"a=b\"")];
        for (text, want) in cases {
            assert_eq!(key_value(text).map(|(_, value)| value.to_string()), Ok(want.to_owned()), "{text}");
        }
        assert!(key_value("n").is_err() && key_value("=3").is_err());
    }

    #[test]
    fn starting_times_are_read_as_people_write_them() {
        let cases = [("90", 90), ("5m", 300), ("1h30m", 5400), ("in 10 minutes", 600), ("2 days and 1 hour", 176_400)];
        for (text, want) in cases {
            assert_eq!(start_in(text).map(|got| got.as_secs()), Ok(want), "{text}");
        }
        for wrong in ["", "soon", "5 parsecs", "-5m", "m"] {
            assert!(start_in(wrong).is_err(), "{wrong}");
        }
        assert_eq!(start_at("2026-11-24 09:00:00+08:00").map(|at| at.to_string()), Ok("2026-11-24T01:00:00Z".into()));
        assert!(start_at("tomorrow").is_err());
    }
}
