//! How many lines were written when: counts in stretches of time that grow as the log does, so that there are never
//! many of them.

use std::collections::BTreeMap;

use domain::Timestamp;
use domain::logs::Sieve;

/// The most stretches.
const MOST: i64 = 120;

/// Microseconds of a stretch at first.
const FINEST: i64 = 1000;

/// Counts by time.
#[derive(Debug, Clone)]
pub struct Bars {
    width: i64,
    /// By the number of the stretch, counted from 1970.
    counts: BTreeMap<i64, [u32; Sieve::KINDS]>,
    ends: Option<(Timestamp, Timestamp)>,
}

impl Default for Bars {
    fn default() -> Self {
        Bars { width: FINEST, counts: BTreeMap::new(), ends: None }
    }
}

impl Bars {
    /// Adds a line.
    pub fn add(&mut self, kind: usize, at: Timestamp) {
        self.counts.entry(at.micros().div_euclid(self.width)).or_default()[kind] += 1;
        self.ends = Some(self.ends.map_or((at, at), |(first, last)| (first.min(at), last.max(at))));
        while self.span() > MOST {
            self.widen();
        }
    }

    /// When the first and the last line were written.
    pub fn ends(&self) -> Option<(Timestamp, Timestamp)> {
        self.ends
    }

    /// When the first stretch begins and how long each is, in microseconds, and the shown lines of each by group of
    /// levels.
    pub fn shown(&self, sieve: Sieve) -> (i64, i64, Vec<[i64; 4]>) {
        let Some((first, _)) = self.counts.first_key_value() else { return (0, self.width, Vec::new()) };
        let of = |counts: &[u32; Sieve::KINDS], group: usize| {
            let kinds = [group, group + 4].into_iter().filter(|kind| sieve.shows(*kind));
            kinds.map(|kind| i64::from(counts[kind])).sum::<i64>()
        };
        let bar = |n: i64| match self.counts.get(&(first + n)) {
            Some(counts) => [0, 1, 2, 3].map(|group| of(counts, group)),
            None => [0; 4],
        };
        (first * self.width, self.width, (0..self.span()).map(bar).collect())
    }

    fn span(&self) -> i64 {
        match (self.counts.first_key_value(), self.counts.last_key_value()) {
            (Some((first, _)), Some((last, _))) => last - first + 1,
            _ => 0,
        }
    }

    fn widen(&mut self) {
        self.width *= 2;
        for (stretch, counts) in std::mem::take(&mut self.counts) {
            let sum = self.counts.entry(stretch.div_euclid(2)).or_default();
            sum.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_grow_and_lose_nothing() {
        let mut bars = Bars::default();
        assert_eq!(bars.shown(Sieve::default()).2.len(), 0);
        for n in 0..10_000_i64 {
            // Backwards in part: clocks differ.
            let at = if n % 2 == 0 { n } else { -n } * 700_000;
            bars.add(if n % 100 == 0 { 7 } else { 1 }, Timestamp::from_micros(at));
        }
        let (from, width, all) = bars.shown(Sieve::default());
        assert!((60..=120).contains(&all.len()), "{}", all.len());
        assert!(from <= -9999 * 700_000 && from + width * all.len() as i64 > 9998 * 700_000);
        let sum = |bars: &[[i64; 4]], group: usize| bars.iter().map(|bar| bar[group]).sum::<i64>();
        assert_eq!([0, 1, 2, 3].map(|group| sum(&all, group)), [0, 9900, 0, 100]);
        let (_, _, errors) = bars.shown(Sieve::parse("info", "client"));
        assert_eq!(sum(&errors, 3), 0, "the errors are a pod's");
    }
}
