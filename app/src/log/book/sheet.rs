//! One page of a log: its lines where they are held, and how many rows they take.

use super::{Line, Wrap};
use crate::log::width;

/// A row without end would be no row any more, even where lines are not wrapped.
const WIDEST: usize = 4000;

/// A page.
#[derive(Debug, Clone, Default)]
pub struct Sheet {
    /// Lines of the page, held or not.
    pub len: usize,
    /// Rows that they take; as many as lines until they were held once.
    pub rows: usize,
    held: Option<Held>,
}

#[derive(Debug, Clone, Default)]
struct Held {
    lines: Vec<Line>,
    /// Of each row: its line in the page, and the bytes of the text.
    places: Vec<(u32, u32, u32)>,
}

impl Sheet {
    /// A page that is not held.
    pub fn closed(len: usize) -> Sheet {
        Sheet { len, rows: len, held: None }
    }

    /// A page to which lines are going to be added.
    pub fn open() -> Sheet {
        Sheet { held: Some(Held::default()), ..Sheet::default() }
    }

    /// Adds a line at the end.
    pub fn append(&mut self, line: impl FnOnce() -> Line, wrap: Wrap) {
        self.len += 1;
        match &mut self.held {
            Some(held) => {
                held.add(line(), wrap);
                self.rows = held.places.len();
            }
            None => self.rows += 1,
        }
    }

    /// Holds these lines.
    pub fn put(&mut self, lines: Vec<Line>, wrap: Wrap) {
        self.held = Some(Held { lines, places: Vec::new() });
        self.lay_out(wrap);
    }

    /// Breaks the lines anew.
    pub fn lay_out(&mut self, wrap: Wrap) {
        if let Some(held) = &mut self.held {
            held.places.clear();
            for line in std::mem::take(&mut held.lines) {
                held.add(line, wrap);
            }
            self.rows = held.places.len();
        } else {
            self.rows = self.len;
        }
    }

    /// Whether the lines are there.
    pub fn is_held(&self) -> bool {
        self.held.is_some()
    }

    /// Forgets the lines; what is known of their rows stays.
    pub fn let_go(&mut self) {
        self.held = None;
    }

    /// The held lines.
    pub fn lines(&self) -> &[Line] {
        self.held.as_ref().map(|held| held.lines.as_slice()).unwrap_or_default()
    }

    /// A held line.
    pub fn line(&self, at: usize) -> Option<&Line> {
        self.lines().get(at)
    }

    /// Some of the rows; nothing where they are not held.
    pub fn places(&self, from: usize, to: usize) -> Option<&[(u32, u32, u32)]> {
        self.held.as_ref().and_then(|held| held.places.get(from..to))
    }

    /// The row in which a line begins.
    pub fn row_of(&self, line: usize) -> usize {
        match &self.held {
            Some(held) => held.places.partition_point(|(of, ..)| (*of as usize) < line),
            None => line.min(self.rows),
        }
    }
}

impl Held {
    fn add(&mut self, line: Line, wrap: Wrap) {
        let (index, mut start) = (self.lines.len() as u32, 0);
        for part in line.text.split('\n') {
            let mut from = start;
            for cut in width::breaks(part, wrap.unwrap_or(WIDEST)) {
                let to = start + cut;
                self.places.push((index, from as u32, to as u32));
                from = to;
            }
            let to = start + part.len();
            self.places.push((index, from as u32, to as u32));
            start = to + 1;
        }
        self.lines.push(line);
    }
}
