//! The query language of Prefect 3's text filters: words are alternatives, `-word` or `!word` excludes,
//! `+word` is required, double quotes hold a phrase. Case does not matter.

/// The terms of a query, in lower case.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TextQuery {
    /// One of these must occur, if there are any.
    pub any: Vec<String>,
    /// All of these must occur.
    pub all: Vec<String>,
    /// None of these may occur.
    pub none: Vec<String>,
}

/// Prefect takes no longer query, in characters.
pub const MAX_QUERY: usize = 200;

impl TextQuery {
    /// Reads a query. Every text is one: a lone sign says nothing, a quote that is not closed ends with the text.
    pub fn parse(query: &str) -> TextQuery {
        let mut terms = TextQuery::default();
        let mut rest = query.trim_start();
        while let Some(first) = rest.chars().next() {
            let sign = Some(first).filter(|c| "-!+".contains(*c));
            let body = if sign.is_some() { &rest[1..] } else { rest };
            let (term, after) = match body.strip_prefix('"') {
                Some(quoted) => phrase(quoted),
                None => word(body),
            };
            if !term.trim().is_empty() {
                let list = match sign {
                    Some('+') => &mut terms.all,
                    Some(_) => &mut terms.none,
                    None => &mut terms.any,
                };
                list.push(term.to_lowercase());
            }
            rest = after.trim_start();
        }
        terms
    }

    /// Whether `text`, which must be in lower case, fits.
    pub fn fits(&self, text: &str) -> bool {
        let holds = |term: &String| text.contains(term.as_str());
        (self.any.is_empty() || self.any.iter().any(holds))
            && self.all.iter().all(holds)
            && !self.none.iter().any(holds)
    }
}

/// The text up to a blank or a quote, and what follows.
fn word(text: &str) -> (String, &str) {
    let end = text.find(|c: char| c.is_whitespace() || c == '"').unwrap_or(text.len());
    (text[..end].to_owned(), &text[end..])
}

/// The text up to the closing quote, and what follows. A backslash keeps a quote or a backslash.
fn phrase(text: &str) -> (String, &str) {
    let mut phrase = String::new();
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return (phrase, &text[at + 1..]),
            '\\' if chars.peek().is_some_and(|(_, next)| matches!(next, '"' | '\\')) => {
                phrase.extend(chars.next().map(|(_, kept)| kept));
            }
            _ => phrase.push(c),
        }
    }
    (phrase, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(any: &[&str], all: &[&str], none: &[&str]) -> TextQuery {
        let list = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        TextQuery { any: list(any), all: list(all), none: list(none) }
    }

    #[test]
    fn queries_are_taken_apart() {
        let cases = [
            ("", terms(&[], &[], &[])),
            ("Error  timeout", terms(&["error", "timeout"], &[], &[])),
            ("error -debug !trace +prod", terms(&["error"], &["prod"], &["debug", "trace"])),
            (r#""connection timeout" -"a \"b\" \\""#, terms(&["connection timeout"], &[], &[r#"a "b" \"#])),
            ("- error + x", terms(&["error", "x"], &[], &[])),
            (r#"say"hi there"#, terms(&["say", "hi there"], &[], &[])),
            ("ünï-code", terms(&["ünï-code"], &[], &[])),
        ];
        for (query, want) in cases {
            assert_eq!(TextQuery::parse(query), want, "{query}");
        }
    }

    #[test]
    fn a_text_fits_or_not() {
        let cases = [
            ("", true),
            ("quick", true),
            ("slow fox", true),
            ("-fox", false),
            ("+fox +dog", false),
            ("+fox quick", true),
        ];
        for (query, want) in cases {
            assert_eq!(TextQuery::parse(query).fits("the quick fox"), want, "{query}");
        }
    }
}
