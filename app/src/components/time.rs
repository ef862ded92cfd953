//! Instants and durations in views.

use domain::Timestamp;
use leptos::prelude::*;

use crate::clock::clock;
use crate::words;

/// `3 min ago`, with the full instant on hover and for machines.
pub fn ago(at: Timestamp) -> AnyView {
    let clock = clock();
    view! {
        <time datetime=at.to_rfc3339() title=move || format!("{} {}", clock.stamp(at), clock.zone(at))>
            {move || clock.relative(at)}
        </time>
    }
    .into_any()
}

/// `2026-11-23 17:19:00 UTC`.
pub fn stamp(at: Timestamp) -> AnyView {
    let clock = clock();
    view! {
        <time datetime=at.to_rfc3339() title=move || clock.relative(at)>
            {move || clock.stamp(at)} " " <small>{move || clock.zone(at)}</small>
        </time>
    }
    .into_any()
}

/// How long something has taken: from `start` to `end`, or until now.
pub fn span(start: Option<Timestamp>, end: Option<Timestamp>) -> AnyView {
    let clock = clock();
    match (start, end) {
        (Some(start), Some(end)) => words::duration(end.seconds_since(start)).into_any(),
        (Some(start), None) => (move || words::duration(clock.now().seconds_since(start))).into_any(),
        (None, _) => "–".into_any(),
    }
}
