//! Text to nodes: anchors, merge keys and the places of everything.

use std::collections::HashMap;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError, Span};

use super::scalar;
use super::{Node, Yaml};
use crate::{Place, Problem};

/// Aliases may multiply what is written; beyond so many nodes a file is refused.
const MOST_NODES: usize = 1_000_000;

/// How deep values may lie within each other.
const DEEPEST: usize = 100;

/// Reads the first document of a text; an empty one is null.
pub fn read(file: &str, text: &str) -> Result<Node, Problem> {
    let mut reader = Reader { file, parser: Parser::new_from_str(text), anchors: HashMap::new(), nodes: 0 };
    loop {
        match reader.next()? {
            (Event::StreamStart | Event::DocumentStart(_) | Event::Nothing, _) => {}
            (Event::StreamEnd | Event::DocumentEnd, span) => {
                return Ok(Node { value: Yaml::Null, place: place(&span.start), has_anchor: false });
            }
            (event, span) => return reader.node(event, span, 0),
        }
    }
}

struct Reader<'t> {
    file: &'t str,
    parser: Parser<'t, saphyr_parser::StrInput<'t>>,
    anchors: HashMap<usize, Node>,
    nodes: usize,
}

impl<'t> Reader<'t> {
    fn next(&mut self) -> Result<(Event<'t>, Span), Problem> {
        match self.parser.next_event() {
            Some(event) => event.map_err(|error| self.syntax(&error)),
            None => Ok((Event::StreamEnd, Span::default())),
        }
    }

    fn syntax(&self, error: &ScanError) -> Problem {
        Problem::at(self.file, place(error.marker()), format!("YAML syntax: {}", error.info()))
    }

    fn node(&mut self, event: Event<'t>, span: Span, depth: usize) -> Result<Node, Problem> {
        let here = place(&span.start);
        self.nodes += 1;
        if self.nodes > MOST_NODES || depth > DEEPEST {
            return Err(Problem::at(self.file, here, "there is too much in it, or it is too deep"));
        }
        let (value, anchor) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                let is_text = style != ScalarStyle::Plain || tag.as_ref().is_some_and(|tag| tag.suffix == "str");
                (if is_text { Yaml::Text(text.into_owned()) } else { scalar::plain(&text) }, anchor)
            }
            Event::SequenceStart(anchor, _) => {
                let mut items = Vec::new();
                loop {
                    match self.next()? {
                        (Event::SequenceEnd, _) => break,
                        (event, span) => items.push(self.node(event, span, depth + 1)?),
                    }
                }
                (Yaml::List(items), anchor)
            }
            Event::MappingStart(anchor, _) => (self.mapping(depth)?, anchor),
            Event::Alias(anchor) => {
                let known = self.anchors.get(&anchor).cloned();
                let node = known.ok_or_else(|| Problem::at(self.file, here, "there is no such anchor before it"))?;
                self.nodes += size(&node);
                return Ok(Node { has_anchor: false, ..node });
            }
            _ => return Err(Problem::at(self.file, here, "a value is missing")),
        };
        let has_anchor = anchor > 0
            || match &value {
                Yaml::List(items) => items.iter().any(|item| item.has_anchor),
                Yaml::Map(entries) => entries.iter().any(|(_, value)| value.has_anchor),
                _ => false,
            };
        let node = Node { value, place: here, has_anchor };
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
        Ok(node)
    }

    fn mapping(&mut self, depth: usize) -> Result<Yaml, Problem> {
        let (mut merged, mut own): (Vec<(Node, Node)>, Vec<(Node, Node)>) = (Vec::new(), Vec::new());
        loop {
            let (event, span) = self.next()?;
            if event == Event::MappingEnd {
                break;
            }
            let key = self.node(event, span, depth + 1)?;
            let (event, span) = self.next()?;
            let value = self.node(event, span, depth + 1)?;
            match key.text() {
                Some("<<") => self.merge(&mut merged, value)?,
                _ => put(&mut own, key, value),
            }
        }
        own.into_iter().for_each(|(key, value)| put(&mut merged, key, value));
        Ok(Yaml::Map(merged))
    }

    /// `<<: *other`, or a list of such; the first mapping that has a key wins.
    fn merge(&self, into: &mut Vec<(Node, Node)>, value: Node) -> Result<(), Problem> {
        match value.value {
            Yaml::Map(entries) => {
                for (key, value) in entries {
                    if !into.iter().any(|(known, _)| known.value == key.value) {
                        into.push((key, value));
                    }
                }
                Ok(())
            }
            Yaml::List(items) => items.into_iter().try_for_each(|item| self.merge(into, item)),
            _ => Err(Problem::at(self.file, value.place, "`<<` takes a mapping or a list of mappings")),
        }
    }
}

/// A key that is given again gets the later value.
fn put(entries: &mut Vec<(Node, Node)>, key: Node, value: Node) {
    match entries.iter_mut().find(|(known, _)| known.value == key.value) {
        Some(entry) => *entry = (key, value),
        None => entries.push((key, value)),
    }
}

fn size(node: &Node) -> usize {
    match &node.value {
        Yaml::List(items) => 1 + items.iter().map(size).sum::<usize>(),
        Yaml::Map(entries) => 1 + entries.iter().map(|(_, value)| 1 + size(value)).sum::<usize>(),
        _ => 1,
    }
}

fn place(marker: &Marker) -> Place {
    Place { line: marker.line(), column: marker.col() + 1 }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn json_of(text: &str) -> serde_json::Value {
        read("x.yaml", text).expect("YAML").json()
    }

    #[test]
    fn anchors_and_merge_keys_are_followed() {
        let text = "base: &b\n  a: 1\n  b: 2\nx:\n  <<: *b\n  b: 3\ny: [*b]\nz: {<<: [*b, {c: 4}]}\n";
        let want = json!({ "a": 1, "b": 3 });
        assert_eq!(json_of(text)["x"], want);
        assert_eq!(json_of(text)["y"][0]["b"], 2);
        assert_eq!(json_of(text)["z"], json!({ "a": 1, "b": 2, "c": 4 }));
    }

    #[test]
    fn places_count_from_one() {
        let node = read("x.yaml", "a:\n  - b: \"é\"\n    c: 1\n").expect("YAML");
        assert_eq!(node.place_of(&["a", "0", "c"]), Place { line: 3, column: 8 });
        assert_eq!(read("x.yaml", "").expect("YAML").value, Yaml::Null);
    }

    #[test]
    fn what_is_no_yaml_is_told_with_its_place() {
        let problem = read("x.yaml", "a: [1\nb: 2\n").expect_err("no YAML");
        assert!(problem.to_string().starts_with("x.yaml:2:"), "{problem}");
        let laughs = (1..12).fold("a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned(), |text, n| {
            let all = vec![format!("*a{}", n - 1); 9].join(", ");
            format!("{text}a{n}: &a{n} [{all}]\n")
        });
        assert!(read("x.yaml", &laughs).expect_err("too much").what.contains("too much"));
    }
}
