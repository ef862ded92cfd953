//! What is no mistake to pydantic: whole numbers written as `"2"` or `2.0`, truth values written as words.

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::mend::Mender;

/// Words that mean yes, in small letters.
const YES: [&str; 6] = ["true", "t", "yes", "y", "on", "1"];

/// Words that mean no, in small letters.
const NO: [&str; 6] = ["false", "f", "no", "n", "off", "0"];

/// The body read as `T`, if numbers and truth values that are written otherwise are all that is wrong with it.
pub fn read<T: DeserializeOwned>(body: &Value) -> Option<T> {
    let mut mender = Mender::<T>::new(body);
    let mut last = None;
    while let Some(error) = mender.read() {
        let place = mender.place(&error);
        if last.as_ref() == Some(&place) {
            return None;
        }
        let value = meant(&error.inner().to_string(), mender.at(&place)?)?;
        if !mender.put(&place, value) {
            return None;
        }
        last = Some(place);
    }
    serde_json::from_value(mender.into_body()).ok()
}

/// What `sent` means where serde says `text` of it.
fn meant(text: &str, sent: &Value) -> Option<Value> {
    let (_, expected) = text.rsplit_once(", expected ")?;
    match expected {
        "i64" | "u64" | "i32" | "u32" | "u16" | "usize" => whole(sent),
        "f64" | "f32" => float(sent),
        "a boolean" => truth(sent),
        _ => None,
    }
}

fn whole(sent: &Value) -> Option<Value> {
    match sent {
        Value::String(text) => Some(json!(text.trim().parse::<i64>().ok()?)),
        Value::Bool(yes) => Some(json!(i64::from(*yes))),
        Value::Number(number) => {
            let float = number.as_f64()?;
            // Up to here each whole number has a float of its own.
            (float.fract() == 0.0 && float.abs() < 9e15).then(|| json!(float as i64))
        }
        _ => None,
    }
}

fn float(sent: &Value) -> Option<Value> {
    match sent {
        Value::String(text) => {
            text.trim().parse::<f64>().ok().filter(|float| float.is_finite()).map(|float| json!(float))
        }
        Value::Bool(yes) => Some(json!(f64::from(u8::from(*yes)))),
        _ => None,
    }
}

fn truth(sent: &Value) -> Option<Value> {
    let word = match sent {
        Value::String(text) => text.to_lowercase(),
        Value::Number(number) => format!("{}", number.as_f64()?),
        _ => return None,
    };
    let is_among = |words: [&str; 6]| words.contains(&word.as_str());
    (is_among(YES) || is_among(NO)).then(|| json!(is_among(YES)))
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Body {
        limit: Option<i64>,
        paused: bool,
        decay: f64,
    }

    #[test]
    fn numbers_and_truth_values_may_be_written_otherwise() {
        let wanted = |limit, paused, decay| Some(Body { limit: Some(limit), paused, decay });
        let cases = [
            (json!({ "limit": "2", "paused": "true", "decay": "1.5" }), wanted(2, true, 1.5)),
            (json!({ "limit": 2.0, "paused": 0, "decay": 1 }), wanted(2, false, 1.0)),
            (json!({ "limit": true, "paused": "Off", "decay": true }), wanted(1, false, 1.0)),
            (json!({ "limit": 2.5, "paused": true, "decay": 1 }), None),
            (json!({ "limit": "two", "paused": true, "decay": 1 }), None),
            (json!({ "limit": "2", "paused": "maybe", "decay": 1 }), None),
            (json!({ "limit": 2.0, "paused": true, "decay": "NaN" }), None),
            (json!({ "limit": 2.0, "decay": 1 }), None),
        ];
        for (body, wanted) in cases {
            assert_eq!(read::<Body>(&body), wanted, "{body}");
        }
    }
}
