//! Values to text that reads back as the same values.

use serde_json::{Map, Value as Json};

use super::{Yaml, scalar};

/// A mapping as a document.
pub fn write(value: &Map<String, Json>) -> String {
    let mut text = String::new();
    mapping(value, 0, &mut text);
    text
}

/// Any value as a document.
pub fn write_value(value: &Json) -> String {
    let mut text = String::new();
    match value {
        Json::Object(members) if !members.is_empty() => mapping(members, 0, &mut text),
        value => below(value, 0, &mut text),
    }
    text.trim_start().to_owned()
}

fn mapping(members: &Map<String, Json>, indent: usize, text: &mut String) {
    for (n, (key, value)) in members.iter().enumerate() {
        if n > 0 || indent == 0 || text.ends_with('\n') {
            text.push_str(&" ".repeat(indent));
        }
        text.push_str(&word(key));
        text.push(':');
        below(value, indent, text);
    }
}

/// What stands after `key:` or `-`.
fn below(value: &Json, indent: usize, text: &mut String) {
    match value {
        Json::Object(members) if !members.is_empty() => {
            text.push('\n');
            mapping(members, indent + 2, text);
        }
        Json::Array(items) if !items.is_empty() => {
            text.push('\n');
            for item in items {
                text.push_str(&" ".repeat(indent));
                text.push('-');
                match item {
                    Json::Object(members) if !members.is_empty() => {
                        text.push(' ');
                        mapping(members, indent + 2, text);
                    }
                    item => below(item, indent + 2, text),
                }
            }
        }
        Json::String(words) if is_block(words) => {
            text.push_str(if words.ends_with('\n') { " |\n" } else { " |-\n" });
            for line in words.lines() {
                if !line.is_empty() {
                    text.push_str(&" ".repeat(indent + 2));
                    text.push_str(line);
                }
                text.push('\n');
            }
        }
        Json::String(words) => push(text, &word(words)),
        Json::Array(_) => push(text, "[]"),
        Json::Object(_) => push(text, "{}"),
        Json::Null => push(text, "null"),
        other => push(text, &other.to_string()),
    }
}

fn push(text: &mut String, word: &str) {
    text.push(' ');
    text.push_str(word);
    text.push('\n');
}

/// Several lines that can stand as they are.
fn is_block(words: &str) -> bool {
    let lines = words.trim_end_matches('\n');
    lines.contains('\n')
        && words.len() - lines.len() < 2
        && !words.starts_with([' ', '\n', '\t'])
        && words.lines().all(|line| line == line.trim_end())
        && words.chars().all(|letter| letter == '\n' || !letter.is_control())
}

/// A word as it is where it reads back as the same text, in quotes otherwise.
fn word(word: &str) -> String {
    let is_plain = matches!(scalar::plain(word), Yaml::Text(same) if same == word)
        && word.starts_with(|first: char| first.is_alphanumeric() || matches!(first, '_' | '/' | '.' | '$'))
        && !word.ends_with([' ', ':'])
        && !word.contains(": ")
        && !word.contains(" #")
        && word
            .chars()
            .all(|letter| !letter.is_control() && !matches!(letter, '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{feff}'));
    if is_plain { word.to_owned() } else { Json::from(word).to_string() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::yaml::read;

    #[test]
    fn what_is_written_reads_back() {
        let value = json!({
            "name": "x", "version": "1.0", "yes": "yes", "n": 3, "f": 1.5, "none": null, "empty": {}, "list": [],
            "date": "2024-01-02", "colon": "a: b", "hash": "a #b", "quote": "it's \"so\"", "template": "{{ $HOME }}/x",
            "lines": "one\n  two\n\nthree", "ended": "one\ntwo\n", "tabs": "a\tb\nc", "star": "*x", "unicode": "é ✓",
            "deep": [{ "a": 1, "b": [{ "c": [] }, [1, [2]]] }, "x", { "text": "l1\nl2" }], "cron": "0 9 * * *",
        });
        let Json::Object(members) = &value else { panic!("an object") };
        let text = write(members);
        for value in [json!([1, { "a": [2] }]), json!("x: y"), json!([]), value.clone()] {
            assert_eq!(read("x.yaml", &write_value(&value)).expect("YAML").json(), value);
        }
        assert_eq!(read("x.yaml", &text).unwrap_or_else(|problem| panic!("{problem}\n{text}")).json(), value, "{text}");
    }
}
