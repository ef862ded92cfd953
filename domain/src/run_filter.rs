//! What `/runs` is asked for, as one line of tokens: `state:failed tag:etl name~nightly after:-24h late`.
//!
//! The browser reads it to refuse what it cannot understand beside the field, the server to answer it; both with
//! [`parse`]. Words that are no tokens are a part of the run's name.

mod address;
mod question;
mod when;

pub use address::{asked, path, typed};
pub use question::{filters, sort};
pub use when::{WORDS as TIMES, instant};

use crate::time::Timestamp;

/// What a token is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    State,
    Flow,
    Deployment,
    Pool,
    Tag,
    Name,
    After,
    Before,
}

/// The keys as they are written, in the order in which they are offered, each with what it asks for.
pub const KEYS: [(Key, &str, &str); 8] = [
    (Key::State, "state:", "runs in this state; several are alternatives"),
    (Key::Flow, "flow:", "runs of this flow"),
    (Key::Deployment, "deployment:", "runs of this deployment, as name or flow/name"),
    (Key::Pool, "pool:", "runs in this work pool"),
    (Key::Tag, "tag:", "runs with this tag; several must all be there"),
    (Key::Name, "name~", "runs whose name holds this text"),
    (Key::After, "after:", "due at this time or later: -24h, today, 2026-11-28T10:00"),
    (Key::Before, "before:", "due before this time"),
];

/// The values of `state:`.
pub const STATES: [&str; 11] = [
    "running",
    "late",
    "failed",
    "crashed",
    "completed",
    "cancelled",
    "paused",
    "scheduled",
    "pending",
    "cancelling",
    "retrying",
];

/// One condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    pub key: Key,
    pub value: String,
}

/// A piece of the line that asks for nothing, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    pub text: String,
    pub why: String,
}

/// What a line asks for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Line {
    pub tokens: Vec<Token>,
    pub refused: Vec<Refused>,
}

impl Token {
    /// A token of a value that is known to be one.
    pub fn new(key: Key, value: impl Into<String>) -> Self {
        Token { key, value: value.into() }
    }
}

impl std::fmt::Display for Token {
    /// As it is written, with quotes where they are needed.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(written(self.key))?;
        f.write_str(&quoted(&self.value))
    }
}

/// The key that is written so; a name may also be asked for with a colon.
fn by_text(text: &str) -> Option<Key> {
    let text = if text == "name:" { "name~" } else { text };
    KEYS.iter().find(|(_, written, _)| *written == text).map(|(key, ..)| *key)
}

fn written(key: Key) -> &'static str {
    KEYS.iter().find(|(of, ..)| *of == key).map_or("", |(_, text, _)| text)
}

/// A value as it is written.
pub fn quoted(value: &str) -> String {
    if !value.is_empty() && !value.contains(|c: char| c.is_whitespace() || c == '"' || c == '\\') {
        return value.to_owned();
    }
    ["\"", &value.replace('\\', "\\\\").replace('"', "\\\""), "\""].concat()
}

/// The line that asks for these tokens.
pub fn write(tokens: &[Token]) -> String {
    tokens.iter().map(Token::to_string).collect::<Vec<_>>().join(" ")
}

/// Reads a line. What is understood and what is not are told apart; a token that is there already is left out.
pub fn parse(line: &str) -> Line {
    let mut read = Line::default();
    let mut words: Vec<String> = Vec::new();
    for (text, key, value) in pieces(line) {
        match key {
            None if text == "late" => read.add(Token::new(Key::State, "late"), &text),
            None => words.push(value),
            Some(key) => match by_text(&key) {
                Some(key) => read.add(Token { key, value }, &text),
                None => {
                    let keys = KEYS.map(|(_, written, _)| written).join(" ");
                    read.refuse(&text, crate::say!("there is no key “{}”; there are {}", key, keys));
                }
            },
        }
    }
    if !words.is_empty() {
        let name = words.join(" ");
        read.add(Token::new(Key::Name, name.clone()), &quoted(&name));
    }
    read
}

/// What is asked for when `typed` is added to what there is; a key that can be given once takes its new value.
pub fn more(tokens: &[Token], typed: &str) -> Line {
    let typed = parse(typed);
    let stays = |old: &&Token| !(is_once(old.key) && typed.tokens.iter().any(|new| new.key == old.key));
    let mut all: Vec<Token> = tokens.iter().filter(stays).cloned().collect();
    for token in typed.tokens {
        if !all.contains(&token) {
            all.push(token);
        }
    }
    Line { tokens: all, refused: typed.refused }
}

fn is_once(key: Key) -> bool {
    matches!(key, Key::Deployment | Key::Name | Key::After | Key::Before)
}

impl Line {
    fn refuse(&mut self, text: &str, why: impl Into<String>) {
        self.refused.push(Refused { text: text.to_owned(), why: why.into() });
    }

    /// Takes a token in, or refuses it.
    fn add(&mut self, mut token: Token, text: &str) {
        if token.key == Key::State {
            token.value = token.value.to_ascii_lowercase();
        }
        if self.tokens.contains(&token) {
            return;
        }
        let why = match token.key {
            _ if token.value.is_empty() => crate::say!("it lacks a value"),
            Key::State if !STATES.contains(&token.value.as_str()) => {
                crate::say!("there is no such state; there are {}", STATES.join(" "))
            }
            Key::After | Key::Before if instant(&token.value, Timestamp::from_micros(0)).is_none() => {
                crate::say!("this is no time; write -24h, -7d, +2h, now, today or 2026-11-28T10:00")
            }
            key if is_once(key) && self.tokens.iter().any(|other| other.key == key) => {
                crate::say!("it can be given once")
            }
            _ => return self.tokens.push(token),
        };
        self.refuse(text, why);
    }
}

/// The line without its last piece, and that piece: what somebody is typing.
pub fn last_piece(line: &str) -> (&str, &str) {
    let (mut quotes, mut begin) = (false, 0);
    for (at, c) in line.char_indices() {
        match c {
            '"' => quotes = !quotes,
            c if c.is_whitespace() && !quotes => begin = at + c.len_utf8(),
            _ => {}
        }
    }
    line.split_at(begin)
}

/// The pieces between blanks: as typed, the key with its sign where there is one, the value without quotes.
fn pieces(line: &str) -> Vec<(String, Option<String>, String)> {
    let mut all = Vec::new();
    let mut rest = line.trim_start();
    while !rest.is_empty() {
        let (mut key, mut value, mut quotes, mut was_quoted) = (None, String::new(), false, false);
        let mut end = rest.len();
        let mut chars = rest.char_indices();
        while let Some((at, c)) = chars.next() {
            match c {
                '"' => (quotes, was_quoted) = (!quotes, true),
                '\\' if quotes => value.extend(chars.next().map(|(_, c)| c)),
                c if c.is_whitespace() && !quotes => {
                    end = at;
                    break;
                }
                ':' | '~' if key.is_none() && !was_quoted && is_word(&value) => {
                    value.push(c);
                    key = Some(std::mem::take(&mut value).to_ascii_lowercase());
                }
                c => value.push(c),
            }
        }
        all.push((rest[..end].to_owned(), key, value));
        rest = rest[end..].trim_start();
    }
    all
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_and_written() {
        let cases = [
            (
                "state:failed deployment:x flow:y pool:z tag:t name~text after:-24h before:now late",
                "state:failed deployment:x flow:y pool:z tag:t name~text after:-24h before:now state:late",
            ),
            ("", ""),
            ("  deployment:\"my flow/nightly\"  tag:a\ttag:b ", "deployment:\"my flow/nightly\" tag:a tag:b"),
            ("STATE:Failed state:failed name:x", "state:failed name~x"),
            // Words alone are a part of the name, as they were typed.
            ("two words", "name~\"two words\""),
            ("\"a:b\" flow:f", "flow:f name~a:b"),
            (r#"tag:"say \"hi\" \\""#, r#"tag:"say \"hi\" \\""#),
            ("tag:a:b tag:http://x", "tag:a:b tag:http://x"),
            ("tag:\"open end", "tag:\"open end\""),
            ("50%", "name~50%"),
        ];
        for (line, written) in cases {
            let read = parse(line);
            assert_eq!((write(&read.tokens).as_str(), read.refused.len()), (written, 0), "{line}");
            assert_eq!(parse(written), read, "{line}");
        }
    }

    #[test]
    fn what_is_typed_joins_what_there_is() {
        let there = parse("tag:a after:-24h state:failed").tokens;
        let cases = [
            ("tag:b after:-7d state:failed", "tag:a state:failed tag:b after:-7d", 0),
            ("", "tag:a after:-24h state:failed", 0),
            ("state:blue", "tag:a after:-24h state:failed", 1),
        ];
        for (typed, line, refused) in cases {
            let all = more(&there, typed);
            assert_eq!((write(&all.tokens).as_str(), all.refused.len()), (line, refused), "{typed}");
        }
    }

    #[test]
    fn what_is_being_typed_is_the_last_piece() {
        let cases = [
            ("state:f", "", "state:f"),
            ("late tag:\"a b", "late ", "tag:\"a b"),
            ("late ", "late ", ""),
            ("", "", ""),
        ];
        for (line, before, last) in cases {
            assert_eq!(last_piece(line), (before, last), "{line}");
        }
    }

    #[test]
    fn what_cannot_be_understood_is_refused_in_words() {
        let cases = [
            ("colour:red", "there is no key “colour:”"),
            ("state:blue", "there is no such state"),
            ("tag:", "it lacks a value"),
            ("after:soon", "this is no time"),
            ("name~a b", "it can be given once"),
            ("after:-1h after:-2h", "it can be given once"),
        ];
        for (line, why) in cases {
            let refused = parse(line).refused;
            assert!(refused.len() == 1 && refused[0].why.starts_with(why), "{line}: {refused:?}");
        }
        let mixed = parse("tag:t colour:\"deep red\" late");
        assert_eq!(
            (write(&mixed.tokens).as_str(), mixed.refused[0].text.as_str()),
            ("tag:t state:late", "colour:\"deep red\"")
        );
    }
}
