//! What can be done from a sheet: calls of the API behind buttons, some of them after a question.

use client::{Client, ClientError};
use domain::listing::Act;
use domain::sheet::Sheet;
use http::Method;
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;
use serde_json::Value;
use wasm_bindgen::JsCast;
use web_sys::HtmlDialogElement;

use crate::components::switch::switch;
use crate::effect::effect;
use crate::element::{El, Handle, button, el};
use crate::notices::{Notices, notices};

type Read = Box<dyn Fn() -> Option<Sheet> + Send + Sync>;

/// What the parts of a sheet need.
#[derive(Clone, Copy)]
pub struct Desk {
    read: StoredValue<Read>,
    refresh: Callback<()>,
    client: StoredValue<Client>,
    notices: Notices,
    go: Callback<String>,
    asked: RwSignal<Option<Act>>,
}

impl Desk {
    /// A desk over a sheet that is followed; `refresh` reads the page again.
    pub fn new(read: impl Fn() -> Option<Sheet> + Send + Sync + 'static, refresh: Callback<()>) -> Self {
        let navigate = use_navigate();
        Desk {
            read: StoredValue::new(Box::new(read)),
            refresh,
            client: StoredValue::new(expect_context::<Client>()),
            notices: notices(),
            go: Callback::new(move |to: String| navigate(&to, Default::default())),
            asked: RwSignal::new(None),
        }
    }

    /// The sheet as it is now; followed.
    pub fn sheet(self) -> Option<Sheet> {
        self.read.try_with_value(|read| read()).flatten()
    }

    /// Makes a call of the API; `failed` hears of a refusal. Afterwards `done` is said, and the page is read again or
    /// left for `then`.
    pub fn call(
        self,
        (method, path, body): (&str, &str, Value),
        done: String,
        then: Option<String>,
        failed: impl Fn(Option<ClientError>) + 'static,
    ) {
        let Some(client) = self.client.try_get_value() else { return };
        let method = Method::from_bytes(method.as_bytes()).unwrap_or_default();
        let path = path.to_owned();
        let body = (!body.is_null()).then(|| body.to_string().into_bytes());
        leptos::task::spawn_local(async move {
            match client.answer(method, &path, body).await {
                Ok(_) => {
                    failed(None);
                    if !done.is_empty() {
                        self.notices.done(done);
                    }
                    match then {
                        Some(to) => drop(self.go.try_run(to)),
                        None => drop(self.refresh.try_run(())),
                    }
                }
                Err(error) => failed(Some(error)),
            }
        });
    }

    fn carry_out(self, act: Act) {
        let what = act.label;
        let tell = move |error: Option<ClientError>| {
            if let Some(error) = error {
                self.notices.failed(what.clone(), &error);
                let _ = self.refresh.try_run(());
            }
        };
        self.call((&act.method, &act.path, act.body), act.done, act.then, tell);
    }
}

/// The button of an act, or its switch.
pub fn act(desk: Desk, act: Act) -> El {
    if let Some(on) = act.on {
        return switch(on, act.label.clone(), move |_| desk.carry_out(act.clone()));
    }
    let press = {
        let act = act.clone();
        move || match act.ask.is_empty() {
            true => desk.carry_out(act.clone()),
            false => desk.asked.set(Some(act.clone())),
        }
    };
    button(act.label, press).class("small")
}

/// The question before an act, closed at first.
pub fn question(desk: Desk) -> El {
    let handle = Handle::new();
    effect(move || {
        let Some(dialog) = handle.get().and_then(|dialog| dialog.dyn_into::<HtmlDialogElement>().ok()) else { return };
        match (desk.asked.with(Option::is_some), dialog.open()) {
            (true, false) => drop(dialog.show_modal()),
            (false, true) => dialog.close(),
            _ => {}
        }
    });
    let text = move |of: fn(&Act) -> &String| desk.asked.with(|act| act.as_ref().map(|act| of(act).clone()));
    let yes = move || {
        if let Some(act) = desk.asked.get_untracked() {
            desk.asked.set(None);
            desk.carry_out(act);
        }
    };
    let buttons = el("div")
        .class("buttons")
        .add(button("Leave it", move || desk.asked.set(None)))
        .add(button(move || text(|act| &act.label), yes).class("danger"));
    el("dialog")
        .bind(handle)
        .attr("aria-label", move || text(|act| &act.label).unwrap_or_else(|| domain::say!("Question")))
        .on("close", move |_| desk.asked.set(None))
        .add(el("p").add(move || text(|act| &act.ask)))
        .add(buttons)
}
