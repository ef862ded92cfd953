//! `Field(...)`: what pydantic and dataclasses are told about a field, and how limits look in a schema.

use std::rc::Rc;

use ruff_python_ast::Arguments;
use serde_json::{Map, Value as Json};

use super::evaluate::Reader;
use super::module::Module;
use super::value::Value;

/// A call of `pydantic.Field` or `dataclasses.field`.
#[derive(Clone, Default)]
pub struct FieldCall {
    /// The default, when one is given; None in it when it cannot be told.
    pub default: Option<Option<Value>>,
    /// There is a default, made by a function.
    pub has_factory: bool,
    /// `init=False` or `kw_only=True`: not by its place a parameter of the constructor.
    pub is_left_out: bool,
    pub title: Option<String>,
    pub description: Option<String>,
    pub alias: Option<String>,
    pub limits: Limits,
    /// Members that are put into the schema as they are: `examples`, `deprecated`, `json_schema_extra`.
    pub more: Map<String, Json>,
    /// Something of it cannot be told.
    pub is_untold: bool,
}

/// Limits of a value, by pydantic's names.
#[derive(Clone, Default)]
pub struct Limits(pub Vec<(String, Value)>);

impl FieldCall {
    /// Reads the arguments of the call.
    pub fn of(reader: &Reader, module: &Rc<Module>, arguments: &Arguments) -> FieldCall {
        let mut field = FieldCall::default();
        if let Some(first) = arguments.args.first() {
            field.set("default", reader.value(module, first).ok());
        }
        for keyword in &arguments.keywords {
            let Some(name) = &keyword.arg else {
                field.is_untold = true;
                continue;
            };
            match name.as_str() {
                "default_factory" => field.has_factory = true,
                name => field.set(name, reader.value(module, &keyword.value).ok()),
            }
        }
        field
    }

    fn set(&mut self, name: &str, value: Option<Value>) {
        match (name, value) {
            ("default", value) => self.default = Some(value),
            ("init", Some(value)) => self.is_left_out |= value.truth() == Some(false),
            ("kw_only", Some(value)) => self.is_left_out |= value.truth() == Some(true),
            ("title", Some(value)) => self.title = value.text(),
            ("description", Some(value)) => self.description = value.text(),
            ("alias", Some(value)) => self.alias = self.alias.take().or_else(|| value.text()),
            ("validation_alias", Some(value)) => self.alias = value.text(),
            ("examples" | "deprecated", Some(value)) => {
                if let Some(json) = value.json().filter(|json| *json != Json::Bool(false)) {
                    let is_words = name == "deprecated" && json.is_string();
                    self.more.insert(name.to_owned(), if is_words { Json::Bool(true) } else { json });
                }
            }
            ("json_schema_extra", Some(value)) => match value.json() {
                Some(Json::Object(more)) => self.more.extend(more),
                _ => self.is_untold = true,
            },
            (name, Some(value)) if Limits::knows(name) => self.limits.0.push((name.to_owned(), value)),
            ("json_schema_extra" | "title" | "alias" | "validation_alias", None) => self.is_untold = true,
            (name, None) if Limits::knows(name) => self.is_untold = true,
            _ => {}
        }
    }
}

impl Limits {
    /// True for arguments of `Field` that limit the value.
    pub fn knows(name: &str) -> bool {
        const NAMES: [&str; 9] =
            ["gt", "ge", "lt", "le", "multiple_of", "min_length", "max_length", "pattern", "regex"];
        NAMES.contains(&name)
    }

    /// The same limits under other names of old: `min_items` and so on.
    pub fn of(given: &[(String, Value)]) -> Limits {
        let renamed = |name: &str| match name {
            "min_items" => "min_length".to_owned(),
            "max_items" => "max_length".to_owned(),
            name => name.to_owned(),
        };
        Limits(
            given
                .iter()
                .map(|(name, value)| (renamed(name), value.clone()))
                .filter(|(name, _)| Limits::knows(name))
                .collect(),
        )
    }

    /// Puts the limits into the schema of what is limited: into the part of an optional type that is not null.
    pub fn apply(&self, schema: &mut Map<String, Json>) {
        if let Some(Json::Array(choices)) = schema.get_mut("anyOf") {
            let mut limited = choices.iter_mut().filter(|choice| choice["type"] != "null");
            if let (Some(Json::Object(only)), None) = (limited.next(), limited.next()) {
                self.apply(only);
            }
            return;
        }
        let kind = schema.get("type").and_then(Json::as_str).unwrap_or_default().to_owned();
        for (name, value) in &self.0 {
            let (Some(key), Some(value)) = (key_of(name, &kind), value.json()) else { continue };
            schema.insert(key.to_owned(), value);
        }
    }
}

/// The word of JSON Schema for a limit of a value of that kind.
fn key_of(name: &str, kind: &str) -> Option<&'static str> {
    Some(match (name, kind) {
        ("gt", "integer" | "number") => "exclusiveMinimum",
        ("ge", "integer" | "number") => "minimum",
        ("lt", "integer" | "number") => "exclusiveMaximum",
        ("le", "integer" | "number") => "maximum",
        ("multiple_of", "integer" | "number") => "multipleOf",
        ("min_length", "string") => "minLength",
        ("max_length", "string") => "maxLength",
        ("min_length", "array") => "minItems",
        ("max_length", "array") => "maxItems",
        ("min_length", "object") => "minProperties",
        ("max_length", "object") => "maxProperties",
        ("pattern" | "regex", "string") => "pattern",
        _ => return None,
    })
}
