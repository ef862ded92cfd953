//! Where in a run's log which line is: read from the database once, and from there on only what came since. It is what
//! makes a line's number, the place of a line among the shown ones, and a histogram cheap in a log of a million lines.
//!
//! Kept in memory alone, for the runs that somebody looks at: nine bytes a line.

mod bars;
mod places;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use domain::FlowRunId;
use store::{Store, log_scan};
use tokio::sync::Mutex as Turn;

pub use bars::Bars;
pub use places::Places;
use store::log_scan::{Counted, Flaw};

/// Lines that are read at once.
const STRETCH: i64 = 20_000;

/// Lines of all indexes together; the one that was not asked for the longest time goes first.
const MOST: usize = 3_000_000;

/// Indexes that are kept, however short.
const MOST_RUNS: usize = 500;

/// What is known of one run's log.
#[derive(Debug, Clone, Default)]
pub struct Index {
    pub places: Places,
    pub bars: Bars,
    /// Lines that were cut, and places where some are missing.
    pub cut: i64,
    pub gaps: i64,
}

impl Index {
    fn add(&mut self, line: Counted) {
        self.places.add(line.seq, line.kind, line.at);
        self.bars.add(line.kind, line.at);
        match line.flaw {
            Some(Flaw::Cut) => self.cut += 1,
            Some(Flaw::Gap) => self.gaps += 1,
            None => {}
        }
    }
}

/// The indexes of one server process.
#[derive(Clone, Default)]
pub struct Indexes(Arc<Mutex<HashMap<FlowRunId, Kept>>>);

#[derive(Clone)]
struct Kept {
    index: Arc<Turn<Index>>,
    lines: usize,
    /// Grows with every use.
    used: u64,
}

impl Indexes {
    /// Hands the index of a run, up to date, to `ask`. Whoever asks for the same run waits meanwhile.
    pub async fn with<T>(&self, store: &Store, run: FlowRunId, ask: impl FnOnce(&Index) -> T) -> store::Result<T> {
        let kept = self.kept(run);
        let mut index = kept.lock().await;
        loop {
            // A connection for each stretch: a long log keeps no other reader's place.
            let lines = log_scan::after(&mut store.read().await?, run, index.places.newest(), STRETCH).await?;
            let is_last = (lines.len() as i64) < STRETCH;
            lines.into_iter().for_each(|line| index.add(line));
            if is_last {
                break;
            }
        }
        self.make_room(run, index.places.len());
        Ok(ask(&index))
    }

    fn kept(&self, run: FlowRunId) -> Arc<Turn<Index>> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let used = all.values().map(|kept| kept.used).max().unwrap_or(0) + 1;
        let kept = all.entry(run).or_insert_with(|| Kept { index: Arc::default(), lines: 0, used });
        kept.used = used;
        kept.index.clone()
    }

    fn make_room(&self, run: FlowRunId, lines: usize) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kept) = all.get_mut(&run) {
            kept.lines = lines;
        }
        while all.len() > 1 && (all.len() > MOST_RUNS || all.values().map(|kept| kept.lines).sum::<usize>() > MOST) {
            let oldest = all.iter().filter(|(id, _)| **id != run).min_by_key(|(_, kept)| kept.used);
            let Some(id) = oldest.map(|(id, _)| *id) else { return };
            all.remove(&id);
        }
    }
}
