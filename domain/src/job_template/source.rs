//! The text of a template as an editor holds it: what is wrong, and exactly where.

use std::ops::Range;

use serde_json::{Map, Value};

use super::check::{Fault, Problem, check_template};
use super::locate::{Located, line_and_column, locate};
use super::placeholder::{find_placeholders, placeholders};
use crate::sorted;

/// Something to mark in the editor.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct SourceProblem {
    /// From 1.
    pub line: usize,
    /// From 1, in UTF-16 units.
    pub column: usize,
    /// In UTF-16 units, at least 1.
    pub length: usize,
    pub message: String,
}

impl SourceProblem {
    fn at(text: &str, span: Range<usize>, message: String) -> Self {
        let (line, column) = line_and_column(text, span.start);
        let length = text[span].encode_utf16().count().max(1);
        SourceProblem { line, column, length, message }
    }

    /// The order in which problems are told: that of the text.
    pub fn may_precede(&self, other: &SourceProblem) -> bool {
        (self.line, self.column) <= (other.line, other.column)
    }
}

/// The template that the text spells, or all that speaks against saving it: a syntax error, or what
/// [`check_template`] finds.
pub fn check_source(text: &str) -> Result<Map<String, Value>, Vec<SourceProblem>> {
    let template = match serde_json::from_slice(text.as_bytes()) {
        Ok(Value::Object(template)) => template,
        Ok(_) => {
            let first = locate(text).first().map_or(0..0, |value| value.span.clone());
            return Err(vec![SourceProblem::at(text, first, "A template is an object, in braces.".to_owned())]);
        }
        Err(error) => return Err(vec![syntax_problem(text, &error)]),
    };
    let problems = check_template(&template);
    if problems.is_empty() {
        return Ok(template);
    }
    let located = locate(text);
    let mut found: Vec<SourceProblem> = Vec::new();
    for problem in &problems {
        let problem = SourceProblem::at(text, span_of(&located, problem), problem.fault.to_string());
        sorted::insert(&mut found, problem, SourceProblem::may_precede);
    }
    found.dedup();
    Err(found)
}

/// What is worth a look in a template that may be saved: keys given twice, unknown types, defaults
/// that do not fit their type, variables that nothing uses.
pub fn source_warnings(text: &str) -> Vec<SourceProblem> {
    let Ok(Value::Object(template)) = serde_json::from_slice(text.as_bytes()) else { return Vec::new() };
    let located = locate(text);
    let mut warnings = repeated_keys(text, &located);
    let used = template.get("job_configuration").map(placeholders).unwrap_or_default();
    let properties = template.get("variables").and_then(|variables| variables.get("properties"));
    for (name, schema) in properties.and_then(Value::as_object).into_iter().flatten() {
        let pointer = super::placeholder::child("/variables/properties", name);
        let mut warn = |member: &str, message: String| {
            let pointer = format!("{pointer}{member}");
            if let Some(at) = located.iter().rfind(|at| at.pointer == pointer && at.is_key == member.is_empty()) {
                let problem = SourceProblem::at(text, at.span.clone(), message);
                sorted::insert(&mut warnings, problem, SourceProblem::may_precede);
            }
        };
        if let Some(unknown) = unknown_type(schema) {
            warn("/type", format!("`{unknown}` is no JSON type."));
        }
        if schema.get("default").is_some_and(|default| !fits(default, schema)) {
            warn("/default", format!("The default of `{name}` does not fit its own type."));
        }
        let is_used = used.iter().any(|used| root(used) == name || used == name);
        if !is_used {
            warn("", format!("No placeholder uses `{name}`."));
        }
    }
    warnings
}

/// The variable of a path such as `limits.cpu` or `mounts[0]`.
fn root(path: &str) -> &str {
    path.split(['.', '[']).next().unwrap_or(path)
}

fn syntax_problem(text: &str, error: &serde_json::Error) -> SourceProblem {
    let full = error.to_string();
    let message = full.rsplit_once(" at line ").map_or(full.as_str(), |(message, _)| message);
    let message = match message {
        r"control character (\u0000-\u001F) found while parsing a string" => "a text is not closed on its line",
        other => other,
    };
    // serde_json counts the bytes of the line up to and including the offending one, so that a line
    // break is column 0 of the line that it begins.
    let line_start = text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum::<usize>();
    let mut at = (line_start + error.column()).saturating_sub(1).min(text.len());
    if error.is_eof() {
        at = text.trim_end().len();
    }
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let end = text[at..].chars().next().map_or(at, |letter| at + letter.len_utf8());
    SourceProblem::at(text, at..end, format!("This is no valid JSON: {message}."))
}

/// The placeholder itself, or the value or key that is wrong.
fn span_of(located: &[Located], problem: &Problem) -> Range<usize> {
    let mut here = located.iter().filter(|at| at.pointer == problem.pointer);
    if let Fault::Undeclared(name) = &problem.fault {
        for at in here.clone() {
            let Some((content, _)) = &at.content else { continue };
            let found = find_placeholders(content).into_iter().find(|found| found.name == name);
            if let Some(found) = found {
                return at.within(found.at..found.at + found.text.len());
            }
        }
    }
    match here.find(|at| !at.is_key) {
        // A whole object would be marked over many lines: its opening brace says enough.
        Some(at) if at.content.is_none() => at.span.start..(at.span.start + 1).min(at.span.end),
        Some(at) => at.span.clone(),
        None => 0..0,
    }
}

fn repeated_keys(text: &str, located: &[Located]) -> Vec<SourceProblem> {
    // A map as JSON has them, for the browser has the code of that already.
    let mut seen = Map::new();
    let repeated = located.iter().filter(|at| at.is_key && seen.insert(at.pointer.clone(), Value::Null).is_some());
    repeated
        .map(|at| SourceProblem::at(text, at.span.clone(), "This key is given twice; the last one counts.".to_owned()))
        .collect()
}

const TYPES: [&str; 7] = ["string", "integer", "number", "boolean", "object", "array", "null"];

fn unknown_type(schema: &Value) -> Option<&str> {
    let named: Vec<&str> = match schema.get("type")? {
        Value::String(name) => vec![name],
        Value::Array(names) => names.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    named.into_iter().find(|name| !TYPES.contains(name))
}

/// As much of JSON schema as the variables of templates use; what is not understood fits.
fn fits(value: &Value, schema: &Value) -> bool {
    if value.get("$ref").is_some() {
        return true;
    }
    let is_type = |name: &str| match name {
        "string" => value.is_string(),
        "integer" => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "object" => value.is_object(),
        "array" => value.is_array(),
        "null" => value.is_null(),
        _ => true,
    };
    let of_type = match schema.get("type") {
        Some(Value::String(name)) => is_type(name),
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).any(is_type),
        _ => true,
    };
    let any_of = schema.get("anyOf").and_then(Value::as_array);
    of_type
        && any_of.is_none_or(|any| any.iter().any(|schema| fits(value, schema)))
        && schema.get("enum").and_then(Value::as_array).is_none_or(|allowed| allowed.contains(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `line:column+length message` of each problem.
    fn shown(problems: &[SourceProblem]) -> Vec<String> {
        let show = |at: &SourceProblem| format!("{}:{}+{} {}", at.line, at.column, at.length, at.message);
        problems.iter().map(show).collect()
    }

    #[test]
    fn syntax_errors_are_placed() {
        let cases = [
            ("{\n  \"a\": 1,\n}", "3:1+1 This is no valid JSON: trailing comma."),
            ("{\"a\": 1 \"b\": 2}", "1:9+1 This is no valid JSON: expected `,` or `}`."),
            ("{\"é😀\": x}", "1:9+1 This is no valid JSON: expected value."),
            ("{\"a\": {\"resources\": {\"\n", "1:23+1 This is no valid JSON: a text is not closed on its line."),
            ("{\"a\": [1, 2\n\n", "1:12+1 This is no valid JSON: EOF while parsing a list."),
            ("", "1:1+1 This is no valid JSON: EOF while parsing a value."),
            ("{} x", "1:4+1 This is no valid JSON: trailing characters."),
            ("{'a': 1}", "1:2+1 This is no valid JSON: key must be a string."),
            (" [1]", "1:2+3 A template is an object, in braces."),
        ];
        for (text, expected) in cases {
            assert_eq!(shown(&check_source(text).expect_err(text)), [expected], "{text}");
        }
    }

    #[test]
    fn undeclared_placeholders_are_placed() {
        let text = r#"{
  "job_configuration": {
    "image": "é {{ imagee }} {{ image }}",
    "\u00e9\n": ["{{ name }}", "{{ name }}"]
  },
  "variables": {"properties": {"image": {}}}
}"#;
        assert_eq!(
            shown(&check_source(text).expect_err("two undeclared")),
            [
                "3:17+12 `imagee` is not declared in `variables`.",
                "4:19+10 `name` is not declared in `variables`.",
                "4:33+10 `name` is not declared in `variables`.",
            ]
        );
    }

    #[test]
    fn missing_parts_are_told() {
        let missing = "The template needs both `job_configuration` and `variables`; `variables` is missing or empty.";
        let text = "{\"job_configuration\": {\"a\": 1}}";
        assert_eq!(shown(&check_source(text).expect_err(text)), [format!("1:1+1 {missing}")]);
        let text = "{\"job_configuration\": {\"a\": 1}, \"variables\": {}}";
        assert_eq!(shown(&check_source(text).expect_err(text)), [format!("1:46+1 {missing}")]);
        let text = "{\"job_configuration\": 7, \"variables\": {\"a\": 1}}";
        assert_eq!(shown(&check_source(text).expect_err(text)), ["1:23+1 `job_configuration` must be an object."]);
        assert_eq!(check_source("{}"), Ok(Map::new()));
    }

    #[test]
    fn doubtful_variables_are_warned_about() {
        let text = r#"{"job_configuration": {"a": "{{ n.x }}", "a": "{{ t }}{{ e }}{{ o }}"},
"variables": {"properties": {
"n": {"type": "integer", "default": "soon"},
"t": {"type": "text", "default": 1},
"e": {"enum": ["a", "b"], "default": "c"},
"o": {"anyOf": [{"type": "integer"}, {"type": "null"}], "default": null},
"u": {"type": ["string", "null"], "default": "x"}
}}}"#;
        assert!(check_source(text).is_ok(), "the second `a` replaces the first");
        assert_eq!(
            shown(&source_warnings(text)),
            [
                "1:42+3 This key is given twice; the last one counts.",
                "3:1+3 No placeholder uses `n`.",
                "3:37+6 The default of `n` does not fit its own type.",
                "4:15+6 `text` is no JSON type.",
                "5:38+3 The default of `e` does not fit its own type.",
                "7:1+3 No placeholder uses `u`.",
            ]
        );
    }
}
