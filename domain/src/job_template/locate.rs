//! Where in a JSON text its keys and values stand.

use std::ops::Range;

use super::placeholder::child;

/// A key or a value of a JSON text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Located {
    /// JSON pointer of the value; a key has that of its value.
    pub pointer: String,
    pub is_key: bool,
    /// Bytes of the text, quotes included.
    pub span: Range<usize>,
    /// Of a text: its content, and for each byte of it (and its end) the byte of the source.
    pub content: Option<(String, Vec<usize>)>,
}

impl Located {
    /// The bytes of the source that make up these bytes of the content.
    pub fn within(&self, content: Range<usize>) -> Range<usize> {
        match &self.content {
            Some((_, source)) => source[content.start]..source[content.end],
            None => self.span.clone(),
        }
    }
}

/// All keys and values in the order of the text, which must be valid JSON.
pub(super) fn locate(text: &str) -> Vec<Located> {
    let mut scanner = Scanner { text: text.as_bytes(), at: 0, found: Vec::new() };
    scanner.value("");
    scanner.found
}

/// Line and column of a byte, counted from 1; columns in UTF-16 units, as browsers count.
pub(super) fn line_and_column(text: &str, at: usize) -> (usize, usize) {
    let before = &text[..at];
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (before.matches('\n').count() + 1, before[line_start..].encode_utf16().count() + 1)
}

struct Scanner<'t> {
    text: &'t [u8],
    at: usize,
    found: Vec<Located>,
}

impl Scanner<'_> {
    fn value(&mut self, pointer: &str) {
        self.skip_blanks();
        let (start, slot) = (self.at, self.found.len());
        let located = Located { pointer: pointer.to_owned(), is_key: false, span: start..start, content: None };
        self.found.push(located);
        let content = match self.peek() {
            Some(b'{') => {
                self.members(pointer);
                None
            }
            Some(b'[') => {
                self.items(pointer);
                None
            }
            Some(b'"') => Some(self.string()),
            _ => {
                while self.peek().is_some_and(|byte| !matches!(byte, b',' | b'}' | b']' | b' ' | b'\n' | b'\r' | b'\t'))
                {
                    self.at += 1;
                }
                None
            }
        };
        self.found[slot].span.end = self.at;
        self.found[slot].content = content;
    }

    fn members(&mut self, pointer: &str) {
        self.at += 1;
        loop {
            self.skip_blanks();
            match self.peek() {
                Some(b'"') => {
                    let start = self.at;
                    let content = self.string();
                    let pointer = child(pointer, &content.0);
                    let key = Located { pointer, is_key: true, span: start..self.at, content: Some(content) };
                    let pointer = key.pointer.clone();
                    self.found.push(key);
                    self.skip_blanks();
                    self.at += 1; // the colon
                    self.value(&pointer);
                }
                Some(b',') => self.at += 1,
                _ => break self.at += 1,
            }
        }
    }

    fn items(&mut self, pointer: &str) {
        self.at += 1;
        let mut index = 0;
        loop {
            self.skip_blanks();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') | None => break self.at += 1,
                Some(_) => {
                    self.value(&format!("{pointer}/{index}"));
                    index += 1;
                }
            }
        }
    }

    /// Reads a text from its opening quote.
    fn string(&mut self) -> (String, Vec<usize>) {
        self.at += 1;
        let (mut content, mut source) = (Vec::new(), Vec::new());
        while let Some(byte) = self.peek().filter(|byte| *byte != b'"') {
            let start = self.at;
            let letter = if byte == b'\\' { self.escape() } else { self.plain() };
            let mut buffer = [0; 4];
            for byte in letter.encode_utf8(&mut buffer).bytes() {
                content.push(byte);
                source.push(start);
            }
        }
        source.push(self.at);
        self.at += 1;
        (String::from_utf8_lossy(&content).into_owned(), source)
    }

    fn plain(&mut self) -> char {
        let rest = &self.text[self.at..];
        let length = match rest[0] {
            0..0x80 => 1,
            0x80..0xe0 => 2,
            0xe0..0xf0 => 3,
            _ => 4,
        };
        self.at += length;
        let letter = rest.get(..length).and_then(|bytes| std::str::from_utf8(bytes).ok());
        letter.and_then(|letter| letter.chars().next()).unwrap_or('\u{fffd}')
    }

    fn escape(&mut self) -> char {
        let letter = self.text.get(self.at + 1).copied().unwrap_or(b'\\');
        self.at += 2;
        match letter {
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => self.unicode_escape(),
            other => char::from(other),
        }
    }

    /// Behind `\u`; two of them may make up one letter.
    fn unicode_escape(&mut self) -> char {
        let first = self.hex();
        let is_pair = (0xd800..0xdc00).contains(&first) && self.text[self.at..].starts_with(b"\\u");
        if !is_pair {
            return char::from_u32(first).unwrap_or('\u{fffd}');
        }
        self.at += 2;
        let second = self.hex();
        char::from_u32(0x10000 + ((first - 0xd800) << 10) + (second.wrapping_sub(0xdc00) & 0x3ff)).unwrap_or('\u{fffd}')
    }

    fn hex(&mut self) -> u32 {
        let digits = self.text.get(self.at..self.at + 4).and_then(|digits| std::str::from_utf8(digits).ok());
        self.at += 4;
        digits.and_then(|digits| u32::from_str_radix(digits, 16).ok()).unwrap_or(0xfffd)
    }

    fn skip_blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_values_are_found_where_they_stand() {
        let text = "{\"a\": [1, \"x\\u00e9\\n\\ud83d\\ude00y\"],\n \"b/c\": {\"d\": true}}";
        let found = locate(text);
        let shown: Vec<(&str, &str)> = found.iter().map(|at| (at.pointer.as_str(), &text[at.span.clone()])).collect();
        assert_eq!(shown[0], ("", text));
        assert_eq!(shown[1], ("/a", "\"a\""));
        assert_eq!(shown[3], ("/a/0", "1"));
        assert_eq!(shown[4], ("/a/1", "\"x\\u00e9\\n\\ud83d\\ude00y\""));
        assert_eq!(shown[5], ("/b~1c", "\"b/c\""));
        assert_eq!(shown[8], ("/b~1c/d", "true"));
        let (content, _) = found[4].content.as_ref().expect("a text");
        assert_eq!(content, "xé\n😀y");
        let y = content.find('y').expect("y");
        assert_eq!(&text[found[4].within(y..y + 1)], "y");
        assert_eq!(&text[found[4].within(1..3)], "\\u00e9");
        assert_eq!(line_and_column(text, found[5].span.start), (2, 2));
    }

    #[test]
    fn columns_are_counted_as_browsers_count() {
        assert_eq!(line_and_column("aé😀b", 7), (1, 5));
        assert_eq!(line_and_column("a\n", 2), (2, 1));
    }
}
