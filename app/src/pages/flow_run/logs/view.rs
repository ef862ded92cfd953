//! What the parts of the log viewer share.

use domain::logs::LogSlice;
use domain::{FlowRunId, Timestamp};
use leptos::prelude::*;

use super::place;
use super::search::Status;
use crate::element::Handle;
use crate::log::{Book, Hits};

/// How the time of a line is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Times {
    /// Time of day.
    Clock,
    /// Seconds since the run started.
    Since,
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
    /// The lines that match the search, and which of them is the current one.
    pub found: RwSignal<Hits>,
    pub current: RwSignal<usize>,
    pub search: RwSignal<Status>,
    /// What stands in the search field, and how often something was asked: only the last answer counts.
    pub typed: StoredValue<String>,
    pub asked: StoredValue<u32>,
    /// The line numbers that the URL points at, first and last.
    pub marked: RwSignal<Option<(i64, i64)>>,
    pub loading: RwSignal<bool>,
    /// Number of the line to go to once it is loaded.
    pub wanted: StoredValue<Option<i64>>,
    pub scroller: Handle,
    pub sheet: Handle,
    pub block: Handle,
}

impl LogView {
    /// A viewer of the end of a log.
    pub fn new(run: FlowRunId, slice: &LogSlice, start: Option<Timestamp>) -> Self {
        let mut book = Book::new(slice);
        for group in place::hidden() {
            book.set_hidden(group, true);
        }
        LogView {
            run,
            start,
            client: StoredValue::new(expect_context()),
            book: StoredValue::new(book),
            version: RwSignal::new(0),
            style: RwSignal::new(0),
            window: RwSignal::new(None),
            following: RwSignal::new(true),
            unseen: RwSignal::new(0),
            wrap: RwSignal::new(false),
            times: RwSignal::new(Times::Clock),
            found: RwSignal::new(Hits::default()),
            current: RwSignal::new(0),
            search: RwSignal::new(Status::Nothing),
            typed: StoredValue::new(String::new()),
            asked: StoredValue::new(0),
            marked: RwSignal::new(None),
            loading: RwSignal::new(false),
            wanted: StoredValue::new(None),
            scroller: Handle::new(),
            sheet: Handle::new(),
            block: Handle::new(),
        }
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
