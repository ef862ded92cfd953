//! Short messages about what was done, in a polite live region at the edge of the page.

use std::borrow::Cow;
use std::time::Duration;

use domain::language::spoken;
use domain::say;
use leptos::prelude::*;

use crate::element::{button, el, many};

/// One message.
#[derive(Clone, PartialEq)]
struct Notice {
    id: u32,
    bad: bool,
    text: String,
}

/// The messages that are shown.
#[derive(Clone, Copy)]
pub struct Notices {
    list: RwSignal<Vec<Notice>>,
    next: StoredValue<u32>,
}

/// Puts the list into the context.
pub fn provide() {
    provide_context(Notices { list: RwSignal::new(Vec::new()), next: StoredValue::new(0) });
}

/// The list of this page.
pub fn notices() -> Notices {
    expect_context()
}

impl Notices {
    /// Says that something worked; gone after six seconds.
    pub fn done(self, text: impl Into<Cow<'static, str>>) {
        self.push(spoken(text), false);
    }

    /// Says that something did not work; stays until dismissed.
    pub fn failed(self, what: impl Into<Cow<'static, str>>, error: &client::ClientError) {
        self.push(say!("{}: {}", spoken(what), error), true);
    }

    /// The same with words of our own.
    pub fn refused(self, text: impl Into<Cow<'static, str>>) {
        self.push(spoken(text), true);
    }

    fn push(self, text: String, bad: bool) {
        let id = self.next.get_value();
        self.next.set_value(id + 1);
        self.list.update(|list| {
            list.push(Notice { id, bad, text });
            if list.len() > 4 {
                list.remove(0);
            }
        });
        if !bad {
            set_timeout(move || self.dismiss(id), Duration::from_secs(6));
        }
    }

    fn dismiss(self, id: u32) {
        self.list.update(|list| list.retain(|notice| notice.id != id));
    }
}

/// Where messages appear.
pub fn region() -> AnyView {
    let notices = notices();
    let one = move |notice: Notice| {
        let dismiss = button("×", move || notices.dismiss(notice.id)).class("quiet").attr("aria-label", "Dismiss");
        el("p").class("notice").attr("data-bad", notice.bad).add(el("span").add(notice.text)).add(dismiss)
    };
    let all = move || many(notices.list.get().into_iter().map(one));
    el("div").class("notices").attr("role", "status").attr("aria-live", "polite").add(all).into_any()
}
