//! Saving: possible only while the text is a template, and told in words when it is not.

use client::{Client, work_pools};
use domain::Patch;
use domain::work_pools::WorkPoolUpdate;
use leptos::prelude::*;
use web_sys::Event;

use super::Draft;
use crate::element::{El, button, el};
use crate::notices::notices;
use crate::words;

/// What can be said about the text in one line.
pub fn state(draft: Draft) -> El {
    let words = move || {
        let dirty = draft.is_dirty();
        draft.checked.with(|checked| match (checked, dirty) {
            (Err(problems), _) => format!("{}: cannot be saved", words::count(problems.len() as i64, "problem")),
            (Ok(_), true) => "Not saved yet".to_owned(),
            (Ok(_), false) => "Saved".to_owned(),
        })
    };
    let mark = move || match (draft.checked.with(Result::is_err), draft.is_dirty()) {
        (true, _) => "failed",
        (false, true) => "late",
        (false, false) => "completed",
    };
    el("span").class("state").attr("id", "template-state").attr("role", "status").attr("data-state", mark).add(words)
}

/// Save and discard, also by Ctrl S; leaving with unsaved text asks.
pub fn buttons(pool: String, draft: Draft) -> El {
    let saver = saver(pool, draft);
    let busy = saver.busy;
    save_by_key(saver);
    ask_before_leaving(draft);
    let cannot = move || busy.get() || !draft.is_dirty() || draft.checked.with(Result::is_err);
    let discard = move || draft.text.set(draft.saved.get_untracked());
    el("div").class("buttons").add(button("Discard changes", discard).attr("disabled", move || !draft.is_dirty())).add(
        button("Save", move || saver.save()).class("primary").attr("disabled", cannot).attr("title", "Save (Ctrl S)"),
    )
}

/// Sends the template.
#[derive(Clone, Copy)]
struct Saver {
    send: Callback<()>,
    busy: RwSignal<bool>,
}

impl Saver {
    fn save(self) {
        self.send.run(());
    }
}

fn saver(pool: String, draft: Draft) -> Saver {
    let client = expect_context::<Client>();
    let notices = notices();
    let busy = RwSignal::new(false);
    let send = Callback::new(move |()| {
        let text = draft.text.get_untracked();
        let Ok(template) = draft.checked.get_untracked() else { return };
        if busy.get_untracked() || draft.saved.with_untracked(|saved| *saved == text) {
            return;
        }
        busy.set(true);
        let (client, pool) = (client.clone(), pool.clone());
        leptos::task::spawn_local(async move {
            let update = WorkPoolUpdate { base_job_template: Patch::Value(template), ..WorkPoolUpdate::default() };
            let outcome = work_pools::update(&client, &pool, &update).await;
            busy.try_set(false);
            match outcome {
                Ok(()) => {
                    draft.saved.try_set(text);
                    notices.done("The template is saved; runs that start from now on use it");
                }
                Err(error) => notices.failed("The template was not saved", &error),
            }
        });
    });
    Saver { send, busy }
}

fn save_by_key(saver: Saver) {
    Effect::new(move |_| {
        let handle = window_event_listener(leptos::ev::keydown, move |event| {
            if (event.ctrl_key() || event.meta_key()) && event.key() == "s" {
                event.prevent_default();
                saver.save();
            }
        });
        on_cleanup(move || handle.remove());
    });
}

fn ask_before_leaving(draft: Draft) {
    Effect::new(move |_| {
        let handle = window_event_listener_untyped("beforeunload", move |event: Event| {
            if draft.is_dirty() {
                event.prevent_default();
            }
        });
        on_cleanup(move || handle.remove());
    });
}
