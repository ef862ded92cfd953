//! The lines of a log as they are shown: cut into pages, of which only those near to what is in sight are held, and
//! laid out in rows of equal height.

mod line;
mod sheet;

use domain::logs::{Address, LogLine, LogWindow, PAGE, Sieve};

use super::Needle;
pub use line::{Line, Piece};
use sheet::Sheet;

/// Whether long lines go on in the next row: at that many columns, or never.
pub type Wrap = Option<usize>;

/// Pages that are held at most.
const HELD: usize = 48;

/// One row of the view: a part of a line, in bytes of its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// The line's place among the shown ones.
    pub offset: i64,
    from: u32,
    to: u32,
}

/// What a stretch of rows holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    Row(Row),
    /// So many rows of this page, which is not there yet.
    Gap(usize, usize),
}

/// The shown lines, how they are laid out, and what is searched for.
#[derive(Debug, Clone, Default)]
pub struct Book {
    sheets: Vec<Sheet>,
    /// Stored lines by kind, shown or not.
    counts: [i64; Sieve::KINDS],
    sieve: Sieve,
    wrap: Wrap,
    needle: Option<Needle>,
}

impl Book {
    /// A book that holds a stretch of a log.
    pub fn new(window: &LogWindow) -> Self {
        let mut book = Book { counts: window.counts, ..Book::default() };
        book.set_sieve(Sieve::parse(&window.hide, &window.source));
        for (page, lines) in (window.offset / PAGE..).zip(window.lines.chunks(PAGE as usize)) {
            book.put(page as usize, lines);
        }
        book
    }

    /// Adds lines that were stored after all others; says how many of them are shown.
    pub fn append(&mut self, lines: &[LogLine]) -> i64 {
        let mut shown = 0;
        for line in lines {
            let kind = Sieve::kind(line.level, line.pod.is_some());
            self.counts[kind] += 1;
            if !self.sieve.shows(kind) {
                continue;
            }
            shown += 1;
            let of_source = if kind >= 4 { &self.counts[4..] } else { &self.counts[..4] };
            let number = of_source.iter().sum();
            if self.sheets.last().is_none_or(|sheet| sheet.len == PAGE as usize) {
                self.sheets.push(Sheet::open());
            }
            let wrap = self.wrap;
            if let Some(sheet) = self.sheets.last_mut() {
                sheet.append(|| Line::read(line, number), wrap);
            }
        }
        shown
    }

    /// Puts the lines of a page in their place. Those that are not counted yet are left out: they will be appended.
    /// False when some are missing.
    pub fn put(&mut self, page: usize, lines: &[LogLine]) -> bool {
        let wrap = self.wrap;
        let Some(sheet) = self.sheets.get_mut(page).filter(|sheet| sheet.len <= lines.len()) else { return false };
        sheet.put(lines.iter().take(sheet.len).map(|line| Line::read(line, line.number)).collect(), wrap);
        true
    }

    /// Lets go of the pages that are farthest from this one, where there are too many.
    pub fn keep_near(&mut self, page: usize) {
        let mut held: Vec<usize> = (0..self.sheets.len()).filter(|at| self.sheets[*at].is_held()).collect();
        held.sort_unstable_by_key(|at| at.abs_diff(page));
        held.into_iter().skip(HELD).for_each(|at| self.sheets[at].let_go());
    }

    /// Pages of these rows that are not held.
    pub fn missing(&self, from: usize, to: usize) -> Vec<usize> {
        let (first, last) = (self.page_of_row(from), self.page_of_row(to.max(1) - 1));
        (first..=last).filter(|page| self.sheets.get(*page).is_some_and(|sheet| !sheet.is_held())).collect()
    }

    /// Shows other lines. None of them is held then.
    pub fn set_sieve(&mut self, sieve: Sieve) {
        self.sieve = sieve;
        let (total, page) = (self.shown() as usize, PAGE as usize);
        self.sheets = (0..total.div_ceil(page)).map(|at| Sheet::closed((total - at * page).min(page))).collect();
    }

    /// Which lines are shown.
    pub fn sieve(&self) -> Sieve {
        self.sieve
    }

    /// Changes where long lines are broken; false when nothing changed.
    pub fn set_wrap(&mut self, wrap: Wrap) -> bool {
        let changed = self.wrap != wrap;
        if changed {
            self.wrap = wrap;
            self.sheets.iter_mut().for_each(|sheet| sheet.lay_out(wrap));
        }
        changed
    }

    /// Looks for something else, or for nothing.
    pub fn look_for(&mut self, needle: Option<Needle>) {
        self.needle = needle;
    }

    /// Places of the held lines stored after `seq` in which it occurs.
    pub fn found_after(&self, seq: i64) -> Vec<i64> {
        let fits = |(_, line): &(i64, &Line)| line.seq > seq && !self.matches(line).is_empty();
        self.held().filter(fits).map(|(offset, _)| offset).collect()
    }

    /// Rows of all shown lines, as far as is known.
    pub fn row_count(&self) -> usize {
        self.sheets.iter().map(|sheet| sheet.rows).sum()
    }

    /// What stands in these rows.
    pub fn rows(&self, from: usize, to: usize) -> Vec<Shown> {
        let (mut shown, mut start) = (Vec::new(), 0);
        for (page, sheet) in self.sheets.iter().enumerate() {
            let end = start + sheet.rows;
            if end > from && start < to {
                let (first, last) = (from.max(start) - start, to.min(end) - start);
                match sheet.places(first, last) {
                    Some(places) => shown.extend(places.iter().map(|(line, from, to)| {
                        Shown::Row(Row { offset: page as i64 * PAGE + i64::from(*line), from: *from, to: *to })
                    })),
                    None => shown.push(Shown::Gap(page, last - first)),
                }
            }
            start = end;
        }
        shown
    }

    /// The row in which the line at this place begins, as far as is known.
    pub fn row_of(&self, offset: i64) -> usize {
        let (page, line) = ((offset / PAGE) as usize, (offset % PAGE) as usize);
        self.row_of_page(page) + self.sheets.get(page).map_or(0, |sheet| sheet.row_of(line))
    }

    /// The row with which a page begins.
    pub fn row_of_page(&self, page: usize) -> usize {
        self.sheets.iter().take(page).map(|sheet| sheet.rows).sum()
    }

    /// The page that a row belongs to.
    pub fn page_of_row(&self, row: usize) -> usize {
        let mut end = 0;
        let found = self.sheets.iter().position(|sheet| {
            end += sheet.rows;
            row < end
        });
        found.unwrap_or(self.sheets.len().saturating_sub(1))
    }

    /// The place of the line that a row belongs to, as far as is known.
    pub fn offset_of_row(&self, row: usize) -> i64 {
        match self.rows(row, row + 1).first() {
            Some(Shown::Row(row)) => row.offset,
            _ => {
                let page = self.page_of_row(row);
                page as i64 * PAGE + (row - self.row_of_page(page).min(row)) as i64
            }
        }
    }

    /// The line at this place, where it is held.
    pub fn line(&self, offset: i64) -> Option<&Line> {
        self.sheets.get((offset / PAGE) as usize)?.line((offset % PAGE) as usize)
    }

    /// The place of a line, where it is held.
    pub fn by_address(&self, address: Address) -> Option<i64> {
        self.held().find(|(_, line)| line.address() == address).map(|(offset, _)| offset)
    }

    /// Lines that are shown, held or not.
    pub fn shown(&self) -> i64 {
        self.sieve.of(&self.counts)
    }

    /// Lines that are stored, by kind.
    pub fn counts(&self) -> &[i64; Sieve::KINDS] {
        &self.counts
    }

    /// True for the row with which a line begins.
    pub fn is_first(&self, row: Row) -> bool {
        row.from == 0
    }

    /// A row's text in stretches of one look each.
    pub fn pieces(&self, row: Row) -> Vec<Piece> {
        self.line(row.offset).map(|line| line.pieces(row.from, row.to, &self.matches(line))).unwrap_or_default()
    }

    fn held(&self) -> impl Iterator<Item = (i64, &Line)> {
        let sheets = (0..).step_by(PAGE as usize).zip(&self.sheets);
        sheets.flat_map(|(start, sheet)| (start..).zip(sheet.lines()))
    }

    /// Byte ranges of what is looked for.
    fn matches(&self, line: &Line) -> Vec<(u32, u32)> {
        self.needle.as_ref().map(|needle| needle.find(&line.text)).unwrap_or_default()
    }
}

impl Row {
    /// Tells the rows of one line apart, however they are broken.
    pub fn key(self) -> (u32, u32) {
        (self.from, self.to)
    }
}

#[cfg(test)]
mod tests;
