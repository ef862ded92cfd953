//! How a page is read again: when it is asked for, when something changed, and not while it is being deleted.

use std::any::Any;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use domain::live::Change;
use leptos::prelude::*;

use super::Data;
use crate::{browser, live};

/// Whether a page is read again, and what is under way.
#[derive(Clone, Copy)]
pub struct Reads {
    /// Whether the page is still to be kept fresh.
    kept: StoredValue<bool>,
    /// How many answers are waited for.
    under_way: StoredValue<usize>,
    /// What waits until none is.
    waiting: StoredValue<Option<Callback<()>>>,
}

impl Reads {
    pub fn new() -> Self {
        Self { kept: StoredValue::new(true), under_way: StoredValue::new(0), waiting: StoredValue::new(None) }
    }

    fn kept(self) -> bool {
        self.kept.try_get_value() == Some(true)
    }

    /// Runs `then` when no answer is waited for any more, and lets nobody ask for another.
    pub fn last(self, then: Callback<()>) {
        let _ = self.kept.try_set_value(false);
        let _ = self.waiting.try_set_value(Some(then));
        self.go_on();
    }

    /// The page is to be kept fresh again.
    pub fn keep(self) {
        let _ = self.kept.try_set_value(true);
    }

    /// An answer is waited for.
    fn begin(self) {
        let _ = self.under_way.try_update_value(|count| *count += 1);
    }

    /// It is there.
    fn end(self) {
        let _ = self.under_way.try_update_value(|count| *count -= 1);
        self.go_on();
    }

    /// Runs what waits, when nothing is under way.
    fn go_on(self) {
        if self.under_way.try_get_value() == Some(0)
            && let Some(then) = self.waiting.try_update_value(Option::take).flatten()
        {
            then.run(());
        }
    }
}

type Untyped = Option<Arc<dyn Any + Send + Sync>>;
pub type ReadAgain = Box<dyn Fn(String) -> Pin<Box<dyn Future<Output = Untyped> + Send>> + Send + Sync>;

/// Puts a newer answer in the place of the old one when asked to, and when something changed that the page
/// watches.
pub fn keep_fresh(
    data: Data,
    key: Memo<String>,
    asked: StoredValue<f64>,
    reads: Reads,
    read_again: ReadAgain,
    watched: Box<dyn Fn(&Change) -> bool + Send + Sync>,
) -> Callback<()> {
    let refresh = Callback::new(move |()| {
        let Some(key) = key.try_get_untracked().filter(|_| reads.kept()) else { return };
        reads.begin();
        let (fetched, begun) = (read_again(key), browser::milliseconds());
        leptos::task::spawn(async move {
            let fetched = fetched.await;
            reads.end();
            // An answer that was overtaken by a later one is older than what is shown.
            if let Some(value) = fetched.filter(|_| asked.try_get_value().is_some_and(|shown| shown <= begun)) {
                let _ = asked.try_set_value(begun);
                let _ = data.try_set(value);
            }
        });
    });
    let run = move || {
        let _ = refresh.try_run(());
    };
    live::on_change(asked, watched, Box::new(run));
    refresh
}
