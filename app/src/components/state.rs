//! A state as shape, word and colour.

use domain::flow_runs::FlowRun;
use leptos::prelude::*;

use crate::look::{self, Look};

/// The shape alone; its word is read out and shown on hover.
pub fn shape(look: Look) -> AnyView {
    let title = look.word.clone();
    view! {
        <span class="state" data-state=look.mark title=title>
            {svg(look.mark)}
            <span class="hidden">{look.word}</span>
        </span>
    }
    .into_any()
}

/// Shape and word.
pub fn badge(look: Look) -> AnyView {
    view! { <span class="state" data-state=look.mark>{svg(look.mark)} {look.word}</span> }.into_any()
}

/// The badge of a run.
pub fn of_run(run: &FlowRun) -> AnyView {
    badge(look_of_run(run))
}

/// The look of a run's state.
pub fn look_of_run(run: &FlowRun) -> Look {
    look::state(run.state_type, run.state_name.as_deref())
}

fn svg(mark: &'static str) -> impl IntoView {
    view! { <svg aria-hidden="true"><use href=format!("#s-{mark}")></use></svg> }
}
