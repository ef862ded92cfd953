//! Where a list of events goes on: the question and the place in it, as text for a URL.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::events::EventFilter;
use serde::{Deserialize, Serialize};

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Token {
    pub filter: EventFilter,
    /// Events in all.
    pub count: i64,
    pub page_size: i64,
    pub offset: i64,
}

impl Token {
    /// The page after this one, if there is one.
    pub fn next(self) -> Option<Token> {
        let offset = self.offset + self.page_size;
        (offset < self.count && self.page_size > 0).then_some(Token { offset, ..self })
    }

    /// As part of a URL. Clients may take the base64 of the value off and put it back on.
    pub fn write(&self) -> String {
        let text = serde_json::to_string(self).unwrap_or_default();
        let written = STANDARD.encode(STANDARD.encode(text));
        written.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D")
    }

    /// What [`Token::write`] wrote, once the URL's escapes are gone.
    pub fn read(text: &str) -> Option<Token> {
        let inner = STANDARD.decode(text).ok()?;
        serde_json::from_slice(&STANDARD.decode(inner).ok()?).ok()
    }
}
