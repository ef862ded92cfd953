//! The focus stays where it was when what has it is drawn anew, as rows are that something happened to.

use leptos::prelude::queue_microtask;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use crate::browser;

/// What in a row can have the focus, in the order of the document.
const FOCUSABLE: &str = "a[href], button, input, select, textarea, summary";

/// A place in a row, told by what stays the same when the row is drawn anew.
struct Place {
    /// Selects the row's main link.
    link: String,
    /// Which of the row's [`FOCUSABLE`] elements.
    nth: u32,
}

/// Called before rows are drawn: sees to it that the focus is in the same place afterwards.
pub fn keep() {
    if cfg!(target_arch = "wasm32")
        && let Some(place) = place()
    {
        queue_microtask(move || {
            let _ = back(&place);
        });
    }
}

fn place() -> Option<Place> {
    let focused = browser::document()?.active_element()?;
    let row = row(&focused)?;
    let href = row.query_selector("[data-row-link]").ok()??.get_attribute("href")?;
    let link = format!("main [data-row-link][href=\"{}\"]", href.replace('\\', "\\\\").replace('"', "\\\""));
    let inside = row.query_selector_all(FOCUSABLE).ok()?;
    let nth = (0..inside.length()).find(|&nth| inside.get(nth).as_deref() == Some(&*focused))?;
    Some(Place { link, nth })
}

fn back(place: &Place) -> Option<()> {
    // Nobody has it when what had it is gone.
    browser::document()?.active_element().is_none_or(|focused| focused.tag_name() == "BODY").then_some(())?;
    let row = row(browser::find(&place.link)?.as_ref())?;
    row.query_selector_all(FOCUSABLE).ok()?.get(place.nth)?.dyn_into::<HtmlElement>().ok()?.focus().ok()
}

fn row(element: &Element) -> Option<Element> {
    element.closest("tr").ok()?
}
