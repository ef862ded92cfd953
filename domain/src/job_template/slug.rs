//! Texts made fit for Kubernetes: names, label keys and label values.

use crate::major::Major;

/// For names: lower-case letters, digits and dashes; none if nothing is left.
pub(super) fn name(text: &str, max_length: usize) -> Option<String> {
    let slug = slug(text, max_length, |c| c.is_ascii_alphanumeric()).to_ascii_lowercase();
    (!slug.is_empty()).then_some(slug)
}

/// `prefix/name`; Prefect 2 lower-cases it. Where nothing would be left the text stays, so that
/// Kubernetes says what is wrong with it.
pub(super) fn label_key(key: &str, major: Major) -> String {
    let (prefix, name) = match key.split_once('/') {
        Some((prefix, name)) => (Some(prefix).filter(|prefix| !prefix.is_empty()), name),
        None => (None, key),
    };
    let name = label_part(name, 63, major, |c| matches!(c, '_' | '.'));
    match prefix {
        Some(prefix) => format!("{}/{name}", label_part(prefix, 253, major, |c| c == '.')),
        None => name,
    }
}

/// As for keys, without a prefix.
pub(super) fn label_value(value: &str, major: Major) -> String {
    label_part(value, 63, major, |c| matches!(c, '_' | '.'))
}

fn label_part(text: &str, max_length: usize, major: Major, also: impl Fn(char) -> bool) -> String {
    let mut slug = slug(text, max_length, |c| c.is_ascii_alphanumeric() || also(c));
    if major == Major::V2 {
        slug.make_ascii_lowercase();
    }
    match slug.trim_matches(['_', '-', '.']) {
        "" => text.to_owned(),
        slug => slug.to_owned(),
    }
}

/// Accents are dropped, a comma within a number too; every other run of letters that are not allowed
/// becomes one dash.
fn slug(text: &str, max_length: usize, allowed: impl Fn(char) -> bool) -> String {
    let letters: Vec<char> = text.chars().collect();
    let mut slug = String::with_capacity(text.len());
    for (at, letter) in letters.iter().enumerate() {
        let is_digit = |at: Option<usize>| at.and_then(|at| letters.get(at)).is_some_and(char::is_ascii_digit);
        if *letter == ',' && is_digit(at.checked_sub(1)) && is_digit(Some(at + 1)) {
            continue;
        }
        for letter in plain(*letter).chars() {
            if letter != '-' && allowed(letter) {
                slug.push(letter);
            } else if !slug.ends_with('-') {
                slug.push('-');
            }
        }
    }
    let slug = slug.trim_matches('-');
    let cut = slug.char_indices().nth(max_length).map_or(slug, |(at, _)| &slug[..at]);
    cut.trim_matches('-').to_owned()
}

/// The letters of Western European languages without their accents.
fn plain(letter: char) -> String {
    let plain = match letter {
        'À'..='Å' => "A",
        'à'..='å' => "a",
        'Æ' => "AE",
        'æ' => "ae",
        'Ç' => "C",
        'ç' => "c",
        'È'..='Ë' => "E",
        'è'..='ë' => "e",
        'Ì'..='Ï' => "I",
        'ì'..='ï' => "i",
        'Ñ' => "N",
        'ñ' => "n",
        'Ò'..='Ö' | 'Ø' => "O",
        'ò'..='ö' | 'ø' => "o",
        'Ù'..='Ü' => "U",
        'ù'..='ü' => "u",
        'Ý' => "Y",
        'ý' | 'ÿ' => "y",
        'ß' => "ss",
        other => return other.to_string(),
    };
    plain.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_dns_labels() {
        let cases = [
            ("testestset", Some("testestset")),
            ("My Flow_Run! #2", Some("my-flow-run-2")),
            ("--a--b--", Some("a-b")),
            ("Über größe", Some("uber-grosse")),
            ("1,000 rows, 2", Some("1000-rows-2")),
            ("日本", None),
            ("abcdefghij", Some("abcdefghij")),
            ("abcdefghi-klm", Some("abcdefghi")),
        ];
        for (text, expected) in cases {
            assert_eq!(name(text, 10.max(expected.map_or(10, str::len))).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn labels_keep_what_kubernetes_allows() {
        let v3 = Major::V3;
        assert_eq!(label_value("KubernetesWorker ff379a6b", v3), "KubernetesWorker-ff379a6b");
        assert_eq!(label_value("2026-11-23T17:58:05.520000+00:00", v3), "2026-11-23T17-58-05.520000-00-00");
        assert_eq!(label_value("2026-11-23T18:07:52.151000Z", Major::V2), "2026-11-23t18-07-52.151000z");
        assert_eq!(label_value("_x_.", v3), "x");
        assert_eq!(label_value("日本", v3), "日本");
        assert_eq!(label_value(&"x".repeat(80), v3).len(), 63);
        assert_eq!(label_key("prefect.io/flow-run-id", v3), "prefect.io/flow-run-id");
        assert_eq!(label_key("my team/A name", v3), "my-team/A-name");
        assert_eq!(label_key("my team/A name", Major::V2), "my-team/a-name");
        assert_eq!(label_key("a/b/c", v3), "a/b-c");
    }
}
