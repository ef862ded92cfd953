//! Bounds that members of a request must keep, read with serde's `deserialize_with`.
//!
//! The sentences are read again by whoever answers: [`Broken::said_by`] gives back what was broken.

use serde::{Deserialize, Deserializer, de};
use serde_json::Value;

use crate::flows::Labels;
use crate::patch::Patch;

/// A bound that a member does not keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Broken {
    AtLeast(i64),
    AtMost(i64),
    Above(i64),
    /// Characters of a text.
    Length(i64),
}

const AT_LEAST: &str = "number must be at least ";
const AT_MOST: &str = "number must be at most ";
const ABOVE: &str = "number must be above ";
const LENGTH: &str = "longest text in characters is ";

impl Broken {
    fn error<E: de::Error>(self) -> E {
        E::custom(match self {
            Broken::AtLeast(bound) => format!("{AT_LEAST}{bound}"),
            Broken::AtMost(bound) => format!("{AT_MOST}{bound}"),
            Broken::Above(bound) => format!("{ABOVE}{bound}"),
            Broken::Length(bound) => format!("{LENGTH}{bound}"),
        })
    }

    /// The bound that an error's text is about, if it is about one.
    pub fn said_by(text: &str) -> Option<Broken> {
        let after = |words: &str| text.strip_prefix(words)?.parse().ok();
        after(AT_LEAST)
            .map(Broken::AtLeast)
            .or_else(|| after(AT_MOST).map(Broken::AtMost))
            .or_else(|| after(ABOVE).map(Broken::Above))
            .or_else(|| after(LENGTH).map(Broken::Length))
    }
}

/// `null` or a number from `LEAST` on.
pub fn at_least<'de, const LEAST: i64, D: Deserializer<'de>>(from: D) -> Result<Option<i64>, D::Error> {
    match Option::deserialize(from)? {
        Some(number) if number < LEAST => Err(Broken::AtLeast(LEAST).error()),
        number => Ok(number),
    }
}

/// `null` or a number from `LEAST` to `MOST`.
pub fn within<'de, const LEAST: i64, const MOST: i64, D: Deserializer<'de>>(from: D) -> Result<Option<i64>, D::Error> {
    match at_least::<LEAST, D>(from)? {
        Some(number) if number > MOST => Err(Broken::AtMost(MOST).error()),
        number => Ok(number),
    }
}

/// `null` or a number above 0.
pub fn above_zero<'de, D: Deserializer<'de>>(from: D) -> Result<Option<i64>, D::Error> {
    match Option::deserialize(from)? {
        Some(number) if number <= 0 => Err(Broken::Above(0).error()),
        number => Ok(number),
    }
}

/// `null` or a length of time above 0.
pub fn some_time<'de, D: Deserializer<'de>>(from: D) -> Result<Option<f64>, D::Error> {
    match Option::deserialize(from)? {
        Some(seconds) if seconds <= 0.0 => Err(Broken::Above(0).error()),
        seconds => Ok(seconds),
    }
}

/// The same as [`above_zero`] for a member of an update.
pub fn patch_above_zero<'de, D: Deserializer<'de>>(from: D) -> Result<Patch<i64>, D::Error> {
    Ok(above_zero(from)?.map_or(Patch::Null, Patch::Value))
}

/// `null` or a text of at most `MOST` characters.
pub fn up_to<'de, const MOST: usize, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    match Option::<String>::deserialize(from)? {
        Some(text) if text.chars().count() > MOST => Err(Broken::Length(MOST as i64).error()),
        text => Ok(text),
    }
}

/// `null` or labels, whose values are texts, numbers or booleans.
pub fn labels<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Labels>, D::Error> {
    let labels = Option::<Labels>::deserialize(from)?;
    let is_plain = |value: &Value| matches!(value, Value::String(_) | Value::Number(_) | Value::Bool(_));
    match labels.iter().flat_map(Labels::values).find(|value| !is_plain(value)) {
        Some(_) => Err(de::Error::custom("labels must be strings, numbers or booleans")),
        None => Ok(labels),
    }
}

/// The same for a member of an update.
pub fn patch_labels<'de, D: Deserializer<'de>>(from: D) -> Result<Patch<Labels>, D::Error> {
    Ok(labels(from)?.map_or(Patch::Null, Patch::Value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[derive(Deserialize, Default)]
    #[serde(default)]
    struct Body {
        #[serde(deserialize_with = "within::<1, 50, _>")]
        limit: Option<i64>,
        #[serde(deserialize_with = "above_zero")]
        runs: Option<i64>,
        #[serde(deserialize_with = "up_to::<3, _>")]
        query: Option<String>,
        #[serde(deserialize_with = "labels")]
        labels: Option<Labels>,
    }

    #[test]
    fn what_breaks_a_bound_says_which() {
        let broken = |body: Value| match serde_json::from_value::<Body>(body) {
            Ok(_) => None,
            Err(error) => Some(Broken::said_by(&error.to_string()).ok_or(error.to_string())),
        };
        assert_eq!(broken(json!({"limit": 0})), Some(Ok(Broken::AtLeast(1))));
        assert_eq!(broken(json!({"limit": 51})), Some(Ok(Broken::AtMost(50))));
        assert_eq!(broken(json!({"runs": 0})), Some(Ok(Broken::Above(0))));
        assert_eq!(broken(json!({"query": "ääää"})), Some(Ok(Broken::Length(3))));
        assert!(matches!(broken(json!({"labels": {"a": []}})), Some(Err(_))));
        let body: Body =
            serde_json::from_value(json!({"limit": 50, "runs": 1, "query": "äää", "labels": null})).expect("kept");
        assert_eq!((body.limit, body.runs, body.query.as_deref(), body.labels), (Some(50), Some(1), Some("äää"), None));
    }
}
