//! The histogram above the lines: how many were written when, by level. The server counts and draws; here one goes from
//! bar to bar, and to the lines.

use std::time::Duration;

use domain::Timestamp;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Event, KeyboardEvent, MouseEvent};

use super::view::LogView;
use super::{place, scroll};
use crate::clock::{Clock, clock};
use crate::element::{El, el};
use crate::log::Group;
use crate::words;

/// What arrives is drawn after so many milliseconds, together with what arrives meanwhile.
const PAUSE: u64 = 1500;

/// The histogram, as a slider over the bars.
pub fn chart(view: LogView) -> El {
    let clock = clock();
    let bars = move || view.overview.with(|overview| overview.bars.len());
    let path = |group: Group| {
        el("path")
            .attr("data-level", group.name())
            .attr("d", move || view.overview.with(|overview| overview.paths[group as usize].clone()))
    };
    // Where one went: a bar of its own behind the others.
    let here = el("path").class("here").attr("d", move || match view.following.get() {
        true => String::new(),
        false => format!("M{} 0h.8v100h-.8z", view.bar.get()),
    });
    let svg = el("svg")
        .attr("viewBox", move || format!("0 0 {} 100", bars().max(1)))
        .attr("preserveAspectRatio", "none")
        .attr("aria-hidden", "true")
        .add(here)
        .add_all(Group::ALL.map(path));
    let slider = el("div")
        .class("log-chart")
        .attr("role", "slider")
        .attr("tabindex", "0")
        .attr("aria-label", "When the lines were written")
        .attr("aria-valuemin", "0")
        .attr("aria-valuemax", move || bars().saturating_sub(1).to_string())
        .attr("aria-valuenow", move || view.bar.get().to_string())
        .attr("aria-valuetext", move || told(view, clock))
        .attr("title", move || told(view, clock))
        .on("click", move |event| clicked(view, &event))
        .on("keydown", move |event| pressed(view, &event))
        .add(svg);
    el("div")
        .attr("hidden", move || bars() < 2)
        .add(slider)
        .add(el("p").class("hidden").add(move || view.overview.with(|overview| overview.summary.clone())))
}

/// `17:19:00.123, 37 lines: 35 Info, 2 Error`.
fn told(view: LogView, clock: Clock) -> String {
    let (at, bar) = view.overview.with(|overview| {
        let n = view.bar.get();
        let at = Timestamp::from_micros(overview.from + overview.width * n as i64);
        (at, overview.bars.get(n).copied().unwrap_or_default())
    });
    let mut text = format!("{}, {}", clock.time_of_day(at), words::count(bar.iter().sum(), "line"));
    for group in Group::ALL.into_iter().filter(|group| bar[*group as usize] > 0) {
        text.push_str(&format!(", {} {}", place::word(group), words::grouped(bar[group as usize])));
    }
    text
}

fn clicked(view: LogView, event: &Event) {
    let Some(event) = event.dyn_ref::<MouseEvent>() else { return };
    let Some(target) = event.current_target().and_then(|target| target.dyn_into::<web_sys::Element>().ok()) else {
        return;
    };
    let rect = target.get_bounding_client_rect();
    let part = (f64::from(event.client_x()) - rect.left()) / rect.width().max(1.0);
    let bars = view.overview.with_untracked(|overview| overview.bars.len());
    go(view, (part * bars as f64) as usize);
}

fn pressed(view: LogView, event: &Event) {
    let Some(event) = event.dyn_ref::<KeyboardEvent>() else { return };
    let (at, last) = (view.bar.get_untracked(), view.overview.with_untracked(|overview| overview.bars.len()));
    let next = match event.key().as_str() {
        "ArrowLeft" | "ArrowDown" => at.saturating_sub(1),
        "ArrowRight" | "ArrowUp" => at + 1,
        "PageDown" => at.saturating_sub(10),
        "PageUp" => at + 10,
        "Home" => 0,
        "End" => last,
        _ => return,
    };
    event.prevent_default();
    go(view, next);
}

/// Goes to the first line of a bar.
fn go(view: LogView, bar: usize) {
    let at = view.overview.with_untracked(|overview| {
        let bar = bar.min(overview.bars.len().saturating_sub(1));
        view.bar.set(bar);
        overview.from + overview.width * bar as i64
    });
    scroll::find(view, format!("at={at}"));
}

/// Asks for the overview anew, after so many milliseconds.
pub fn look(view: LogView, after: u64) {
    if view.looking.try_get_value() != Some(false) {
        return;
    }
    view.looking.set_value(true);
    let ask = move || {
        if view.looking.try_set_value(false).is_some() {
            return;
        }
        let (client, sieve) = (view.client.get_value(), view.sieve());
        leptos::task::spawn_local(async move {
            let answer = client::logs::overview(&client, view.run, sieve).await;
            if let Ok(overview) = answer
                && view.book.try_with_value(|book| book.sieve()) == Some(sieve)
            {
                view.overview.set(overview);
            }
        });
    };
    set_timeout(ask, Duration::from_millis(after));
}

/// Lines arrived: they are drawn soon.
pub fn arrived(view: LogView) {
    look(view, PAUSE);
}
