//! The lines in which something was found.

use domain::logs::LogMatches;

/// Places of lines among the shown ones, in their order, and how many there are of them. The server names the first ones
/// only when there are very many; it counts all.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Hits {
    lines: Vec<i64>,
    count: i64,
}

impl Hits {
    /// What the server found.
    pub fn of(matches: LogMatches) -> Hits {
        Hits { count: matches.count.max(matches.lines.len() as i64), lines: matches.lines }
    }

    /// Adds lines after all others. They are only counted where lines before them have no names: a place in the
    /// list is the place among all hits.
    pub fn add(&mut self, lines: Vec<i64>) {
        let complete = self.count == self.lines.len() as i64;
        self.count += lines.len() as i64;
        if complete {
            self.lines.extend(lines);
        }
    }

    /// The places that are known.
    pub fn lines(&self) -> &[i64] {
        &self.lines
    }

    /// How many lines there are in all.
    pub fn count(&self) -> i64 {
        self.count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_hits_are_counted_and_the_first_are_known() {
        let mut few = Hits::of(LogMatches { count: 2, lines: vec![3, 5], cursor: 9 });
        few.add(vec![8]);
        assert_eq!((few.lines(), few.count()), (&[3, 5, 8][..], 3));
        let mut many = Hits::of(LogMatches { count: 30_000, lines: vec![3, 5], cursor: 9 });
        many.add(vec![40_000]);
        assert_eq!((many.lines(), many.count()), (&[3, 5][..], 30_001));
    }
}
