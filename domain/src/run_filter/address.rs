//! A line of tokens in the address of `/runs`.

use super::{Key, Line, Token, more, quoted};

/// What older addresses call their fields.
const OLDER: [(&str, Key); 5] = [
    ("state", Key::State),
    ("flow", Key::Flow),
    ("deployment", Key::Deployment),
    ("pool", Key::Pool),
    ("tag", Key::Tag),
];

/// The address of the runs that the line asks for, readable as far as an address can be.
pub fn path(line: &str) -> String {
    let mut path = "/runs".to_owned();
    if !line.is_empty() {
        path.push_str("?q=");
    }
    for byte in line.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b':' | b'/' => {
                path.push(byte as char)
            }
            b' ' => path.push('+'),
            _ => {
                let digit = |of: u8| char::from(b"0123456789ABCDEF"[usize::from(of)]);
                path.extend(['%', digit(byte >> 4), digit(byte & 15)]);
            }
        }
    }
    path
}

/// What the pairs of an address ask for: every `q`, one added to the other, and the fields that runs were asked for by
/// before there were lines.
pub fn asked(pairs: &[(String, String)]) -> Line {
    let older = |(name, value): &(String, String)| {
        let (_, key) = OLDER.iter().find(|(older, _)| older == name).filter(|_| !value.trim().is_empty())?;
        Some(Token::new(*key, value.trim()).to_string())
    };
    let lines = pairs.iter().filter(|(name, _)| name == "q").map(|(_, line)| line.clone());
    let mut all = Line::default();
    for line in pairs.iter().filter_map(older).chain(lines) {
        let Line { tokens, refused } = more(&all.tokens, &line);
        all.tokens = tokens;
        all.refused.extend(refused);
    }
    all
}

/// A value that may be typed: with its key, ready to be put into a line.
pub fn typed(key: &str, value: &str) -> String {
    [key, &quoted(value)].concat()
}

#[cfg(test)]
mod tests {
    use super::super::write;
    use super::*;

    fn pairs(all: &[(&str, &str)]) -> Vec<(String, String)> {
        all.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn addresses_are_readable() {
        let cases = [
            ("", "/runs"),
            ("state:failed tag:50%", "/runs?q=state:failed+tag:50%25"),
            ("deployment:\"a b/c\" before:+2h", "/runs?q=deployment:%22a+b/c%22+before:%2B2h"),
            ("flow:ü&x=1#", "/runs?q=flow:%C3%BC%26x%3D1%23"),
        ];
        for (line, expected) in cases {
            assert_eq!(path(line), expected);
        }
    }

    #[test]
    fn older_addresses_ask_for_the_same_as_before() {
        let old = pairs(&[
            ("state", "failed"),
            ("q", "two words"),
            ("flow", "f"),
            ("deployment", "my flow/x"),
            ("pool", "p"),
            ("tag", "a:b"),
            ("page", "2"),
        ]);
        let line = asked(&old);
        assert_eq!(
            write(&line.tokens),
            "state:failed flow:f deployment:\"my flow/x\" pool:p tag:a:b name~\"two words\""
        );
        // A form without the program sends what is there and what is typed.
        let both = asked(&pairs(&[("q", "state:late after:-1h"), ("q", "tag:t after:-2h"), ("state", "")]));
        assert_eq!(write(&both.tokens), "state:late tag:t after:-2h");
        assert_eq!(asked(&pairs(&[("colour", "red"), ("state", "")])), Line::default());
    }
}
