//! What the parts of the log viewer share.

use domain::logs::{Address, LogOverview, LogWindow, Sieve};
use domain::{FlowRunId, Timestamp};
use leptos::prelude::*;

use super::place;
use super::search::Status;
use crate::element::Handle;
use crate::log::{Book, Hits};

/// How the time of a line is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Times {
    /// Time of day, in the chosen zone.
    Clock,
    /// Since the run started.
    Start,
    /// Since the line before.
    Previous,
    Hidden,
}

/// The state of one log viewer.
#[derive(Clone, Copy)]
pub struct LogView {
    pub run: FlowRunId,
    pub start: Option<Timestamp>,
    pub client: StoredValue<client::Client>,
    pub book: StoredValue<Book>,
    /// Grows with every change of the book; what shows it reads this first.
    pub version: RwSignal<u32>,
    /// Grows when rows that are shown look different: other matches, marks or widths.
    pub style: RwSignal<u32>,
    /// The rows in the document, from and to; `None` before the program took over: all of them.
    pub window: RwSignal<Option<(usize, usize)>>,
    /// Whether the end stays in sight as lines arrive.
    pub following: RwSignal<bool>,
    /// Lines that arrived since it does not.
    pub unseen: RwSignal<i64>,
    pub wrap: RwSignal<bool>,
    pub times: RwSignal<Times>,
    /// The source that the server chose for an address that names none.
    pub source: &'static str,
    /// The lines that match the search, and which of them is the current one.
    pub found: RwSignal<Hits>,
    pub current: RwSignal<usize>,
    pub search: RwSignal<Status>,
    /// What stands in the search field, and how often something was asked: only the last answer counts.
    pub typed: StoredValue<String>,
    pub asked: StoredValue<u32>,
    /// The lines that the URL points at, first and last.
    pub marked: RwSignal<Option<(Address, Address)>>,
    pub overview: RwSignal<LogOverview>,
    /// The bar of the histogram that was gone to last.
    pub bar: RwSignal<usize>,
    /// Whether the overview is asked for already.
    pub looking: StoredValue<bool>,
    /// Pages on their way.
    pub fetching: StoredValue<Vec<usize>>,
    /// Place of the line to go to once it is there.
    pub wanted: StoredValue<Option<i64>>,
    pub scroller: Handle,
    pub sheet: Handle,
    pub block: Handle,
}

impl LogView {
    /// A viewer of the end of a log.
    pub fn new(run: FlowRunId, window: &LogWindow, start: Option<Timestamp>) -> Self {
        let book = Book::new(window);
        LogView {
            run,
            start,
            source: book.sieve().source_name(),
            client: StoredValue::new(expect_context()),
            book: StoredValue::new(book),
            version: RwSignal::new(0),
            style: RwSignal::new(0),
            window: RwSignal::new(None),
            following: RwSignal::new(true),
            unseen: RwSignal::new(0),
            wrap: RwSignal::new(false),
            times: RwSignal::new(place::times()),
            found: RwSignal::new(Hits::default()),
            current: RwSignal::new(0),
            search: RwSignal::new(Status::Nothing),
            typed: StoredValue::new(String::new()),
            asked: StoredValue::new(0),
            marked: RwSignal::new(None),
            overview: RwSignal::new(window.overview.clone().unwrap_or_default()),
            bar: RwSignal::new(0),
            looking: StoredValue::new(false),
            fetching: StoredValue::new(Vec::new()),
            wanted: StoredValue::new(None),
            scroller: Handle::new(),
            sheet: Handle::new(),
            block: Handle::new(),
        }
    }

    /// Which lines are shown.
    pub fn sieve(self) -> Sieve {
        self.book.with_value(|book| book.sieve())
    }

    /// The book holds other lines or rows.
    pub fn changed(self) {
        let _ = self.version.try_update(|version| *version += 1);
    }

    /// Rows look different.
    pub fn restyled(self) {
        self.style.update(|style| *style += 1);
    }
}
