//! What the URL says of a log, `?hide=debug,info`, so that a reload and a link show the same.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use super::view::LogView;
use crate::log::Group;
use crate::{address, browser};

const HIDE: &str = "hide";

/// A group of levels as the URL, the stylesheet and people call it.
pub fn names(group: Group) -> (&'static str, &'static str) {
    match group {
        Group::Debug => ("debug", "Debug"),
        Group::Info => ("info", "Info"),
        Group::Warning => ("warning", "Warning"),
        Group::Error => ("error", "Error"),
    }
}

/// The groups that the URL hides. Wants to be called while the page is drawn.
pub fn hidden() -> Vec<Group> {
    hidden_by(&use_location().search.get_untracked())
}

fn hidden_by(search: &str) -> Vec<Group> {
    let named = address::value(&address::pairs(search), HIDE);
    Group::ALL.into_iter().filter(|group| named.split(',').any(|name| name == names(*group).0)).collect()
}

/// Writes into the URL what is hidden now, in the place of what stood there.
pub fn remember(view: LogView) {
    let hidden = view.book.with_value(|book| Group::ALL.map(|group| book.is_hidden(group).then_some(names(group).0)));
    let hidden: Vec<&str> = hidden.into_iter().flatten().collect();
    browser::replace_query(&[(HIDE, &hidden.join(","))]);
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
