//! The loaded lines of a log, and the rows of equal height in which they are shown.

use domain::Timestamp;
use domain::ansi::{self, Style};
use domain::logs::{Group, LogLine, LogSlice};

use super::{Needle, width};

/// Whether long lines go on in the next row: at that many columns, or never.
pub type Wrap = Option<usize>;

/// A stored line as it is shown.
#[derive(Debug, Clone)]
pub struct Line {
    pub seq: i64,
    /// From 1, in the order of storing.
    pub number: i64,
    pub at: Timestamp,
    pub level: i64,
    pub logger: String,
    pub text: String,
    styles: Vec<(u32, Style)>,
}

/// One row of the view: a part of a line, in bytes of its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    pub line: u32,
    from: u32,
    to: u32,
}

impl Row {
    /// Tells the rows of one line apart, however they are broken.
    pub fn key(self) -> (u32, u32) {
        (self.from, self.to)
    }
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

/// The lines, what is shown of them, and what is searched for.
#[derive(Debug, Clone, Default)]
pub struct Book {
    lines: Vec<Line>,
    rows: Vec<Row>,
    /// Stored lines by group, loaded or not.
    counts: [i64; 4],
    hidden: [bool; 4],
    wrap: Wrap,
    needle: Option<Needle>,
    /// Lines that are stored in all.
    total: i64,
    has_earlier: bool,
}

impl Book {
    /// The end of a log.
    pub fn new(slice: &LogSlice) -> Self {
        let total = slice.total.max(slice.lines.len() as i64);
        let mut book =
            Book { total: total - slice.lines.len() as i64, has_earlier: slice.has_earlier, ..Book::default() };
        book.append(&slice.lines);
        if slice.counts.iter().sum::<i64>() == total {
            book.counts = slice.counts;
        }
        book
    }

    /// Adds lines that were stored after all others.
    pub fn append(&mut self, lines: &[LogLine]) {
        for line in lines {
            self.total += 1;
            let line = read(line, self.total);
            self.counts[Group::of(line.level) as usize] += 1;
            self.lines.push(line);
            self.add_rows(self.lines.len() - 1);
        }
    }

    /// Adds the lines right before the first; returns how many rows are new above the others.
    pub fn prepend(&mut self, slice: &LogSlice) -> usize {
        let first = self.lines.first().map_or(self.total + 1, |line| line.number);
        let start = first - slice.lines.len() as i64;
        let earlier: Vec<Line> = slice.lines.iter().zip(start..).map(|(line, number)| read(line, number)).collect();
        self.lines.splice(0..0, earlier);
        self.has_earlier = slice.has_earlier && !slice.lines.is_empty();
        let before = self.rows.len();
        self.lay_out();
        self.rows.len() - before
    }

    /// Shows or hides a group of levels.
    pub fn set_hidden(&mut self, group: Group, hidden: bool) {
        self.hidden[group as usize] = hidden;
        self.lay_out();
    }

    /// Whether the group is hidden.
    pub fn is_hidden(&self, group: Group) -> bool {
        self.hidden[group as usize]
    }

    /// Changes where long lines are broken; false when nothing changed.
    pub fn set_wrap(&mut self, wrap: Wrap) -> bool {
        let changed = self.wrap != wrap;
        if changed {
            self.wrap = wrap;
            self.lay_out();
        }
        changed
    }

    /// Looks for something else, or for nothing.
    pub fn look_for(&mut self, needle: Option<Needle>) {
        self.needle = needle;
    }

    /// Numbers of the shown lines stored after `seq` in which it occurs.
    pub fn found_after(&self, seq: i64) -> Vec<i64> {
        let after = &self.lines[self.lines.partition_point(|line| line.seq <= seq)..];
        let shown = |line: &&Line| !self.hidden[Group::of(line.level) as usize];
        let found = after.iter().filter(shown).filter(|line| !self.matches(&line.text).is_empty());
        found.map(|line| line.number).collect()
    }

    /// Rows that are shown.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The line that a row shows a part of.
    pub fn line(&self, row: Row) -> &Line {
        &self.lines[row.line as usize]
    }

    /// All loaded lines.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// Stored lines of a group.
    pub fn count(&self, group: Group) -> i64 {
        self.counts[group as usize]
    }

    /// Stored lines, loaded or not.
    pub fn total(&self) -> i64 {
        self.total
    }

    /// Whether there are stored lines before the first loaded one.
    pub fn has_earlier(&self) -> bool {
        self.has_earlier
    }

    /// Whether the line with this number is stored and not loaded yet.
    pub fn is_earlier(&self, number: i64) -> bool {
        self.has_earlier && number > 0 && self.lines.first().is_some_and(|first| number < first.number)
    }

    /// Where the line with this index begins among the rows, or the next shown line does.
    pub fn row_of_line(&self, line: u32) -> usize {
        self.rows.partition_point(|row| row.line < line)
    }

    /// The index of a loaded line by its number.
    pub fn line_by_number(&self, number: i64) -> Option<u32> {
        let first = self.lines.first()?.number;
        let index = usize::try_from(number - first).ok()?;
        (index < self.lines.len()).then_some(index as u32)
    }

    /// True for the row with which a line begins.
    pub fn is_first(&self, row: Row) -> bool {
        row.from == 0
    }

    /// A row's text in stretches of one look each.
    pub fn pieces(&self, row: Row) -> Vec<Piece> {
        let line = self.line(row);
        let matches = self.matches(&line.text);
        let mut cuts: Vec<u32> = line.styles.iter().map(|(from, _)| *from).collect();
        cuts.extend(matches.iter().flat_map(|(from, to)| [*from, *to]));
        let (mut pieces, mut from) = (Vec::new(), row.from);
        while from < row.to {
            let to = cuts.iter().copied().filter(|cut| from < *cut && *cut < row.to).min().unwrap_or(row.to);
            let style =
                line.styles.iter().rev().find(|(at, _)| *at <= from).map_or(Style::default(), |(_, style)| *style);
            pieces.push(Piece {
                text: line.text.get(from as usize..to as usize).unwrap_or_default().to_owned(),
                classes: style.classes(),
                matched: matches.iter().any(|(start, end)| *start <= from && from < *end),
            });
            from = to;
        }
        pieces
    }

    /// The shown lines as text, one a line.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for row in self.rows.iter().filter(|row| row.from == 0) {
            let line = self.line(*row);
            text.push_str(&line.at.to_rfc3339());
            text.push(' ');
            text.push_str(crate::look::level(line.level).1);
            text.push(' ');
            text.push_str(&line.text);
            text.push('\n');
        }
        text
    }

    fn lay_out(&mut self) {
        self.rows.clear();
        for line in 0..self.lines.len() {
            self.add_rows(line);
        }
    }

    fn add_rows(&mut self, index: usize) {
        let line = &self.lines[index];
        if self.hidden[Group::of(line.level) as usize] {
            return;
        }
        let mut start = 0;
        for part in line.text.split('\n') {
            let mut from = start;
            if let Some(limit) = self.wrap {
                for cut in width::breaks(part, limit) {
                    let to = start + cut;
                    self.rows.push(Row { line: index as u32, from: from as u32, to: to as u32 });
                    from = to;
                }
            }
            let to = start + part.len();
            self.rows.push(Row { line: index as u32, from: from as u32, to: to as u32 });
            start = to + 1;
        }
    }

    /// Byte ranges of what is looked for.
    fn matches(&self, text: &str) -> Vec<(u32, u32)> {
        self.needle.as_ref().map(|needle| needle.find(text)).unwrap_or_default()
    }
}

fn read(line: &LogLine, number: i64) -> Line {
    let (mut text, styles) = ansi::parse(&line.message);
    text.truncate(text.trim_end_matches('\n').len());
    Line { seq: line.seq, number, at: line.timestamp, level: line.level, logger: line.name.clone(), text, styles }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(from: i64, messages: &[(i64, &str)]) -> Vec<LogLine> {
        let at = Timestamp::from_micros(0);
        let line = |(i, (level, message)): (usize, &(i64, &str))| LogLine {
            seq: (from + i as i64) * 10,
            timestamp: at,
            level: *level,
            name: "prefect.flow_runs".into(),
            message: (*message).into(),
            task_run_id: None,
        };
        messages.iter().enumerate().map(line).collect()
    }

    fn slice(from: i64, total: i64, messages: &[(i64, &str)]) -> LogSlice {
        LogSlice { lines: lines(from, messages), cursor: 0, total, has_earlier: from > 1, counts: [0; 4] }
    }

    fn search(book: &mut Book, typed: &str) -> Vec<i64> {
        let needle = domain::logs::LogQuery::parse(typed).map(|query| Needle::of(query, |_, _| Err(String::new())));
        book.look_for(needle.and_then(Result::ok));
        book.found_after(i64::MIN)
    }

    fn shown(book: &Book) -> Vec<String> {
        let row = |row: &Row| {
            let number = if book.is_first(*row) { book.line(*row).number.to_string() } else { String::new() };
            let text: String = book.pieces(*row).into_iter().map(|piece| piece.text).collect();
            format!("{number}|{text}")
        };
        book.rows().iter().map(row).collect()
    }

    #[test]
    fn lines_keep_their_numbers_whatever_is_loaded_when() {
        let mut book = Book::new(&slice(4, 5, &[(20, "four"), (20, "five")]));
        book.append(&lines(6, &[(20, "six")]));
        assert_eq!(shown(&book), ["4|four", "5|five", "6|six"]);
        assert_eq!([0, 1, 3, 4, 7].map(|number| book.is_earlier(number)), [false, true, true, false, false]);
        assert_eq!(book.prepend(&slice(1, 6, &[(20, "one"), (20, "two\nand a half"), (20, "three")])), 4);
        assert_eq!(shown(&book), ["1|one", "2|two", "|and a half", "3|three", "4|four", "5|five", "6|six"]);
        assert_eq!((book.total(), book.has_earlier()), (6, false));
        assert_eq!(book.line_by_number(3).map(|line| book.row_of_line(line)), Some(3));
        assert_eq!(book.line_by_number(7), None);
        assert!(!book.is_earlier(1));
    }

    #[test]
    fn levels_are_hidden_and_counted() {
        let mut book = Book::new(&slice(1, 4, &[(10, "d"), (20, "i"), (30, "w"), (50, "c")]));
        book.set_hidden(Group::Info, true);
        book.set_hidden(Group::Debug, true);
        assert_eq!(shown(&book), ["3|w", "4|c"]);
        assert_eq!(Group::ALL.map(|group| book.count(group)), [1, 1, 1, 1]);
        assert!(search(&mut book, "i").is_empty(), "hidden lines are not found");
    }

    #[test]
    fn counts_are_those_of_the_whole_log() {
        let counts = [0, 40, 8, 0];
        let mut book = Book::new(&LogSlice { counts, ..slice(47, 48, &[(20, "i"), (30, "w")]) });
        book.prepend(&slice(46, 48, &[(20, "i")]));
        book.append(&lines(49, &[(50, "c")]));
        assert_eq!(Group::ALL.map(|group| book.count(group)), [0, 40, 8, 1]);
    }

    #[test]
    fn long_lines_wrap_and_unwrap() {
        let mut book = Book::new(&slice(1, 1, &[(20, "one two three four")]));
        assert!(book.set_wrap(Some(10)));
        assert_eq!(shown(&book), ["1|one two ", "|three four"]);
        assert!(!book.set_wrap(Some(10)));
        book.set_wrap(None);
        assert_eq!(shown(&book), ["1|one two three four"]);
    }

    #[test]
    fn matches_and_colours_cut_rows_into_pieces() {
        let mut book = Book::new(&slice(1, 2, &[(20, "\u{1b}[31mError\u{1b}[0m: no error"), (20, "fine")]));
        assert_eq!(search(&mut book, "ERROR"), [1]);
        let pieces: Vec<(String, String, bool)> =
            book.pieces(book.rows()[0]).into_iter().map(|piece| (piece.text, piece.classes, piece.matched)).collect();
        let expected = [("Error", "a1", true), (": no ", "", false), ("error", "", true)];
        assert_eq!(pieces, expected.map(|(text, classes, matched)| (text.to_owned(), classes.to_owned(), matched)));
        assert_eq!(search(&mut book, "e"), [1, 2]);
        assert_eq!([0, 10, 19, 20].map(|seq| book.found_after(seq).len()), [2, 1, 1, 0]);
        assert!(search(&mut book, "nowhere").is_empty());
    }

    #[test]
    fn a_hundred_thousand_lines_are_no_effort() {
        let many: Vec<LogLine> = (0..100_000)
            .flat_map(|i| lines(i, &[(20, "a line of ordinary length, of which there are many")]))
            .collect();
        let mut book = Book::new(&LogSlice { total: 100_000, lines: many, ..LogSlice::default() });
        book.set_wrap(Some(20));
        assert_eq!(book.rows().len(), 300_000);
        assert_eq!(search(&mut book, "of which").len(), 100_000);
        assert_eq!(book.row_of_line(99_999), 299_997);
    }
}
