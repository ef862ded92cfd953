//! The lines of a run in their order: which of them is the n-th that is shown, and which number it has.

use domain::Timestamp;
use domain::logs::{Address, Sieve};

type Counts = [u32; Sieve::KINDS];

/// After so many lines the counts are written down, so that nobody has to count from the beginning.
const EVERY: usize = 512;

/// The order of storing, as far as it was read.
#[derive(Debug, Clone, Default)]
pub struct Places {
    seqs: Vec<i64>,
    kinds: Vec<u8>,
    /// What comes before each chunk of [`EVERY`] lines.
    marks: Vec<Mark>,
    counts: Counts,
    /// The latest time of any line so far.
    latest: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy)]
struct Mark {
    before: Counts,
    latest: Option<Timestamp>,
}

impl Places {
    /// Adds the next line.
    pub fn add(&mut self, seq: i64, kind: usize, at: Timestamp) {
        if self.seqs.len().is_multiple_of(EVERY) {
            self.marks.push(Mark { before: self.counts, latest: self.latest });
        }
        self.seqs.push(seq);
        self.kinds.push(kind as u8);
        self.counts[kind] += 1;
        self.latest = self.latest.max(Some(at));
    }

    /// Lines of all kinds.
    pub fn len(&self) -> usize {
        self.seqs.len()
    }

    /// The `seq` of the last line; 0 when there is none.
    pub fn newest(&self) -> i64 {
        self.seqs.last().copied().unwrap_or(0)
    }

    /// The `seq` of the first line.
    pub fn oldest(&self) -> Option<i64> {
        self.seqs.first().copied()
    }

    /// All lines by kind.
    pub fn counts(&self) -> [i64; Sieve::KINDS] {
        self.counts.map(i64::from)
    }

    /// The kind of a line.
    pub fn kind(&self, seq: i64) -> Option<usize> {
        let at = self.seqs.binary_search(&seq).ok()?;
        Some(usize::from(self.kinds[at]))
    }

    /// How many lines that the sieve shows come before `seq`: the place of the line itself, if it is shown, from 0.
    pub fn shown_before(&self, sieve: Sieve, seq: i64) -> i64 {
        sieve.of(&self.counts_before(self.seqs.partition_point(|place| *place < seq)))
    }

    /// The number of a line, among those of its source from 1.
    pub fn number(&self, seq: i64) -> i64 {
        let at = self.seqs.partition_point(|place| *place < seq);
        let of_pod = self.kinds.get(at).is_some_and(|kind| *kind >= 4);
        of_source(&self.counts_before(at), of_pod) + 1
    }

    /// The `seq` of a line by its number; nothing when there is none.
    pub fn by_address(&self, address: Address) -> Option<i64> {
        let wanted = address.number - 1;
        let is_wanted = |kind: usize| (kind >= 4) == address.of_pod;
        let before = |counts: &Counts| of_source(&counts.map(i64::from), address.of_pod);
        self.nth(wanted, is_wanted, before)
    }

    /// The `seq` after which reading has to begin so that the next shown line is the one at `offset`; the greatest of
    /// all when there is no such line.
    pub fn before_shown(&self, sieve: Sieve, offset: i64) -> i64 {
        let before = |counts: &Counts| sieve.of(&counts.map(i64::from));
        self.nth(offset, |kind| sieve.shows(kind), before).map_or(self.newest(), |seq| seq - 1)
    }

    /// Between which `seq`s the first line is that was written at `at` or later: after the first, at most the second.
    pub fn around(&self, at: Timestamp) -> Option<(i64, i64)> {
        if self.latest.is_none_or(|latest| latest < at) {
            return None;
        }
        let chunk = self.marks.partition_point(|mark| mark.latest.is_none_or(|latest| latest < at)) - 1;
        let end = ((chunk + 1) * EVERY).min(self.seqs.len());
        Some((self.seqs[chunk * EVERY] - 1, self.seqs[end - 1]))
    }

    /// The `seq` of the n-th line, from 0, of the kinds that are `wanted`, of which `before` counts those before a mark.
    fn nth(&self, n: i64, wanted: impl Fn(usize) -> bool, before: impl Fn(&Counts) -> i64) -> Option<i64> {
        let chunk = self.marks.partition_point(|mark| before(&mark.before) <= n).checked_sub(1)?;
        let rest = usize::try_from(n - before(&self.marks[chunk].before)).ok()?;
        let start = chunk * EVERY;
        let of_chunk = self.kinds[start..].iter().enumerate().filter(|(_, kind)| wanted(usize::from(**kind)));
        of_chunk.map(|(at, _)| self.seqs[start + at]).nth(rest)
    }

    /// The lines before the one with this index, by kind.
    fn counts_before(&self, at: usize) -> [i64; Sieve::KINDS] {
        let chunk = (at / EVERY).min(self.marks.len().saturating_sub(1));
        let mut counts = self.marks.get(chunk).map_or([0; Sieve::KINDS], |mark| mark.before.map(i64::from));
        for kind in self.kinds.get(chunk * EVERY..at).unwrap_or_default() {
            counts[usize::from(*kind)] += 1;
        }
        counts
    }
}

fn of_source(counts: &[i64; Sieve::KINDS], of_pod: bool) -> i64 {
    if of_pod { counts[4..].iter().sum() } else { counts[..4].iter().sum() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 3000 lines with every second `seq`: each third is a pod's, each tenth an error.
    fn places() -> (Places, Vec<usize>) {
        let mut places = Places::default();
        let kinds: Vec<usize> = (0..3000).map(|n| Sieve::kind(if n % 10 == 0 { 40 } else { 20 }, n % 3 == 0)).collect();
        for (n, kind) in kinds.iter().enumerate() {
            // The clocks of writers differ: one line in a thousand comes an hour late.
            let second = if n % 1000 == 999 { 3600.0 } else { 0.0 };
            places.add(2 * n as i64 + 2, *kind, Timestamp::from_micros(n as i64 * 1_000_000).plus_seconds(-second));
        }
        (places, kinds)
    }

    #[test]
    fn places_and_numbers_are_those_that_counting_gives() {
        let (places, kinds) = places();
        for sieve in ["", "info"].into_iter().flat_map(|hide| ["", "pod", "client"].map(|of| Sieve::parse(hide, of))) {
            let mut shown = 0;
            for (n, kind) in kinds.iter().enumerate() {
                let seq = 2 * n as i64 + 2;
                assert_eq!(places.shown_before(sieve, seq), shown);
                if sieve.shows(*kind) {
                    assert_eq!(places.before_shown(sieve, shown), seq - 1);
                    shown += 1;
                }
            }
            assert_eq!(places.before_shown(sieve, shown), places.newest());
            assert_eq!(sieve.of(&places.counts()), shown);
        }
        let mut numbers = [0, 0];
        for (n, kind) in kinds.iter().enumerate() {
            let (seq, of_pod) = (2 * n as i64 + 2, *kind >= 4);
            numbers[usize::from(of_pod)] += 1;
            let number = numbers[usize::from(of_pod)];
            assert_eq!((places.number(seq), places.kind(seq)), (number, Some(*kind)));
            assert_eq!(places.by_address(Address { of_pod, number }), Some(seq));
        }
        assert_eq!(places.by_address(Address { of_pod: true, number: 1001 }), None);
        assert_eq!((places.kind(3), Places::default().newest()), (None, 0));
    }

    #[test]
    fn times_are_near_the_line_that_came_first() {
        let (places, _) = places();
        let second = |n: i64| Timestamp::from_micros(n * 1_000_000);
        for n in [0, 1, 511, 512, 998, 1000, 2998] {
            let (after, to) = places.around(second(n)).expect("lines");
            assert!(after < 2 * n + 2 && 2 * n + 2 <= to, "{n}: {after} {to}");
        }
        assert_eq!(places.around(second(5000)), None);
        assert_eq!(Places::default().around(second(0)), None);
    }
}
