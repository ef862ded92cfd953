//! Ctrl K: a field that finds every page, and what has one: deployments, pools, runs.

use std::time::Duration;

use client::{Client, segment};
use domain::language::tr;
use domain::listing::{Cell, Listing};
use leptos::prelude::*;
use leptos_router::hooks::use_location;
use wasm_bindgen::JsCast;
use web_sys::{Event, HtmlDialogElement, HtmlElement, KeyboardEvent};

use crate::components::frame::PLACES;
use crate::components::schema_form::value_of;
use crate::effect::effect;
use crate::element::{El, Handle, el, link, on_link};
use crate::routes::MORE;

/// Somebody who types is waited for so long, in milliseconds.
const PAUSE: u64 = 120;

/// Where it leads, what it is called, what it is.
type Entry = (String, String, String);

#[derive(Clone, Copy)]
struct Palette {
    typed: RwSignal<String>,
    /// What the server found, and for which text.
    found: RwSignal<(String, Vec<Entry>)>,
    dialog: Handle,
}

/// The palette, closed at first. Wants to be called inside the router.
pub fn palette() -> El {
    let palette = Palette {
        typed: RwSignal::new(String::new()),
        found: RwSignal::new(Default::default()),
        dialog: Handle::new(),
    };
    palette.hear_keys();
    palette.close_after_navigation();
    palette.ask();
    let input = el("input")
        .attr("type", "search")
        .attr("placeholder", "Go to a page, a deployment, a pool, a run…")
        .attr("aria-label", "Go to")
        .attr("autocomplete", "off")
        .attr(".value", move || palette.typed.get())
        .on("input", move |event| palette.typed.set(value_of(&event)));
    let entry = |(href, name, kind): Entry| el("li").add(link(href, el("span").add(name)).add(el("small").add(kind)));
    let all = move || el("ul").add_all(palette.entries().into_iter().map(entry));
    el("dialog")
        .class("palette")
        .attr("aria-label", "Go to")
        .bind(palette.dialog)
        .on("keydown", move |event| palette.step(&event))
        // The page that is shown can be chosen as well, and then the path stays.
        .on("click", move |event| {
            if on_link(&event) {
                palette.close();
            }
        })
        .add(input)
        .add(all)
}

impl Palette {
    /// Pages whose name holds what was typed, then what the server found.
    fn entries(self) -> Vec<Entry> {
        let typed = self.typed.with(|typed| typed.trim().to_ascii_lowercase());
        let places = PLACES.iter().map(|(path, name, _)| (*path, tr(name)));
        let lists = MORE.iter().map(|(path, name)| (*path, tr(name)));
        let fits = |(_, name): &(&str, &str)| name.to_ascii_lowercase().contains(&typed);
        let pages = places.chain(lists).filter(fits);
        let mut entries: Vec<Entry> =
            pages.map(|(path, name)| (path.to_owned(), name.to_owned(), domain::say!("page"))).collect();
        self.found.with(|(of, found)| {
            if *of == typed {
                entries.extend(found.iter().cloned());
            }
        });
        entries
    }

    /// Asks the server once somebody has stopped typing.
    fn ask(self) {
        let client = expect_context::<Client>();
        effect(move || {
            let typed = self.typed.with(|typed| typed.trim().to_ascii_lowercase());
            if typed.is_empty() {
                return;
            }
            let client = client.clone();
            let run = move || {
                if self.typed.with_untracked(|now| now.trim().to_ascii_lowercase() != typed) {
                    return;
                }
                leptos::task::spawn_local(async move {
                    let path = format!("/reeve/everything?q={}", segment(&typed));
                    if let Ok(listing) = client.fetch::<Listing>(&path).await {
                        let found = listing.rows.into_iter().filter_map(|row| entry(row.cells)).collect();
                        self.found.set((typed, found));
                    }
                });
            };
            set_timeout(run, Duration::from_millis(PAUSE));
        });
    }

    fn hear_keys(self) {
        effect(move || {
            let handle = window_event_listener(leptos::ev::keydown, move |event| {
                if event.key() == "k" && (event.ctrl_key() || event.meta_key()) {
                    event.prevent_default();
                    self.toggle();
                }
            });
            on_cleanup(move || handle.remove());
        });
    }

    fn close_after_navigation(self) {
        let path = use_location().pathname;
        effect(move || {
            path.track();
            self.close();
        });
    }

    fn close(self) {
        self.dialog().filter(HtmlDialogElement::open).iter().for_each(HtmlDialogElement::close);
    }

    fn toggle(self) {
        let Some(dialog) = self.dialog() else { return };
        if dialog.open() {
            dialog.close();
        } else {
            self.typed.set(String::new());
            let _ = dialog.show_modal();
        }
    }

    fn dialog(self) -> Option<HtmlDialogElement> {
        self.dialog.peek()?.dyn_into().ok()
    }

    /// Arrows go through the entries; Enter in the field takes the first.
    fn step(self, event: &Event) {
        let (Some(event), Some(dialog)) = (event.dyn_ref::<KeyboardEvent>(), self.dialog()) else { return };
        let by = match event.key().as_str() {
            "ArrowDown" => 1,
            "ArrowUp" => -1,
            "Enter" => 0,
            _ => return,
        };
        let Ok(places) = dialog.query_selector_all("input, a") else { return };
        let place = |at: u32| places.get(at).and_then(|place| place.dyn_into::<HtmlElement>().ok());
        let focused = event.target();
        let at = (0..places.length()).find(|at| places.get(*at).map(Into::into) == focused).unwrap_or(0);
        if by == 0 {
            if at == 0
                && let Some(first) = place(1)
            {
                event.prevent_default();
                first.click();
            }
            return;
        }
        event.prevent_default();
        if let Some(next) = place((at as i32 + by).max(0) as u32) {
            let _ = next.focus();
        }
    }
}

fn entry(cells: Vec<Cell>) -> Option<Entry> {
    match <[Cell; 2]>::try_from(cells).ok()? {
        [Cell::Link(href, name), Cell::Text(kind)] => Some((href, name, kind)),
        _ => None,
    }
}
