//! Asking once before something that cannot be undone.

use leptos::html::Dialog;
use leptos::prelude::*;

/// A question that opens when `asked` is true.
pub fn confirm(
    asked: RwSignal<bool>,
    title: &'static str,
    text: String,
    action: &'static str,
    act: impl Fn() + Send + 'static,
) -> AnyView {
    let dialog = NodeRef::<Dialog>::new();
    Effect::new(move |_| {
        let Some(dialog) = dialog.get() else { return };
        if asked.get() && !dialog.open() {
            let _ = dialog.show_modal();
        } else if !asked.get() && dialog.open() {
            dialog.close();
        }
    });
    let yes = move |_| {
        asked.set(false);
        act();
    };
    view! {
        <dialog node_ref=dialog on:close=move |_| asked.set(false)>
            <h2>{title}</h2>
            <p>{text}</p>
            <div class="buttons">
                <button type="button" on:click=move |_| asked.set(false)>"Keep it"</button>
                <button type="button" class="danger" on:click=yes>{action}</button>
            </div>
        </dialog>
    }
    .into_any()
}
