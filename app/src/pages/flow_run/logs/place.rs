//! What the URL says of a log, `?hide=debug,info&source=pod&times=start`, so that a reload and a link show the same.

use domain::logs::{Sieve, Source};
use leptos::prelude::*;
use leptos_router::hooks::use_location;

use super::view::{LogView, Times};
use super::{chart, scroll, search};
use crate::effect::effect;
use crate::log::Group;
use crate::{address, browser};

const HIDE: &str = "hide";
const SOURCE: &str = "source";
const TIMES: &str = "times";

/// A group of levels as people call it.
pub fn word(group: Group) -> &'static str {
    match group {
        Group::Debug => "Debug",
        Group::Info => "Info",
        Group::Warning => "Warning",
        Group::Error => "Error",
    }
}

/// What the address of the page asks of the log, as its routes take it.
pub fn asked(search: &str) -> String {
    let pairs = address::pairs(search);
    let source = match address::value(&pairs, SOURCE).as_str() {
        "" => "",
        source => Sieve::parse("", source).source_name(),
    };
    format!("hide={}&source={source}", Sieve::parse(&address::value(&pairs, HIDE), "").hide())
}

/// How the URL wants times to be shown. Wants to be called while the page is drawn.
pub fn times() -> Times {
    times_of(&use_location().search.get_untracked())
}

fn times_of(search: &str) -> Times {
    let named = address::value(&address::pairs(search), TIMES);
    let all = [Times::Start, Times::Previous, Times::Hidden];
    all.into_iter().find(|times| times_name(*times) == named).unwrap_or(Times::Clock)
}

/// How times are shown, as the URL says it.
pub fn times_name(times: Times) -> &'static str {
    match times {
        Times::Clock => "",
        Times::Start => "start",
        Times::Previous => "previous",
        Times::Hidden => "none",
    }
}

/// What the URL shows; `usual` is the source where it names none.
fn sieve_of(search: &str, usual: &str) -> Sieve {
    let pairs = address::pairs(search);
    let source = address::value(&pairs, SOURCE);
    Sieve::parse(&address::value(&pairs, HIDE), if source.is_empty() { usual } else { &source })
}

/// Shows how times are shown from now on, in the view and in the URL.
pub fn set_times(view: LogView, value: &str) {
    remember(view, TIMES, value);
    // Times take room that the text then has not.
    request_animation_frame(move || scroll::rewrap(view));
}

/// Shows a group of levels, or hides it.
pub fn flip(view: LogView, group: Group) {
    let mut sieve = view.sieve();
    sieve.hidden[group as usize] = !sieve.hidden[group as usize];
    sift(view, sieve);
    remember(view, HIDE, &sieve.hide());
}

/// Shows lines of this source, or of both.
pub fn set_source(view: LogView, source: Option<Source>) {
    let sieve = Sieve { source, ..view.sieve() };
    sift(view, sieve);
    remember(view, SOURCE, sieve.source_name());
}

/// Writes into the URL what is shown now, in the place of what stood there.
fn remember(view: LogView, name: &str, value: &str) {
    let scroller = view.scroller.peek();
    let top = scroller.as_ref().map_or(0, |scroller| scroller.scroll_top());
    browser::replace_query(name, value);
    // The router brings what `#L…` names into sight, which nobody asked for here.
    if let Some(scroller) = scroller {
        scroller.set_scroll_top(top);
    }
}

/// Shows what the URL says once it says something else, as after "back".
pub fn follow(view: LogView) {
    let (search, path) = (use_location().search, use_location().pathname);
    let here = path.get_untracked();
    effect(move || {
        let (sieve, times) = search.with(|search| (sieve_of(search, view.source), times_of(search)));
        // The address of the next page is there while the log still is.
        if path.with_untracked(|path| *path != here) {
            return;
        }
        if view.times.get_untracked() != times {
            view.times.set(times);
        }
        if view.sieve() != sieve {
            sift(view, sieve);
        }
    });
}

/// Shows other lines: at the end, where that is followed, or else where the ones in sight were.
fn sift(view: LogView, sieve: Sieve) {
    let top = scroll::top_seq(view).filter(|_| !view.following.get_untracked());
    view.book.update_value(|book| book.set_sieve(sieve));
    view.changed();
    if let Some(seq) = top {
        scroll::find(view, format!("seq={seq}"));
    }
    search::again(view);
    chart::look(view, 0);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_url_says_what_is_shown() {
        assert_eq!(asked("?hide=info,debug&source=pod&x=1"), "hide=debug,info&source=pod");
        assert_eq!(asked("?hide=colours"), "hide=&source=");
        assert_eq!(sieve_of("?hide=info", "client").query(), "hide=info&source=client");
        assert_eq!(sieve_of("?source=pod", "client").query(), "hide=&source=pod");
        assert_eq!([times_of("?times=previous"), times_of("")], [Times::Previous, Times::Clock]);
    }
}
