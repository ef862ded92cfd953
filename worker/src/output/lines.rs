//! Reads lines of any bytes, in bounded memory.

use std::io;

use tokio::io::{AsyncBufRead, AsyncBufReadExt};

/// The longest line that is kept: 1 MB, the largest log message Prefect's server takes.
pub(crate) const LONGEST: usize = 1_000_000;

/// What is put behind a line that was longer than [`LONGEST`].
const CUT: &str = " … (the rest of this line was cut)";

/// Splits a stream of bytes at line ends.
pub(crate) struct Lines<R> {
    from: R,
    longest: usize,
}

impl<R: AsyncBufRead + Unpin> Lines<R> {
    pub(crate) fn new(from: R) -> Self {
        Lines { from, longest: LONGEST }
    }

    /// The next line without its end, `None` at the end of the stream. What is not UTF-8, and the NUL
    /// character which PostgreSQL cannot store, become U+FFFD.
    pub(crate) async fn next(&mut self) -> io::Result<Option<String>> {
        let mut line: Vec<u8> = Vec::new();
        let (mut seen, mut cut) = (false, false);
        loop {
            let piece = self.from.fill_buf().await?;
            if piece.is_empty() {
                break;
            }
            seen = true;
            let end = piece.iter().position(|byte| *byte == b'\n');
            let text = &piece[..end.unwrap_or(piece.len())];
            let room = self.longest - line.len();
            line.extend_from_slice(&text[..text.len().min(room)]);
            cut |= text.len() > room;
            let used = end.map_or(piece.len(), |end| end + 1);
            self.from.consume(used);
            if end.is_some() {
                break;
            }
        }
        Ok(seen.then(|| readable(line, cut)))
    }
}

fn readable(mut line: Vec<u8>, cut: bool) -> String {
    if line.last() == Some(&b'\r') {
        line.pop();
    }
    let mut text = match String::from_utf8(line) {
        Ok(text) => text,
        Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
    };
    if text.contains('\0') {
        text = text.replace('\0', "\u{FFFD}");
    }
    if cut {
        text.push_str(CUT);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn all(bytes: &[u8], longest: usize) -> Vec<String> {
        let mut lines = Lines { from: tokio::io::BufReader::with_capacity(4, bytes), longest };
        let mut found = Vec::new();
        while let Some(line) = lines.next().await.expect("reading from memory") {
            found.push(line);
        }
        found
    }

    #[tokio::test]
    async fn lines_end_at_newlines_and_at_the_end() {
        assert_eq!(all(b"one\r\ntwo three four\n\nfive", 100).await, ["one", "two three four", "", "five"]);
        assert!(all(b"", 100).await.is_empty());
    }

    #[tokio::test]
    async fn what_is_no_text_is_replaced() {
        assert_eq!(all(b"a\xff\xfeb\nnul\0byte\n", 100).await, ["a\u{FFFD}\u{FFFD}b", "nul\u{FFFD}byte"]);
    }

    #[tokio::test]
    async fn long_lines_are_cut_and_the_next_one_is_whole() {
        assert_eq!(all(b"0123456789abc\nnext\n", 10).await, [format!("0123456789{CUT}"), "next".to_owned()]);
    }
}
