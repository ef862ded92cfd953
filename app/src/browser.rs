//! The few browser APIs that pages use, from effects and event handlers only. Every function does
//! nothing where there is no browser.

use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Document, Element, HtmlElement, Storage, Window};

use crate::address;

/// The window, in a browser.
pub fn window() -> Option<Window> {
    web_sys::window()
}

/// The document, in a browser.
pub fn document() -> Option<Document> {
    window()?.document()
}

/// `<html>`.
pub fn root() -> Option<Element> {
    document()?.document_element()
}

/// Says on `<html>` that events are heard from now on.
#[cfg(target_arch = "wasm32")]
pub fn mark_hydrated() {
    if let Some(root) = root() {
        let _ = root.set_attribute("data-hydrated", "");
    }
}

/// Loads the page anew.
pub fn reload() {
    if let Some(window) = window() {
        let _ = window.location().reload();
    }
}

/// Milliseconds since the page was opened.
pub fn milliseconds() -> f64 {
    window().and_then(|window| window.performance()).map_or(0.0, |performance| performance.now())
}

/// What this browser keeps for this server; absent when the visitor forbids it.
pub fn storage() -> Option<Storage> {
    window()?.local_storage().ok()?
}

/// Keeps `value` under `key`, or forgets it.
pub fn keep(key: &str, value: Option<&str>) {
    let Some(storage) = storage() else { return };
    let _ = match value {
        Some(value) => storage.set_item(key, value),
        None => storage.remove_item(key),
    };
}

/// What was kept under `key`.
pub fn kept(key: &str) -> Option<String> {
    storage()?.get_item(key).ok()?
}

/// Sets a cookie for a year, for the whole site.
pub fn set_cookie(name: &str, value: &str) {
    if let Some(document) = document().and_then(|document| document.dyn_into::<web_sys::HtmlDocument>().ok()) {
        let _ = document.set_cookie(&format!("{name}={value}; Path=/; Max-Age=31536000; SameSite=Lax"));
    }
}

/// Puts text on the clipboard, where the page may.
pub fn copy(text: &str) {
    if let Some(window) = window() {
        let clipboard = window.navigator().clipboard();
        // Absent on pages that came over plain HTTP from another machine.
        if !JsValue::from(&clipboard).is_undefined() {
            drop(clipboard.write_text(text));
        }
    }
}

/// Whether the visitor has marked a piece of text.
pub fn marks_text() -> bool {
    let marked = || {
        let window = window()?;
        let ask = js_sys::Reflect::get(&window, &JsValue::from_str("getSelection")).ok()?;
        let marked = ask.dyn_into::<js_sys::Function>().ok()?.call0(&window).ok()?;
        Some(marked.dyn_into::<js_sys::Object>().ok()?.to_string().length() > 0)
    };
    marked().unwrap_or_default()
}

/// Puts another value of this key into the URL's query, without a new entry in the history; an empty one leaves
/// it. The router does it, so that it knows. For handlers of events of elements inside of it.
pub fn replace_query(name: &str, value: &str) {
    let Some(location) = window().map(|window| window.location()) else { return };
    let text = |part: Result<String, JsValue>| part.unwrap_or_default();
    let before = address::pairs(&text(location.search()));
    let kept = before.iter().filter(|(key, _)| name != key).map(|(key, value)| (key.as_str(), value.as_str()));
    let pairs: Vec<(&str, &str)> = kept.chain([(name, value)]).collect();
    let url = address::with_query(&text(location.pathname()), &pairs) + &text(location.hash());
    let options = NavigateOptions { replace: true, scroll: false, ..Default::default() };
    use_navigate()(&url, options);
}

/// The first element that fits the selector.
pub fn find(selector: &str) -> Option<HtmlElement> {
    document()?.query_selector(selector).ok()??.dyn_into().ok()
}

/// Minutes that the visitor's clock is ahead of UTC at an instant given in milliseconds since 1970.
pub fn minutes_ahead_of_utc(at_milliseconds: f64) -> i64 {
    -(js_sys::Date::new(&JsValue::from_f64(at_milliseconds)).get_timezone_offset() as i64)
}

/// The fields of a form as a query string, without the empty ones.
pub fn form_query(form: &web_sys::HtmlFormElement) -> String {
    let Ok(data) = web_sys::FormData::new_with_form(form) else { return String::new() };
    let Ok(params) = web_sys::UrlSearchParams::new_with_str_sequence_sequence(&data) else { return String::new() };
    String::from(params.to_string())
}

/// An element's own style (views add a method of that name which means something else).
pub fn style(element: &HtmlElement) -> web_sys::CssStyleDeclaration {
    HtmlElement::style(element)
}
