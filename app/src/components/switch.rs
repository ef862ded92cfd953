//! On or off, as with a schedule.

use leptos::prelude::*;

/// A switch with its `label` for those who hear it; `flip` is called with the wanted value.
pub fn switch(on: bool, label: String, flip: impl Fn(bool) + 'static) -> AnyView {
    view! {
        <button
            type="button"
            class="switch"
            role="switch"
            aria-checked=if on { "true" } else { "false" }
            aria-label=label.clone()
            title=label
            on:click=move |_| flip(!on)
        >
            <span></span>
        </button>
    }
    .into_any()
}
