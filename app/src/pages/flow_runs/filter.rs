//! The field that runs are asked for with: what is asked is there as chips, what is typed is completed by the server
//! and checked before it goes into the address. Without the program it is a form with one field.

use std::time::Duration;

use client::{Client, segment};
use domain::pages::FlowRunsPage;
use domain::run_filter;
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;
use wasm_bindgen::JsCast;
use web_sys::{Event, KeyboardEvent};

use crate::components::list::{Item, list};
use crate::components::schema_form::value_of;
use crate::effect::effect;
use crate::element::{El, el, link};
use crate::page::Page;
use crate::routes;

/// Somebody who types is waited for so long, in milliseconds.
const PAUSE: u64 = 120;

/// A line as it may go on, and what it asks for.
type Offer = (String, String);

#[derive(Clone, Copy)]
struct Field {
    page: Page<FlowRunsPage>,
    typed: RwSignal<String>,
    /// Why it was not understood.
    said: RwSignal<String>,
    offers: RwSignal<Vec<Offer>>,
    /// Whether somebody is at the field.
    open: RwSignal<bool>,
    /// The offer that the arrows lead to, from 1.
    at: RwSignal<usize>,
    client: StoredValue<Client>,
    go: Callback<String>,
}

/// The form; it follows the page.
pub fn filter(page: Page<FlowRunsPage>) -> El {
    let navigate = use_navigate();
    let refused = page.peek(|data| data.refused.clone());
    let typed: Vec<&str> = refused.iter().map(|(text, _)| text.as_str()).collect();
    let field = Field {
        page,
        typed: RwSignal::new(typed.join(" ")),
        said: RwSignal::new(words(refused.iter().map(|(text, why)| (text.as_str(), why.as_str())))),
        offers: RwSignal::new(Vec::new()),
        open: RwSignal::new(false),
        at: RwSignal::new(0),
        client: StoredValue::new(expect_context::<Client>()),
        go: Callback::new(move |to: String| navigate(&to, Default::default())),
    };
    field.ask();
    let chips = move || {
        let all = page.try_with(|data| data.tokens.clone()).unwrap_or_default();
        all.into_iter().map(|(path, text)| Item::new(text.clone(), move || chip(path, text))).collect()
    };
    let line = move || page.try_with(|data| data.line.clone()).unwrap_or_default();
    let said = move || field.said.get();
    let box_ = el("div")
        .class("tokens")
        .add(list(chips))
        // What is there already goes along when there is no program.
        .add(el("input").attr("type", "hidden").attr("name", "q").attr(".value", line))
        .add(field.input())
        .add(field.list());
    el("form")
        .class("filter runs-filter")
        .attr("role", "search")
        .attr("action", routes::FLOW_RUNS)
        .attr("method", "get")
        .on("submit", move |event| {
            event.prevent_default();
            field.submit();
        })
        .add(box_)
        .add(el("button").add("Filter"))
        .add(move || (!line().is_empty()).then(|| link(routes::FLOW_RUNS, "Clear")))
        .add(el("p").class("bad").attr("id", "runs-said").attr("role", "alert").add(said))
}

/// A token that is asked for; choosing it takes it away.
fn chip(path: String, text: String) -> El {
    let label = domain::say!("Remove {}", text);
    link(path, text).class("token").attr("aria-label", label).add(el("span").attr("aria-hidden", "true").add("×"))
}

fn words<'a>(refused: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    refused.map(|(text, why)| domain::say!("“{}” asks for nothing: {}.", text, why)).collect::<Vec<_>>().join(" ")
}

impl Field {
    fn input(self) -> El {
        let shown = move || self.is_shown();
        let current = move || Some(self.at.get()).filter(|at| *at > 0).map(|at| ["offer-", &at.to_string()].concat());
        el("input")
            .attr("name", "q")
            .attr("role", "combobox")
            .attr("data-search", "")
            .attr("autocomplete", "off")
            .attr("autocapitalize", "none")
            .attr("spellcheck", "false")
            .attr("aria-label", "Filter runs")
            .attr("placeholder", "state:failed tag:etl name~nightly after:-24h")
            .attr("aria-autocomplete", "list")
            .attr("aria-controls", "runs-offers")
            .attr("aria-describedby", "runs-said")
            .attr("aria-invalid", move || self.said.with(|said| (!said.is_empty()).then_some("true")))
            .attr("aria-expanded", move || if shown() { "true" } else { "false" })
            .attr("aria-activedescendant", current)
            .attr(".value", move || self.typed.get())
            .on("focus", move |_| self.open.set(true))
            .on("blur", move |_| self.open.set(false))
            .on("input", move |event| {
                self.said.set(String::new());
                self.open.set(true);
                self.typed.set(value_of(&event));
            })
            .on("keydown", move |event| self.key(&event))
    }

    fn list(self) -> El {
        let offers = move || {
            self.offers.get().into_iter().enumerate().map(move |(nth, offer)| {
                Item::new([&nth.to_string(), " ", &offer.0].concat(), move || self.offer(nth + 1, offer))
            })
        };
        el("ul")
            .attr("id", "runs-offers")
            .attr("role", "listbox")
            .attr("aria-label", "How it may go on")
            .attr("hidden", move || !self.is_shown())
            .add(list(move || offers().collect()))
    }

    fn offer(self, nth: usize, (text, words): Offer) -> El {
        let taken = text.clone();
        el("li")
            .attr("role", "option")
            .attr("id", ["offer-", &nth.to_string()].concat())
            .attr("aria-selected", move || if self.at.get() == nth { "true" } else { "false" })
            // Not a click: by then the field has lost the focus.
            .on("mousedown", move |event| {
                event.prevent_default();
                self.take(taken.clone());
            })
            .add(el("code").add(text))
            .add(el("small").add(words))
    }

    fn is_shown(self) -> bool {
        self.open.get() && self.offers.with(|offers| !offers.is_empty())
    }

    /// Asks the server how the line may go on, once somebody has stopped typing.
    fn ask(self) {
        effect(move || {
            let typed = self.typed.get();
            if !self.open.get() {
                return;
            }
            let run = move || {
                let same = self.typed.try_with_untracked(|now| *now == typed);
                let Some(client) = self.client.try_get_value().filter(|_| same == Some(true)) else { return };
                leptos::task::spawn_local(async move {
                    let path = ["/reeve/runs/complete?q=", &segment(&typed)].concat();
                    let found = client.fetch::<Vec<Offer>>(&path).await.unwrap_or_default();
                    if self.typed.try_with_untracked(|now| *now == typed) == Some(true) {
                        self.at.set(0);
                        self.offers.set(found);
                    }
                });
            };
            set_timeout(run, Duration::from_millis(PAUSE));
        });
    }

    /// Arrows lead through the offers, Enter and Tab take one; Backspace in the empty field takes the last chip away.
    fn key(self, event: &Event) {
        let Some(event) = event.dyn_ref::<KeyboardEvent>() else { return };
        let (at, count) = (self.at.get_untracked(), self.offers.with_untracked(Vec::len));
        let key = event.key();
        match key.as_str() {
            "ArrowDown" if count > 0 => self.at.set(at % count + 1),
            "ArrowUp" if count > 0 => self.at.set(if at > 1 { at - 1 } else { count }),
            "Enter" | "Tab" if at > 0 && at <= count => {
                if let Some((text, _)) = self.offers.with_untracked(|offers| offers.get(at - 1).cloned()) {
                    self.take(text);
                }
            }
            "Escape" if self.open.get_untracked() => self.open.set(false),
            "Backspace" if self.typed.with_untracked(String::is_empty) => {
                if let Some((path, _)) = self.page.peek(|data| data.tokens.last().cloned()) {
                    let _ = self.go.try_run(path);
                }
            }
            _ => return,
        }
        event.prevent_default();
    }

    /// A key waits for its value, everything else is asked for at once.
    fn take(self, text: String) {
        let is_key = text.ends_with([':', '~']);
        self.at.set(0);
        self.offers.set(Vec::new());
        self.typed.set(text);
        if !is_key {
            self.submit();
        }
    }

    fn submit(self) {
        let there = self.page.peek(|data| run_filter::parse(&data.line).tokens);
        let asked = self.typed.with_untracked(|typed| run_filter::more(&there, typed));
        if asked.refused.is_empty() {
            self.typed.set(String::new());
            let _ = self.go.try_run(run_filter::path(&run_filter::write(&asked.tokens)));
        } else {
            let refused = asked.refused.iter();
            self.said.set(words(refused.map(|refused| (refused.text.as_str(), refused.why.as_str()))));
        }
    }
}
