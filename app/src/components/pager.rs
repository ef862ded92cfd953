//! `51–100 of 412 runs`, and the ways to the other pages.

use domain::say;

use crate::element::{El, el, link};
use crate::words;

/// The pager of a list; nothing when everything fits on one page. Pages count from 1, `at` gives the URL of
/// one.
pub fn pager(page: i64, size: i64, count: i64, thing: &str, at: impl Fn(i64) -> String) -> Option<El> {
    let first = (page - 1) * size;
    if count <= size && first == 0 {
        return None;
    }
    let last = (first + size).min(count);
    let here = say!("{}–{} of {}", words::grouped(first + 1), words::grouped(last), words::count(count, thing));
    let back = (first > 0).then(|| link(at(page - 1), "← Back").attr("rel", "prev"));
    let on = (last < count).then(|| link(at(page + 1), "More →").attr("rel", "next"));
    Some(el("nav").class("pager").attr("aria-label", "Pages").add(back).add(el("span").add(here)).add(on))
}
