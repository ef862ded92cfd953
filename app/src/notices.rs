//! Short messages about what was done, in a polite live region at the edge of the page.

use std::time::Duration;

use leptos::prelude::*;

/// One message; `link` leads on, as to the run that was just made.
#[derive(Clone, PartialEq)]
struct Notice {
    id: u32,
    bad: bool,
    text: String,
    link: Option<(String, String)>,
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
    pub fn done(self, text: impl Into<String>) {
        self.push(text.into(), None, false);
    }

    /// Says that something worked and where to look at it.
    pub fn done_with_link(self, text: impl Into<String>, label: &str, href: String) {
        self.push(text.into(), Some((label.to_owned(), href)), false);
    }

    /// Says that something did not work; stays until dismissed.
    pub fn failed(self, what: &str, error: &client::ClientError) {
        self.push(format!("{what}: {error}"), None, true);
    }

    /// The same with words of our own.
    pub fn refused(self, text: impl Into<String>) {
        self.push(text.into(), None, true);
    }

    fn push(self, text: String, link: Option<(String, String)>, bad: bool) {
        let id = self.next.get_value();
        self.next.set_value(id + 1);
        self.list.update(|list| {
            list.push(Notice { id, bad, text, link });
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
pub fn region() -> impl IntoView {
    let notices = notices();
    view! {
        <div class="notices" role="status" aria-live="polite">
            {move || notices.list.get().into_iter().map(|notice| one(notices, notice)).collect_view()}
        </div>
    }
}

fn one(notices: Notices, notice: Notice) -> impl IntoView {
    let id = notice.id;
    view! {
        <p class="notice" data-bad=notice.bad.then_some("")>
            <span>{notice.text}</span>
            {notice.link.map(|(label, href)| view! { <a href=href>{label}</a> })}
            <button type="button" class="quiet" aria-label="Dismiss" on:click=move |_| notices.dismiss(id)>"×"</button>
        </p>
    }
}
