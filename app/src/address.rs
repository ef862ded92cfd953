//! Query strings, read and written without a browser.

use client::segment;

/// The pairs of `?a=1&b=two+words`, decoded; what is not valid stays as it is.
pub fn pairs(search: &str) -> Vec<(String, String)> {
    let search = search.strip_prefix('?').unwrap_or(search);
    search
        .split('&')
        .filter(|part| !part.is_empty())
        .map(|part| {
            let (key, value) = part.split_once('=').unwrap_or((part, ""));
            (decoded(key), decoded(value))
        })
        .collect()
}

/// The trimmed value of `key`, or nothing.
pub fn value(pairs: &[(String, String)], key: &str) -> String {
    pairs.iter().find(|(name, _)| name == key).map(|(_, value)| value.trim().to_owned()).unwrap_or_default()
}

/// The page that `page=` names, from 1; the first one where it is left out or makes no sense.
pub fn page(pairs: &[(String, String)]) -> i64 {
    value(pairs, "page").parse().unwrap_or(1).clamp(1, 100_000)
}

/// The value of `page=` for that page; the first one needs none.
pub fn page_value(page: i64) -> String {
    if page > 1 { page.to_string() } else { String::new() }
}

/// `path?key=value&…` of the pairs that have a value.
pub fn with_query(path: &str, pairs: &[(&str, &str)]) -> String {
    let filled: Vec<String> = pairs
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(key, value)| format!("{}={}", segment(key), segment(value)))
        .collect();
    if filled.is_empty() { path.to_owned() } else { format!("{path}?{}", filled.join("&")) }
}

/// Text with its `%…` resolved, and `+` as a blank.
pub fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut i = 0;
    while i < bytes.len() {
        let hex = |i: usize| bytes.get(i).and_then(|byte| (*byte as char).to_digit(16));
        match (bytes[i], hex(i + 1), hex(i + 2)) {
            (b'+', ..) => out.push(b' '),
            (b'%', Some(high), Some(low)) => {
                out.push((high * 16 + low) as u8);
                i += 2;
            }
            (byte, ..) => out.push(byte),
        }
        i += 1;
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_count_from_one() {
        let cases = [("", 1), ("page=7", 7), ("page=0", 1), ("page=-4", 1), ("page=x", 1), ("page=9999999", 100_000)];
        for (search, number) in cases {
            assert_eq!(page(&pairs(search)), number, "{search}");
        }
        assert_eq!([1, 2].map(page_value), ["", "2"]);
    }

    #[test]
    fn pairs_are_decoded() {
        let cases: [(&str, &[(&str, &str)]); 4] = [
            ("", &[]),
            ("?q=two+words&x=%C3%A4", &[("q", "two words"), ("x", "ä")]),
            ("a=50%&b", &[("a", "50%"), ("b", "")]),
            ("a=1=2", &[("a", "1=2")]),
        ];
        for (search, expected) in cases {
            let found = pairs(search);
            let found: Vec<(&str, &str)> = found.iter().map(|(key, value)| (&key[..], &value[..])).collect();
            assert_eq!(found, expected, "{search}");
        }
    }
}
