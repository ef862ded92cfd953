//! Instants and durations in views.

use domain::Timestamp;
use leptos::prelude::*;

use crate::clock::clock;
use crate::element::{El, IntoNode, el};
use crate::words;

/// `3 min ago`, with the full instant on hover and for machines.
pub fn ago(at: Timestamp) -> El {
    let clock = clock();
    el("time")
        .attr("datetime", at.to_rfc3339())
        .attr("title", move || format!("{} {}", clock.stamp(at), clock.zone(at)))
        .add(move || clock.relative(at))
}

/// `in 2 h`, or `10 min late` in the colour of what is late.
pub fn due(at: Timestamp) -> El {
    let clock = clock();
    let passed = move || clock.now().seconds_since(at);
    el("time")
        .class("due")
        .attr("datetime", at.to_rfc3339())
        .attr("title", move || format!("{} {}", clock.stamp(at), clock.zone(at)))
        .attr("data-state", move || (passed() >= 1.5).then_some("late"))
        .add(move || words::due(passed()))
}

/// `2026-11-23 17:19:00 UTC`.
pub fn stamp(at: Timestamp) -> El {
    let clock = clock();
    el("time")
        .attr("datetime", at.to_rfc3339())
        .attr("title", move || clock.relative(at))
        .add(move || clock.stamp(at))
        .add(" ")
        .add(el("small").add(move || clock.zone(at)))
}

/// How long something has taken: from `start` to `end`, or until now.
pub fn span(start: Option<Timestamp>, end: Option<Timestamp>) -> AnyView {
    let clock = clock();
    match (start, end) {
        (Some(start), Some(end)) => words::duration(end.seconds_since(start)).into_node(),
        (Some(start), None) => (move || words::duration(clock.now().seconds_since(start))).into_node(),
        (None, _) => "–".into_node(),
    }
}
