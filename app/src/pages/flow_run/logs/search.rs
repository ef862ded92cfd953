//! Looking for text in the loaded lines, and what `#L…` means.

use leptos::prelude::*;

use super::scroll;
use super::view::LogView;
use crate::effect::effect;
use crate::keyboard;

/// Searches anew and goes to the first match from what is in sight on, or else to the last.
pub fn search(view: LogView, text: &str) {
    let Some(found) = view.book.try_update_value(|book| book.search(text)) else { return };
    let top = scroll::top_line(view);
    let at = found.partition_point(|line| *line < top).min(found.len().saturating_sub(1));
    view.found.set(found);
    view.restyled();
    go(view, at);
}

/// Goes on to the next (`1`) or the previous (`-1`) match, around the ends.
pub fn step(view: LogView, by: i64) {
    let count = view.found.with_untracked(Vec::len) as i64;
    if count > 0 {
        let at = (view.current.get_untracked() as i64 + by).rem_euclid(count);
        go(view, at as usize);
    }
}

fn go(view: LogView, at: usize) {
    view.current.set(at);
    if let Some(line) = view.found.with_untracked(|found| found.get(at).copied()) {
        scroll::to_line(view, line);
    }
}

/// `3 of 37`; empty while nothing is searched for.
pub fn position(view: LogView) -> String {
    let count = view.found.with(Vec::len);
    if count == 0 {
        String::new()
    } else {
        format!("{} of {}", view.current.get() + 1, crate::words::grouped(count as i64))
    }
}

/// `n`, `N` and `f` while the log is on the page.
pub fn hear_keys(view: LogView) {
    effect(move || {
        let handle = window_event_listener(leptos::ev::keydown, move |event| {
            if event.ctrl_key() || event.meta_key() || event.alt_key() || keyboard::types(&event) {
                return;
            }
            match event.key().as_str() {
                "n" => step(view, 1),
                "N" => step(view, -1),
                "f" => scroll::follow(view),
                _ => {}
            }
        });
        on_cleanup(move || handle.remove());
    });
}

/// The first and last line number of `#L12` or `#L12-L20`.
pub fn lines_of_hash(hash: &str) -> Option<(i64, i64)> {
    let number = |text: &str| text.strip_prefix('L')?.parse::<i64>().ok().filter(|number| *number > 0);
    let text = hash.strip_prefix('#')?;
    let (from, to) = match text.split_once('-') {
        Some((from, to)) => (number(from)?, number(to)?),
        None => (number(text)?, number(text)?),
    };
    Some((from.min(to), from.max(to)))
}

#[cfg(test)]
mod tests {
    use super::lines_of_hash;

    #[test]
    fn hashes_name_lines() {
        let cases = [
            ("#L12", Some((12, 12))),
            ("#L20-L12", Some((12, 20))),
            ("#L0", None),
            ("#main", None),
            ("", None),
            ("#L1-", None),
        ];
        for (hash, lines) in cases {
            assert_eq!(lines_of_hash(hash), lines, "{hash}");
        }
    }
}
