//! What the URL says of a log, `?hide=debug,info`, so that a reload and a link show the same.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use super::search;
use super::view::LogView;
use crate::effect::effect;
use crate::log::Group;
use crate::{address, browser};

const HIDE: &str = "hide";

/// A group of levels as people call it.
pub fn word(group: Group) -> &'static str {
    match group {
        Group::Debug => "Debug",
        Group::Info => "Info",
        Group::Warning => "Warning",
        Group::Error => "Error",
    }
}

/// The groups that the URL hides. Wants to be called while the page is drawn.
pub fn hidden() -> Vec<Group> {
    hidden_by(&use_location().search.get_untracked())
}

fn hidden_by(search: &str) -> Vec<Group> {
    Group::list(&address::value(&address::pairs(search), HIDE))
}

/// What is hidden now, as the URL and the API say it.
pub fn hidden_names(view: LogView) -> String {
    let hidden = |group: &Group| view.book.with_value(|book| book.is_hidden(*group));
    Group::ALL.into_iter().filter(hidden).map(Group::name).collect::<Vec<_>>().join(",")
}

/// Writes into the URL what is hidden now, in the place of what stood there.
pub fn remember(view: LogView) {
    let scroller = view.scroller.peek();
    let top = scroller.as_ref().map_or(0, |scroller| scroller.scroll_top());
    browser::replace_query(HIDE, &hidden_names(view));
    // The router brings what `#L…` names into sight, which nobody asked for here.
    if let Some(scroller) = scroller {
        scroller.set_scroll_top(top);
    }
}

/// Hides what the URL hides once it says something else, as after "back".
pub fn follow(view: LogView) {
    let (search, path) = (use_location().search, use_location().pathname);
    let here = path.get_untracked();
    effect(move || {
        let hidden = hidden_by(&search.get());
        let differs = |group: &Group| view.book.with_value(|book| book.is_hidden(*group)) != hidden.contains(group);
        let changed: Vec<Group> = Group::ALL.into_iter().filter(differs).collect();
        // The address of the next page is there while the log still is.
        if !changed.is_empty() && path.with_untracked(|path| *path == here) {
            flip(view, changed);
        }
    });
}

/// Hides these groups where they are shown, and shows them where they are hidden.
pub fn flip(view: LogView, groups: Vec<Group>) {
    view.book.update_value(|book| {
        for group in groups {
            book.set_hidden(group, !book.is_hidden(group));
        }
    });
    view.changed();
    search::again(view);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_url_hides_levels() {
        assert_eq!(hidden_by("?hide=info,debug"), [Group::Debug, Group::Info]);
        assert_eq!(hidden_by("hide=colours&x=info"), []);
        assert_eq!(hidden_by(""), []);
    }
}
