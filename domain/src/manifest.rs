//! JSON as lines of YAML, each knowing which value it shows: for people who read manifests.

use serde_json::Value;

/// A line of the print.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// With its indentation.
    pub text: String,
    /// JSON pointer of the value on the line.
    pub pointer: String,
}

/// The lines of a value.
pub fn lines(value: &Value) -> Vec<Line> {
    let mut lines = Vec::new();
    write(value, "", String::new(), 0, &mut lines);
    lines
}

/// The value as a YAML text.
pub fn yaml(value: &Value) -> String {
    let mut text = String::new();
    for line in lines(value) {
        text.push_str(&line.text);
        text.push('\n');
    }
    text
}

/// Writes `value` after `start`, what stands on the line already: indentation, a key, the dash of an item.
fn write(value: &Value, pointer: &str, start: String, depth: usize, lines: &mut Vec<Line>) {
    match value {
        Value::Object(members) if !members.is_empty() => {
            let mut first = open(start, pointer, depth, lines);
            for (key, member) in members {
                let pointer = format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"));
                write(member, &pointer, format!("{}{}:", first.take_or(depth), scalar(key)), depth + 1, lines);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            let mut first = open(start, pointer, depth, lines);
            for (at, item) in items.iter().enumerate() {
                write(item, &format!("{pointer}/{at}"), format!("{}-", first.take_or(depth)), depth + 1, lines);
            }
        }
        Value::String(text) if text.contains('\n') => {
            lines.push(Line { text: format!("{start} |"), pointer: pointer.to_owned() });
            for part in text.lines() {
                lines.push(Line { text: format!("{}{part}", indent(depth)), pointer: pointer.to_owned() });
            }
        }
        Value::String(text) => lines.push(Line { text: joined(start, &scalar(text)), pointer: pointer.to_owned() }),
        other => lines.push(Line { text: joined(start, &other.to_string()), pointer: pointer.to_owned() }),
    }
}

/// What begins the next line of a container: the dash that its first line shares, or the indentation.
struct Start(Option<String>);

impl Start {
    fn take_or(&mut self, depth: usize) -> String {
        self.0.take().unwrap_or_else(|| indent(depth))
    }
}

/// Below a key a container begins a line of its own; after a dash it begins on the same one.
fn open(start: String, pointer: &str, depth: usize, lines: &mut Vec<Line>) -> Start {
    if start.ends_with('-') {
        return Start(Some(format!("{start} ")));
    }
    if !start.is_empty() {
        lines.push(Line { text: start, pointer: pointer.to_owned() });
    }
    Start((depth == 0).then(String::new))
}

fn joined(start: String, value: &str) -> String {
    if start.is_empty() { value.to_owned() } else { format!("{start} {value}") }
}

fn indent(depth: usize) -> String {
    "  ".repeat(depth)
}

/// Plain where YAML reads it back as the same text, else in the quotes of JSON.
fn scalar(text: &str) -> String {
    let plain_start = text.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '.' | '_'));
    let plain = text
        .chars()
        .all(|c| c.is_alphanumeric() || matches!(c, '/' | '.' | '_' | '-' | ' ' | ':' | '=' | ',' | '@' | '+'));
    let word = text.to_ascii_lowercase();
    let special = matches!(
        word.as_str(),
        "true" | "false" | "null" | "yes" | "no" | "on" | "off" | "y" | "n" | "~" | ".inf" | ".nan"
    );
    let ambiguous = text.contains(": ") || text.ends_with(':') || text.ends_with(' ') || special;
    if plain_start && plain && !ambiguous { text.to_owned() } else { Value::String(text.to_owned()).to_string() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn manifests_are_printed_as_yaml() {
        let value = json!({
            "apiVersion": "batch/v1",
            "metadata": { "labels": {}, "name": "9lives", "a/b": true },
            "spec": { "containers": [{ "name": "job", "args": ["--x", "yes", "a: b"], "uid": 1 }], "list": [[1, 2], []] },
            "script": "one\ntwo",
            "none": null,
        });
        let expected = [
            ("apiVersion: batch/v1", "/apiVersion"),
            ("metadata:", "/metadata"),
            ("  labels: {}", "/metadata/labels"),
            ("  name: \"9lives\"", "/metadata/name"),
            ("  a/b: true", "/metadata/a~1b"),
            ("spec:", "/spec"),
            ("  containers:", "/spec/containers"),
            ("    - name: job", "/spec/containers/0/name"),
            ("      args:", "/spec/containers/0/args"),
            ("        - \"--x\"", "/spec/containers/0/args/0"),
            ("        - \"yes\"", "/spec/containers/0/args/1"),
            ("        - \"a: b\"", "/spec/containers/0/args/2"),
            ("      uid: 1", "/spec/containers/0/uid"),
            ("  list:", "/spec/list"),
            ("    - - 1", "/spec/list/0/0"),
            ("      - 2", "/spec/list/0/1"),
            ("    - []", "/spec/list/1"),
            ("script: |", "/script"),
            ("  one", "/script"),
            ("  two", "/script"),
            ("none: null", "/none"),
        ];
        let found = lines(&value);
        let found: Vec<(&str, &str)> = found.iter().map(|line| (&line.text[..], &line.pointer[..])).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn scalars_and_empty_containers_stand_alone() {
        for (value, text) in [(json!("x"), "x"), (json!({}), "{}"), (json!([]), "[]"), (json!(""), "\"\"")] {
            assert_eq!(lines(&value).into_iter().map(|line| line.text).collect::<Vec<_>>(), [text]);
        }
    }
}
