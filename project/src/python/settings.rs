//! Settings of a model or typed dictionary, as far as they show in its schema.

use ruff_python_ast::Expr;

use super::evaluate::Reader;
use super::resolve::{ClassRef, Thing};
use super::scope::{Binding, Scope};
use super::value::{Untold, Value};

/// What the configuration of a class says about its schema.
pub struct Settings {
    pub title: Option<String>,
    /// Whether members beyond the fields are allowed; None where the schema does not say.
    pub additional: Option<bool>,
    /// A typed dictionary whose members must all be there.
    pub is_total: bool,
}

/// Settings of a model that do not change its schema.
const HARMLESS: [&str; 18] = [
    "arbitrary_types_allowed",
    "frozen",
    "populate_by_name",
    "validate_by_name",
    "validate_default",
    "validate_assignment",
    "str_strip_whitespace",
    "str_to_lower",
    "str_to_upper",
    "use_enum_values",
    "strict",
    "protected_namespaces",
    "from_attributes",
    "coerce_numbers_to_str",
    "allow_population_by_field_name",
    "revalidate_instances",
    "orm_mode",
    "hide_input_in_errors",
];

impl Settings {
    /// Reads them; an error when one of them changes the schema in a way that cannot be told.
    pub fn of(reader: &Reader, class: &ClassRef) -> Result<Settings, Untold> {
        let mut settings = Settings { title: None, additional: None, is_total: true };
        for base in reader.bases(class) {
            if let Thing::Class(base) = base {
                let inherited = Settings::of(reader, &base)?;
                settings.additional = settings.additional.or(inherited.additional);
            }
        }
        let scope = class.scope();
        if let Some(Binding::Value(config)) = scope.get("model_config") {
            settings.read(reader, class, config)?;
        }
        if let Some(Binding::Class(config)) = scope.get("Config") {
            let inner = Scope::of(&config.body);
            for name in ["title", "extra", "alias_generator", "json_schema_extra", "schema_extra"] {
                if let Some(Binding::Value(value)) = inner.get(name) {
                    settings.set(class, name, reader.value(&class.module, value).ok())?;
                }
            }
        }
        for keyword in class.node.arguments.iter().flat_map(|arguments| &arguments.keywords) {
            if let Some(name) = &keyword.arg {
                settings.set(class, name, reader.value(&class.module, &keyword.value).ok())?;
            }
        }
        Ok(settings)
    }

    fn read(&mut self, reader: &Reader, class: &ClassRef, config: &Expr) -> Result<(), Untold> {
        match config {
            Expr::Call(call) => call.arguments.keywords.iter().try_for_each(|keyword| {
                let name = keyword.arg.as_ref().map(|name| name.to_string()).unwrap_or_default();
                self.set(class, &name, reader.value(&class.module, &keyword.value).ok())
            }),
            config => match reader.value(&class.module, config)? {
                Value::Dict(pairs) => pairs
                    .into_iter()
                    .try_for_each(|(name, value)| self.set(class, &name.text().unwrap_or_default(), Some(value))),
                _ => Err(Untold(format!("has a type whose settings cannot be told: {}", class.node.name))),
            },
        }
    }

    fn set(&mut self, class: &ClassRef, name: &str, value: Option<Value>) -> Result<(), Untold> {
        match (name, value) {
            ("title", Some(Value::Str(title))) => self.title = Some(title),
            ("extra", Some(Value::Str(extra))) => {
                self.additional = match extra.as_str() {
                    "forbid" => Some(false),
                    "allow" => Some(true),
                    _ => None,
                }
            }
            ("total", Some(value)) => self.is_total = value.truth().unwrap_or(true),
            ("metaclass", _) => {}
            (name, _) if HARMLESS.contains(&name) => {}
            (name, _) => {
                return Err(Untold(format!("has a type whose setting {name} cannot be told: {}", class.node.name)));
            }
        }
        Ok(())
    }
}
