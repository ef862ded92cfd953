//! The page's clock. While rendering it stands at the `now` that came with the data; in the browser it
//! ticks on from there, so that relative times stay true without a word in the view about it.

use std::time::Duration;

use domain::Timestamp;
use leptos::prelude::*;

use crate::effect::effect;
use crate::{browser, words};

const KEY: &str = "reeve.zone";

/// The server's time as far as the page knows, and the zone in which instants are shown.
#[derive(Clone, Copy)]
pub struct Clock {
    micros: RwSignal<i64>,
    /// False: UTC.
    local: RwSignal<bool>,
}

/// Puts the clock into the context and lets it tick in the browser.
pub fn provide() {
    let clock = Clock { micros: RwSignal::new(0), local: RwSignal::new(false) };
    provide_context(clock);
    effect(move || {
        clock.local.set(browser::kept(KEY).as_deref() == Some("local"));
        let last = StoredValue::new(browser::milliseconds());
        let tick = move || {
            let now = browser::milliseconds();
            let passed = now - last.get_value();
            last.set_value(now);
            clock.micros.update(|micros| *micros += (passed * 1e3) as i64);
        };
        if let Ok(handle) = set_interval_with_handle(tick, Duration::from_secs(1)) {
            on_cleanup(move || handle.clear());
        }
    });
}

/// The clock of this page.
pub fn clock() -> Clock {
    expect_context()
}

impl Clock {
    fn sync(self, now: Timestamp) {
        self.micros.set(now.micros());
    }

    /// Sets the clock to the time of the page's data, now and whenever newer data arrive.
    pub fn follow(self, now: impl Fn() -> Timestamp + 'static) {
        self.sync(untrack(&now));
        effect(move || self.sync(now()));
    }

    /// The time now; views that read it follow it.
    pub fn now(self) -> Timestamp {
        Timestamp::from_micros(self.micros.get())
    }

    /// Whether instants are shown in the visitor's zone.
    pub fn is_local(self) -> bool {
        self.local.get()
    }

    /// Changes between UTC and the visitor's zone, and remembers it.
    pub fn toggle_zone(self) {
        let local = !self.local.get_untracked();
        self.local.set(local);
        browser::keep(KEY, local.then_some("local"));
    }

    /// `3 min ago`, `in 2 h`.
    pub fn relative(self, at: Timestamp) -> String {
        words::relative(self.now().seconds_since(at))
    }

    /// `2026-11-23 17:19:00` in the chosen zone.
    pub fn stamp(self, at: Timestamp) -> String {
        let (date, time) = self.parts(at);
        format!("{date} {}", &time[..8])
    }

    /// `17:19:00.123`, in the chosen zone.
    pub fn time_of_day(self, at: Timestamp) -> String {
        self.parts(at).1
    }

    /// `UTC`, or the visitor's offset from it.
    pub fn zone(self, at: Timestamp) -> String {
        match self.ahead(at) {
            0 => "UTC".to_owned(),
            minutes => {
                let sign = if minutes < 0 { '−' } else { '+' };
                format!("UTC{sign}{}:{:02}", minutes.abs() / 60, minutes.abs() % 60)
            }
        }
    }

    /// The instant whose date and time in the chosen zone are those that `shown` has in UTC.
    pub fn instant(self, shown: Timestamp) -> Timestamp {
        shown.plus_seconds(self.ahead(shown) as f64 * -60.0)
    }

    fn ahead(self, at: Timestamp) -> i64 {
        if self.local.get() { browser::minutes_ahead_of_utc(at.micros() as f64 / 1e3) } else { 0 }
    }

    /// Date, and time of day with milliseconds.
    fn parts(self, at: Timestamp) -> (String, String) {
        let text = at.plus_seconds(self.ahead(at) as f64 * 60.0).to_rfc3339();
        let (date, time) = text.split_once('T').unwrap_or((&text, "00:00:00Z"));
        let time = time.trim_end_matches('Z');
        let milliseconds = time.get(9..12).unwrap_or("000");
        (date.to_owned(), format!("{}.{milliseconds}", time.get(..8).unwrap_or("00:00:00")))
    }
}
