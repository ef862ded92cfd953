//! What stands where content would be: nothing yet, nothing that fits, or an error.

use domain::language::tr;
use domain::say;

use crate::element::{El, IntoNode, el, link};
use crate::page::Failure;

/// Nothing there yet: what it would be, and a command that makes one.
pub fn empty<T: IntoNode>(title: T, text: T, command: Option<T>) -> El {
    el("div")
        .class("empty")
        .add(el("h2").add(title))
        .add(el("p").add(text))
        .add(command.map(|command| el("pre").class("command").attr("tabindex", "0").add(el("code").add(command))))
}

/// Things exist, but the filter lets none through.
pub fn filtered(what: &'static str, clear: &'static str) -> El {
    el("div")
        .class("empty")
        .add(el("h2").add(say!("No {} match this filter", tr(what))))
        .add(el("p").add(link(clear, "Clear the filter")))
}

/// The page's data could not be had.
pub fn failed(failure: &Failure) -> El {
    let status = failure.status.map(|status| format!(" (HTTP {status})"));
    el("div")
        .class("empty")
        .attr("role", "alert")
        .add(el("h1").add("This page could not be loaded"))
        .add(el("p").add(failure.message.clone()).add(status))
        // An empty link is the page itself: this works without the program, too.
        .add(el("p").add(link("", "Try again").attr("rel", "external")))
}
