//! What is looked for in lines, and where in a line it is.

use std::fmt;
use std::sync::Arc;

use domain::logs::LogQuery;

/// Finds the byte ranges of a line that match, in their order.
type Find = Arc<dyn Fn(&str) -> Vec<(u32, u32)> + Send + Sync>;

/// What is looked for.
#[derive(Clone)]
pub struct Needle(Find);

impl fmt::Debug for Needle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Needle")
    }
}

impl Needle {
    /// What a query asks for; patterns are the business of `pattern`, since the browser brings an engine for
    /// them. The error is a sentence.
    pub fn of(query: LogQuery, pattern: impl FnOnce(&str, bool) -> Result<Needle, String>) -> Result<Needle, String> {
        match query {
            LogQuery::Text(text) => Ok(Needle::text(text)),
            LogQuery::Pattern { source, ignore_case } => pattern(&source, ignore_case),
        }
    }

    /// What `find` finds.
    pub fn new(find: impl Fn(&str) -> Vec<(u32, u32)> + Send + Sync + 'static) -> Needle {
        Needle(Arc::new(find))
    }

    /// A text in lower case. Case is ignored in ASCII only, which leaves every offset as it is and spares the
    /// browser the tables of all other alphabets.
    fn text(text: String) -> Needle {
        Needle::new(move |line| {
            let lower = line.to_ascii_lowercase();
            lower.match_indices(&text).map(|(at, found)| (at as u32, (at + found.len()) as u32)).collect()
        })
    }

    /// The byte ranges that match.
    pub fn find(&self, line: &str) -> Vec<(u32, u32)> {
        (self.0)(line)
    }
}

/// Byte ranges for ranges in UTF-16 units, as browsers count.
pub fn bytes(line: &str, ranges: &[(u32, u32)]) -> Vec<(u32, u32)> {
    // Most lines hold nothing of what is looked for.
    if ranges.is_empty() {
        return Vec::new();
    }
    let (mut units, mut places) = (0, Vec::with_capacity(line.len() + 1));
    for (at, letter) in line.char_indices() {
        while places.len() <= units {
            places.push(at as u32);
        }
        units += letter.len_utf16();
    }
    while places.len() <= units {
        places.push(line.len() as u32);
    }
    let place = |unit: u32| places.get(unit as usize).copied().unwrap_or(line.len() as u32);
    ranges.iter().map(|(from, to)| (place(*from), place(*to))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_become_bytes() {
        // One letter of two units and four bytes, one of one unit and three.
        assert_eq!(bytes("a🎉漢b", &[(0, 1), (1, 3), (3, 4), (4, 5)]), [(0, 1), (1, 5), (5, 8), (8, 9)]);
        assert_eq!(bytes("", &[(0, 0)]), [(0, 0)]);
    }
}
