//! `{{ name }}` in texts.

use serde_json::Value;

/// What a placeholder stands for; its name tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A variable of the template, by name or by a path into its value: `limits.cpu`, `mounts[0]`.
    Variable,
    /// `prefect.blocks.<type>.<name>`.
    Block,
    /// `prefect.variables.<name>`: a variable of the server.
    GlobalVariable,
    /// `$NAME`: the worker's environment.
    Environment,
    /// `ctx.flow_run.name` and the like: the run itself.
    Context,
}

/// One occurrence in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placeholder<'t> {
    /// With its braces.
    pub text: &'t str,
    pub name: &'t str,
    /// The byte of the text at which it begins.
    pub at: usize,
}

impl Placeholder<'_> {
    pub fn kind(&self) -> Kind {
        match self.name {
            name if name.starts_with(BLOCKS) => Kind::Block,
            name if name.starts_with(VARIABLES) => Kind::GlobalVariable,
            name if name.starts_with('$') => Kind::Environment,
            name if name.starts_with("ctx.") => Kind::Context,
            _ => Kind::Variable,
        }
    }
}

pub(super) const BLOCKS: &str = "prefect.blocks.";
pub(super) const VARIABLES: &str = "prefect.variables.";

/// The placeholders of a text, in order. Between the braces stand blanks and one name of letters,
/// digits and `_ . - [ ] $`; anything else in braces is plain text.
pub fn find_placeholders(text: &str) -> Vec<Placeholder<'_>> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = text[from..].find("{{").map(|into| from + into) {
        match read(text, at) {
            Some(placeholder) => {
                from = at + placeholder.text.len();
                found.push(placeholder);
            }
            None => from = at + 1,
        }
    }
    found
}

fn read(text: &str, at: usize) -> Option<Placeholder<'_>> {
    let inside = &text[at + 2..];
    let start = inside.trim_start();
    let length = start.find(|c: char| !is_name(c)).unwrap_or(start.len());
    let (name, rest) = start.split_at(length);
    let rest = rest.trim_start().strip_prefix("}}")?;
    (!name.is_empty()).then(|| Placeholder { text: &text[at..text.len() - rest.len()], name, at })
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '.' | '-' | '[' | ']' | '$')
}

/// The names of all placeholders in the texts and keys of a value, each once, as they come.
pub fn placeholders(value: &Value) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    visit_texts(value, String::new(), &mut |_, text| {
        for placeholder in find_placeholders(text) {
            if !names.iter().any(|name| name == placeholder.name) {
                names.push(placeholder.name.to_owned());
            }
        }
    });
    names
}

/// Calls with the JSON pointer and content of each text, keys included (under their own pointer).
pub(super) fn visit_texts(value: &Value, pointer: String, visit: &mut impl FnMut(&str, &str)) {
    match value {
        Value::String(text) => visit(&pointer, text),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                visit_texts(item, format!("{pointer}/{index}"), visit);
            }
        }
        Value::Object(members) => {
            for (key, member) in members {
                let pointer = child(&pointer, key);
                visit(&pointer, key);
                visit_texts(member, pointer, visit);
            }
        }
        _ => {}
    }
}

/// The JSON pointer of a member.
pub(super) fn child(pointer: &str, key: &str) -> String {
    format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn names_are_found_as_prefects_workers_find_them() {
        let cases: [(&str, &[&str]); 10] = [
            ("{{ name }}-", &["name"]),
            ("{{a}}{{ b }}.{{\tc\n}}", &["a", "b", "c"]),
            ("{{ limits.cpu }} {{ mounts[0] }} {{ $HOME }}", &["limits.cpu", "mounts[0]", "$HOME"]),
            ("{{ prefect.blocks.secret.my-token }}", &["prefect.blocks.secret.my-token"]),
            ("{{{ x }}}", &["x"]),
            ("{{ größe }}", &["größe"]),
            ("{{ }} {{}} { { x }} {{ x }", &[]),
            ("{{ a b }} {{ a|b }} {% x %}", &[]),
            ("{{ a {{ b }}", &["b"]),
            ("", &[]),
        ];
        for (text, names) in cases {
            let found: Vec<&str> = find_placeholders(text).iter().map(|found| found.name).collect();
            assert_eq!(found, names, "{text}");
            assert!(find_placeholders(text).iter().all(|found| text[found.at..].starts_with(found.text)));
        }
    }

    #[test]
    fn values_are_searched_through() {
        let value = json!({"a": ["{{ x }}", {"{{ key }}": "{{ y }}{{ x }}"}], "n": 1, "z": null});
        assert_eq!(placeholders(&value), ["x", "key", "y"]);
    }
}
