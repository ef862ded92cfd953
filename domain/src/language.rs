//! The words of the interface in the visitor's language.
//!
//! English texts in the code are the keys of one catalogue. Whoever renders says once how a text is looked up there:
//! the server by the request it answers, the browser by the catalogue that came with the page. Without that, and for
//! texts the catalogue does not have, English it is. Data are never looked up: a flow may be called "Runs".

use std::borrow::Cow;
use std::fmt::Display;
use std::sync::OnceLock;

/// Finds a text in the catalogue of the language that is spoken now; `None` for English.
pub type LookUp = fn(&str) -> Option<&'static str>;

static LOOK_UP: OnceLock<LookUp> = OnceLock::new();

/// Says how texts are looked up. The first caller wins: it is the same for the whole program.
pub fn speak(look_up: LookUp) {
    let _ = LOOK_UP.set(look_up);
}

/// The catalogue's text for this key, if the language spoken now has one.
pub fn look_up(key: &str) -> Option<&'static str> {
    LOOK_UP.get()?(key)
}

/// A fixed text in the language spoken now.
pub fn tr(text: &'static str) -> &'static str {
    look_up(text).unwrap_or(text)
}

/// A text in the language spoken now: fixed ones are words of the interface, others are data, which stay.
pub fn spoken(text: impl Into<Cow<'static, str>>) -> String {
    match text.into() {
        Cow::Borrowed(text) => tr(text).to_owned(),
        Cow::Owned(text) => text,
    }
}

/// Puts `parts` in the place of `{}`, one after the other, and of `{0}`, `{1}` …, by their number: the order of words
/// differs between languages.
pub fn fill(text: &str, parts: &[&dyn Display]) -> String {
    let mut filled = String::with_capacity(text.len() + 16);
    let (mut rest, mut next) = (text, 0);
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let (number, after) = after.split_once('}').unwrap_or((after, ""));
        let nth = number.parse().unwrap_or(next);
        next = nth + 1;
        if let Some(part) = parts.get(nth) {
            filled.push_str(&part.to_string());
        }
        rest = after;
    }
    filled.push_str(rest);
    filled
}

/// A sentence with parts in it, in the language spoken now: `say!("{} of {}", here, all)`. The text is a key of the
/// catalogue as it stands.
#[macro_export]
macro_rules! say {
    ($text:literal $(, $part:expr)* $(,)?) => {
        $crate::language::fill($crate::language::tr($text), &[$(&$part),*])
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_take_their_places_in_any_order() {
        assert_eq!(fill("{} of {} runs", &[&3, &"12"]), "3 of 12 runs");
        assert_eq!(fill("{1} 次中的 {0} 次", &[&3, &12]), "12 次中的 3 次");
        assert_eq!(fill("nothing, and { an open one", &[]), "nothing, and ");
        assert_eq!(say!("In {} minutes", 5), "In 5 minutes");
    }
}
