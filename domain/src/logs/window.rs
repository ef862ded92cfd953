//! Reading a run's log by place: which of its lines are shown, where a stretch of them begins, and what is known of
//! the whole.

use serde::{Deserialize, Serialize};

use super::{Group, LogLine};

/// Lines that are read together; a window begins at a multiple of it.
pub const PAGE: i64 = 256;

/// Where a line comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The flow's client, or the worker, sent it to `/logs`.
    Client,
    /// A container printed it.
    Pod,
}

/// Which lines of a log are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sieve {
    /// By group of levels, quiet to loud.
    pub hidden: [bool; 4],
    /// `None` shows both.
    pub source: Option<Source>,
}

impl Sieve {
    /// Kinds of lines that are told apart when they are counted: four groups of levels of each source.
    pub const KINDS: usize = 8;

    /// Reads `hide` (`debug,info`) and `source` (`client`, `pod`, else both).
    pub fn parse(hide: &str, source: &str) -> Sieve {
        let hidden = Group::list(hide);
        let source = match source {
            "client" => Some(Source::Client),
            "pod" => Some(Source::Pod),
            _ => None,
        };
        Sieve { hidden: Group::ALL.map(|group| hidden.contains(&group)), source }
    }

    /// The kind of a line.
    pub fn kind(level: i64, of_pod: bool) -> usize {
        Group::of(level) as usize + if of_pod { 4 } else { 0 }
    }

    /// Whether lines of this kind are shown.
    pub fn shows(self, kind: usize) -> bool {
        let of_source = match self.source {
            None => true,
            Some(source) => (source == Source::Pod) == (kind >= 4),
        };
        of_source && !self.hidden[kind % 4]
    }

    /// How many of these lines, counted by kind, are shown.
    pub fn of(self, counts: &[i64; Self::KINDS]) -> i64 {
        (0..Self::KINDS).filter(|kind| self.shows(*kind)).map(|kind| counts[kind]).sum()
    }

    /// The hidden groups, as in `debug,info`.
    pub fn hide(self) -> String {
        let hidden = Group::ALL.into_iter().filter(|group| self.hidden[*group as usize]);
        hidden.map(Group::name).collect::<Vec<_>>().join(",")
    }

    /// The source as URLs call it.
    pub fn source_name(self) -> &'static str {
        match self.source {
            Some(Source::Client) => "client",
            Some(Source::Pod) => "pod",
            None => "both",
        }
    }

    /// As the query of a URL.
    pub fn query(self) -> String {
        format!("hide={}&source={}", self.hide(), self.source_name())
    }
}

/// A line by its number: `L12` is the twelfth that a client sent, `P7` the seventh that a pod printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Address {
    pub of_pod: bool,
    /// From 1.
    pub number: i64,
}

impl Address {
    /// Reads `L12` or `P7`.
    pub fn parse(text: &str) -> Option<Address> {
        let of_pod = text.starts_with('P');
        let number = text.strip_prefix(['L', 'P'])?.parse::<i64>().ok().filter(|number| *number > 0)?;
        Some(Address { of_pod, number })
    }

    /// `L12`, or `P7`.
    pub fn name(self) -> String {
        format!("{}{}", if self.of_pod { 'P' } else { 'L' }, self.number)
    }

    /// The ends of `L12` or `L12-L20`, the lesser first; both are of one source.
    pub fn range(text: &str) -> Option<(Address, Address)> {
        let (from, to) = text.split_once('-').unwrap_or((text, text));
        let (from, to) = (Address::parse(from)?, Address::parse(to)?);
        if from.of_pod != to.of_pod {
            return None;
        }
        Some(if from.number <= to.number { (from, to) } else { (to, from) })
    }
}

/// A stretch of the shown lines in the order of storing.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct LogWindow {
    /// Each with its number.
    pub lines: Vec<LogLine>,
    /// The place of the first of them among the shown lines, from 0.
    pub offset: i64,
    /// All lines of the run by kind ([`Sieve::kind`]), shown or not.
    pub counts: [i64; Sieve::KINDS],
    /// Lines with a greater `seq` are not counted yet.
    pub cursor: i64,
    /// Which lines are shown, as [`Sieve::parse`] reads it.
    pub hide: String,
    pub source: String,
    /// Goes along with a page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overview: Option<LogOverview>,
}

/// What is known of a whole log.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct LogOverview {
    /// When the first bar begins, and how long each is, in microseconds.
    pub from: i64,
    pub width: i64,
    /// Shown lines that were written in each stretch of time, by group of levels, quiet to loud.
    pub bars: Vec<[i64; 4]>,
    /// The same as paths of an SVG of one unit per bar and 100 in height, for each group.
    pub paths: [String; 4],
    /// The same in a sentence.
    pub summary: String,
    /// Whether the log is whole, as far as the server knows.
    pub state: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sieve_is_read_written_and_counts() {
        let sieve = Sieve::parse("info,debug", "pod");
        assert_eq!(sieve.query(), "hide=debug,info&source=pod");
        assert_eq!(sieve.of(&[1, 2, 4, 8, 16, 32, 64, 128]), 64 + 128);
        assert_eq!(Sieve::parse("", "client").of(&[1, 2, 4, 8, 16, 32, 64, 128]), 15);
        assert_eq!(Sieve::parse("error", "").of(&[1, 2, 4, 8, 16, 32, 64, 128]), 7 + 16 + 32 + 64);
        assert_eq!([Sieve::kind(10, false), Sieve::kind(50, true)], [0, 7]);
    }

    #[test]
    fn addresses_name_lines() {
        let line = |of_pod, number| Address { of_pod, number };
        let cases = [
            ("L12", Some((line(false, 12), line(false, 12)))),
            ("L20-L12", Some((line(false, 12), line(false, 20)))),
            ("P3-P4", Some((line(true, 3), line(true, 4)))),
            ("P3-L4", None),
            ("L0", None),
            ("main", None),
            ("", None),
            ("L1-", None),
        ];
        for (text, range) in cases {
            assert_eq!(Address::range(text), range, "{text}");
        }
        assert_eq!(line(true, 3).name(), "P3");
    }
}
