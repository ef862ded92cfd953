//! A line as it is shown.

use domain::Timestamp;
use domain::ansi::{self, Style};
use domain::logs::{Address, LogLine};

/// A stored line, its text without escapes.
#[derive(Debug, Clone)]
pub struct Line {
    pub seq: i64,
    /// From 1 among the lines of its source, in the order of storing.
    pub number: i64,
    pub of_pod: bool,
    pub at: Timestamp,
    pub level: i64,
    /// The logger, or the pod.
    pub origin: String,
    pub text: String,
    styles: Vec<(u32, Style)>,
}

/// A stretch of a row that looks the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    pub text: String,
    /// For the stylesheet; empty for plain text.
    pub classes: String,
    /// A part of what is searched for.
    pub matched: bool,
}

impl Line {
    /// The line with this number.
    pub fn read(line: &LogLine, number: i64) -> Line {
        let (mut text, styles) = ansi::parse(&line.message);
        text.truncate(text.trim_end_matches('\n').len());
        let origin = line.pod.as_ref().unwrap_or(&line.name).clone();
        let (at, of_pod) = (line.timestamp, line.pod.is_some());
        Line { seq: line.seq, number, of_pod, at, level: line.level, origin, text, styles }
    }

    /// Its name in links.
    pub fn address(&self) -> Address {
        Address { of_pod: self.of_pod, number: self.number }
    }

    /// The bytes of its text from one place to another in stretches of one look each; `matches` are marked.
    pub fn pieces(&self, mut from: u32, to: u32, matches: &[(u32, u32)]) -> Vec<Piece> {
        let mut cuts: Vec<u32> = self.styles.iter().map(|(from, _)| *from).collect();
        cuts.extend(matches.iter().flat_map(|(from, to)| [*from, *to]));
        let mut pieces = Vec::new();
        while from < to {
            let end = cuts.iter().copied().filter(|cut| from < *cut && *cut < to).min().unwrap_or(to);
            let style =
                self.styles.iter().rev().find(|(at, _)| *at <= from).map_or(Style::default(), |(_, style)| *style);
            pieces.push(Piece {
                text: self.text.get(from as usize..end as usize).unwrap_or_default().to_owned(),
                classes: style.classes(),
                matched: matches.iter().any(|(start, end)| *start <= from && from < *end),
            });
            from = end;
        }
        pieces
    }
}
