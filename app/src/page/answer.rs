//! A page's answer on its way: as JSON text inside the HTML, as a value when the browser fetched it.

use std::any::Any;
use std::convert::Infallible;
use std::sync::Arc;

use client::ClientError;
use leptos::server::codee::{Decoder, Encoder};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// What came of asking.
#[derive(Clone)]
pub enum Answer {
    Found(Carried),
    Missing,
    Failed(Failure),
}

/// Why there is nothing to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// HTTP status, when there was an answer.
    pub status: Option<u16>,
    pub message: String,
}

impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Self {
        Failure { status: error.status(), message: error.to_string() }
    }
}

/// A page's data without their type.
#[derive(Clone)]
pub enum Carried {
    Text(String),
    Value(Arc<dyn Any + Send + Sync>),
}

impl Carried {
    /// Wraps what was fetched.
    pub fn new<T: Serialize + Send + Sync + 'static>(value: T) -> Self {
        // The browser never writes an answer: without this condition it would carry the code to do so.
        if cfg!(not(target_arch = "wasm32"))
            && let Ok(text) = serde_json::to_string(&value)
        {
            return Carried::Text(text);
        }
        Carried::Value(Arc::new(value))
    }

    /// Gives the data their type back.
    pub fn open<T: DeserializeOwned + Send + Sync + 'static>(self) -> Result<Arc<T>, String> {
        match self {
            Carried::Text(text) => client::json::decode(text.as_bytes()).map(Arc::new),
            Carried::Value(value) => value.downcast().map_err(|_| "these are another page's data".to_owned()),
        }
    }
}

/// An answer as text: one letter for its kind, then what it holds.
pub struct Codec;

impl Encoder<Answer> for Codec {
    type Error = Infallible;
    type Encoded = String;

    fn encode(answer: &Answer) -> Result<String, Infallible> {
        Ok(match answer {
            Answer::Found(Carried::Text(text)) => format!("F{text}"),
            Answer::Found(Carried::Value(_)) | Answer::Missing => "M".to_owned(),
            Answer::Failed(Failure { status, message }) => format!("E{} {message}", status.unwrap_or(0)),
        })
    }
}

impl Decoder<Answer> for Codec {
    type Error = Infallible;
    type Encoded = str;

    fn decode(text: &str) -> Result<Answer, Infallible> {
        let rest = text.get(1..).unwrap_or_default();
        Ok(match text.as_bytes().first() {
            Some(b'F') => Answer::Found(Carried::Text(rest.to_owned())),
            Some(b'E') => {
                let (status, message) = rest.split_once(' ').unwrap_or(("0", rest));
                let status = status.parse().ok().filter(|status| *status > 0);
                Answer::Failed(Failure { status, message: message.to_owned() })
            }
            _ => Answer::Missing,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn travel(answer: &Answer) -> Answer {
        let Ok(text) = Codec::encode(answer);
        let Ok(answer) = Codec::decode(&text);
        answer
    }

    #[test]
    fn answers_survive_the_html() {
        let data = vec!["a\"</script>".to_owned(), "é".to_owned()];
        match travel(&Answer::Found(Carried::new(data.clone()))) {
            Answer::Found(carried) => assert_eq!(carried.open::<Vec<String>>(), Ok(Arc::new(data))),
            _ => panic!("the data are lost"),
        }
        for status in [None, Some(503)] {
            let failure = Failure { status, message: "no database: try later".to_owned() };
            assert!(matches!(travel(&Answer::Failed(failure.clone())), Answer::Failed(found) if found == failure));
        }
        assert!(matches!(travel(&Answer::Missing), Answer::Missing));
    }
}
