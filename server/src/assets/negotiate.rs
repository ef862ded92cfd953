//! `Accept-Encoding`: which forms of a file a browser takes.

use http::{HeaderMap, header};

/// A form in which a file may lie beside itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// Brotli, the smallest.
    Brotli,
    /// Gzip.
    Gzip,
    /// As it is.
    Identity,
}

impl Encoding {
    /// What is appended to the file's name.
    pub fn suffix(self) -> &'static str {
        match self {
            Encoding::Brotli => ".br",
            Encoding::Gzip => ".gz",
            Encoding::Identity => "",
        }
    }

    /// The word for `Content-Encoding`, if one is to be sent.
    pub fn name(self) -> Option<&'static str> {
        match self {
            Encoding::Brotli => Some("br"),
            Encoding::Gzip => Some("gzip"),
            Encoding::Identity => None,
        }
    }
}

/// The accepted forms, smallest first. The file as it is always comes last.
pub fn accepted(headers: &HeaderMap) -> impl Iterator<Item = Encoding> {
    let words = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    let words: Vec<&str> = words.flat_map(|value| value.split(',')).filter_map(wanted).collect();
    let takes = |name: Option<&str>| name.is_none_or(|name| words.contains(&name) || words.contains(&"*"));
    let forms = [Encoding::Brotli, Encoding::Gzip, Encoding::Identity];
    forms.into_iter().filter(|form| takes(form.name())).collect::<Vec<_>>().into_iter()
}

/// The word of `br;q=0.5`, unless its weight is zero.
fn wanted(part: &str) -> Option<&str> {
    let (word, weight) = part.split_once(';').unwrap_or((part, ""));
    let weight = weight.trim().strip_prefix("q=").and_then(|number| number.trim().parse::<f32>().ok());
    (weight != Some(0.0)).then(|| word.trim())
}
