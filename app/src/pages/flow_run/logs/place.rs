//! What the URL says of a log, `?hide=debug,info`, so that a reload and a link show the same.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use super::view::LogView;
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
    browser::replace_query(&[(HIDE, &hidden_names(view))]);
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
