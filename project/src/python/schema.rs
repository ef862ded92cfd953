//! JSON Schema of types, as pydantic writes it for a value that is to be validated.

use domain::Major;
use serde_json::{Map, Value as Json, json};

use super::annotation::{Standing, Type};
use super::classes::Kind;
use super::evaluate::Reader;
use super::fields::{self, Default, Field};
use super::resolve::{ClassRef, Thing};
use super::settings::Settings;
use super::value::{Untold, Value};
use super::{docstring, resolve};

/// Why there is no schema.
pub enum NoSchema {
    /// The client has none either and leaves the whole parameter open.
    Refused,
    /// It cannot be told from the source.
    Untold(Untold),
}

impl From<Untold> for NoSchema {
    fn from(untold: Untold) -> NoSchema {
        NoSchema::Untold(untold)
    }
}

type Schema = Map<String, Json>;
type Described = Result<Schema, NoSchema>;

/// Makes schemas, and keeps those of classes, which others refer to.
pub struct Schemas<'r, 'l> {
    reader: &'r Reader<'l>,
    /// Schemas of classes by their names, in the order in which they were met.
    pub definitions: Map<String, Json>,
    known: Vec<ClassRef>,
    /// Fields of classes whose types cannot be told.
    pub open_fields: Vec<String>,
}

impl<'r, 'l> Schemas<'r, 'l> {
    /// No schemas yet.
    pub fn new(reader: &'r Reader<'l>) -> Self {
        Schemas { reader, definitions: Map::new(), known: Vec::new(), open_fields: Vec::new() }
    }

    /// The schema of a parameter's type. When there is none, no definitions of a part of it stay behind.
    pub fn of_parameter(&mut self, kind: &Type) -> Described {
        let kind = unnoted(kind);
        let before = (self.definitions.clone(), self.known.len());
        let described = self.describe(kind);
        if described.is_err() {
            self.definitions = before.0;
            self.known.truncate(before.1);
        }
        described
    }

    fn describe(&mut self, kind: &Type) -> Described {
        Ok(match kind {
            Type::Any => Schema::new(),
            Type::Null => object(json!({ "type": "null" })),
            Type::Plain(members) => members.clone(),
            Type::Array { items, is_set } => {
                let items = self.describe(items)?;
                let mut schema = object(json!({ "items": items, "type": "array" }));
                if *is_set {
                    schema.insert("uniqueItems".to_owned(), Json::Bool(true));
                }
                schema
            }
            Type::Tuple(items) => {
                let schemas = items.iter().map(|item| self.describe(item).map(Json::Object));
                tuple(schemas.collect::<Result<_, _>>()?, items.len())
            }
            Type::Mapping(keys, values) => self.mapping(keys, values)?,
            Type::Union(members) => self.union(members)?,
            Type::Literal(values) => literal(values)?,
            Type::Class(class) => self.class(class)?,
            Type::Limited(kind, limits) => {
                let mut schema = self.describe(kind)?;
                limits.apply(&mut schema);
                schema
            }
            Type::Noted(kind, call) => {
                let mut schema = self.describe(kind)?;
                schema.extend(call.description.iter().map(|words| ("description".to_owned(), json!(words))));
                schema.extend(call.more.clone());
                schema
            }
            Type::Refused => return Err(NoSchema::Refused),
        })
    }

    fn mapping(&mut self, keys: &Type, values: &Type) -> Described {
        let mut keys = self.describe(keys)?;
        let values = self.describe(values)?;
        let mut schema = object(json!({ "type": "object" }));
        let pattern = keys.remove("pattern");
        let additional = if values.is_empty() { Json::Bool(true) } else { Json::Object(values) };
        match pattern {
            Some(Json::String(pattern)) => {
                schema.insert("patternProperties".to_owned(), json!({ pattern: additional }));
            }
            _ => {
                schema.insert("additionalProperties".to_owned(), additional);
            }
        }
        let is_limited_text = keys.get("type").is_some_and(|kind| kind == "string") && keys.len() > 1;
        if is_limited_text || keys.contains_key("$ref") {
            keys.remove("type");
            schema.insert("propertyNames".to_owned(), Json::Object(keys));
        }
        Ok(schema)
    }

    /// Members of unions within unions count as members; null comes last, and nothing twice.
    fn union(&mut self, members: &[Type]) -> Described {
        let mut choices: Vec<Json> = Vec::new();
        let mut has_null = false;
        for member in members {
            let schema = self.describe(member)?;
            let parts = match schema.get("anyOf") {
                Some(Json::Array(parts)) if schema.len() == 1 => parts.clone(),
                _ => vec![Json::Object(schema)],
            };
            for part in parts {
                if part == json!({ "type": "null" }) {
                    has_null = true;
                } else if !choices.contains(&part) {
                    choices.push(part);
                }
            }
        }
        if has_null {
            choices.push(json!({ "type": "null" }));
        }
        Ok(match choices.as_slice() {
            [Json::Object(only)] => only.clone(),
            _ => object(json!({ "anyOf": choices })),
        })
    }

    /// Classes of which there can be many mentions stand once among the definitions.
    fn class(&mut self, class: &ClassRef) -> Described {
        let kind = self.reader.kind(class);
        match kind {
            Kind::Plain => return Ok(Schema::new()),
            Kind::Untold(why) => return Err(Untold(format!("has a type that cannot be told: {why}")).into()),
            _ => {}
        }
        let name = class.node.name.to_string();
        let reference = object(json!({ "$ref": format!("#/definitions/{name}") }));
        if self.known.iter().any(|known| known.is(class)) {
            return Ok(reference);
        }
        if self.known.iter().any(|known| known.node.name == class.node.name) {
            return Err(Untold(format!("needs two different classes that are both named {name}")).into());
        }
        self.known.push(class.clone());
        let schema = match kind {
            Kind::Enum => self.enumeration(class)?,
            Kind::NamedTuple => self.named_tuple(class)?,
            _ => self.with_fields(class, &kind)?,
        };
        self.definitions.insert(name, Json::Object(schema));
        Ok(reference)
    }

    fn enumeration(&mut self, class: &ClassRef) -> Described {
        let members = self.reader.enum_members(class)?.unwrap_or_default();
        let untold = || Untold(format!("has a type with values that JSON has no words for: {}", class.node.name));
        let values = members.iter().map(|(_, value)| value.json()).collect::<Option<Vec<_>>>().ok_or_else(untold)?;
        let mut schema = object(json!({ "title": class.node.name.as_str(), "enum": values }));
        schema.extend(kind_of_all(&values).map(|kind| ("type".to_owned(), json!(kind))));
        schema.extend(docstring::of(&class.node.body).map(|words| ("description".to_owned(), json!(words))));
        Ok(schema)
    }

    fn named_tuple(&mut self, class: &ClassRef) -> Described {
        let fields = self.reader.fields(class)?;
        let needed = fields.iter().filter(|field| matches!(field.default, Default::Required)).count();
        let items = fields.iter().map(|field| self.field(class, field, &Kind::NamedTuple).map(|(_, schema)| schema));
        Ok(tuple(items.collect::<Result<_, _>>()?, needed))
    }

    /// Models, dataclasses and typed dictionaries.
    fn with_fields(&mut self, class: &ClassRef, kind: &Kind) -> Described {
        let settings = Settings::of(self.reader, class)?;
        let is_total = settings.is_total;
        let (mut properties, mut required) = (Schema::new(), Vec::new());
        for field in self.reader.fields(class)? {
            let is_needed = match (kind, self.mark(&field)) {
                (Kind::TypedDict, Some(needed)) => needed,
                (Kind::TypedDict, None) => is_total,
                _ => matches!(field.default, Default::Required) && !self.has_default_in_notes(&field),
            };
            let (name, schema) = self.field(class, &field, kind)?;
            if is_needed {
                required.push(name.clone());
            }
            properties.insert(name, schema);
        }
        let title = settings.title.unwrap_or_else(|| class.node.name.to_string());
        let mut schema = object(json!({ "title": title, "type": "object", "properties": properties }));
        if !required.is_empty() {
            schema.insert("required".to_owned(), json!(required));
        }
        schema
            .extend(settings.additional.map(|additional| ("additionalProperties".to_owned(), Json::Bool(additional))));
        schema.extend(self.words(class, kind).map(|words| ("description".to_owned(), json!(words))));
        Ok(schema)
    }

    /// A class's docstring. Prefect 2's pydantic leaves out those of plain dataclasses.
    fn words(&self, class: &ClassRef, kind: &Kind) -> Option<String> {
        let is_plain =
            *kind == Kind::Dataclass && !self.reader.has_decorator(class, &["pydantic.dataclasses.dataclass"]);
        if is_plain && self.reader.major == Major::V2 { None } else { docstring::of(&class.node.body) }
    }

    /// `Required[...]` and `NotRequired[...]` around a field of a typed dictionary.
    fn mark(&self, field: &Field) -> Option<bool> {
        let ruff_python_ast::Expr::Subscript(subscript) = &field.annotation else { return None };
        match resolve::expression(self.reader.library, &field.module, &subscript.value) {
            Thing::External(name) if name.ends_with(".Required") => Some(true),
            Thing::External(name) if name.ends_with(".NotRequired") => Some(false),
            _ => None,
        }
    }

    fn has_default_in_notes(&self, field: &Field) -> bool {
        match self.reader.annotation(&field.module, &field.annotation, Standing::Body) {
            Ok(Type::Noted(_, call)) => !matches!(fields::default_of(&call), Default::Required),
            _ => false,
        }
    }

    /// The name of a field over the wire, and its schema.
    fn field(&mut self, class: &ClassRef, field: &Field, kind: &Kind) -> Result<(String, Json), NoSchema> {
        let told = self.reader.annotation(&field.module, &field.annotation, Standing::Body);
        let (mut schema, is_titled, noted) = match told.map_err(NoSchema::from).and_then(|kind| {
            let noted = match &kind {
                Type::Noted(_, call) => Some((**call).clone()),
                _ => None,
            };
            Ok((self.describe(unnoted(&kind))?, self.is_titled(&kind), noted))
        }) {
            Err(NoSchema::Untold(Untold(why))) => {
                self.open_fields.push(format!("{}.{} {why}", class.node.name, field.name));
                (Schema::new(), true, None)
            }
            described => described?,
        };
        let mut name = field.name.clone();
        let mut title = None;
        let mut default = field.default.clone();
        for call in noted.iter().chain(&field.call) {
            call.limits.apply(&mut schema);
            name = call.alias.clone().unwrap_or(name);
            title = call.title.clone().or(title);
            schema.extend(call.description.iter().map(|words| ("description".to_owned(), json!(words))));
            schema.extend(call.more.clone());
            if matches!(default, Default::Required) {
                default = fields::default_of(call);
            }
        }
        if let (Default::Value(Some(value)), true) = (&default, *kind != Kind::TypedDict) {
            schema.extend(value.json().map(|value| ("default".to_owned(), value)));
        }
        let title = title.or_else(|| is_titled.then(|| title_of(&name)));
        schema.extend(title.map(|title| ("title".to_owned(), json!(title))));
        Ok((name, Json::Object(schema)))
    }

    /// Whether a field of that type gets a title from its name: not when it only refers to a class.
    fn is_titled(&self, kind: &Type) -> bool {
        match kind {
            Type::Class(class) => self.reader.kind(class) == Kind::Plain,
            Type::Union(members) => {
                let mut others = members.iter().filter(|member| !matches!(member, Type::Null));
                match (others.next(), others.next()) {
                    (Some(only), None) => self.is_titled(only),
                    _ => true,
                }
            }
            Type::Limited(kind, _) | Type::Noted(kind, _) => self.is_titled(kind),
            _ => true,
        }
    }
}

fn unnoted(kind: &Type) -> &Type {
    match kind {
        Type::Noted(inner, _) => unnoted(inner),
        kind => kind,
    }
}

fn object(value: Json) -> Schema {
    match value {
        Json::Object(members) => members,
        _ => Schema::new(),
    }
}

fn tuple(items: Vec<Json>, needed: usize) -> Schema {
    let mut schema = object(json!({ "maxItems": items.len(), "minItems": needed, "type": "array" }));
    if !items.is_empty() {
        schema.insert("prefixItems".to_owned(), Json::Array(items));
    }
    schema
}

fn literal(values: &[Value]) -> Described {
    let untold = || Untold("has a literal that JSON has no words for".to_owned());
    let values = values.iter().map(Value::json).collect::<Option<Vec<_>>>().ok_or_else(untold)?;
    let mut schema = match values.as_slice() {
        [only] => object(json!({ "const": only })),
        values => object(json!({ "enum": values })),
    };
    schema.extend(kind_of_all(&values).map(|kind| ("type".to_owned(), json!(kind))));
    Ok(schema)
}

/// The type that all values have in common.
fn kind_of_all(values: &[Json]) -> Option<&'static str> {
    let kind = |value: &Json| match value {
        Json::Null => "null",
        Json::Bool(_) => "boolean",
        Json::Number(number) if number.is_f64() => "number",
        Json::Number(_) => "integer",
        Json::String(_) => "string",
        Json::Array(_) => "array",
        Json::Object(_) => "object",
    };
    let first = kind(values.first()?);
    values.iter().all(|value| kind(value) == first).then_some(first)
}

/// `some_long_name` as `Some Long Name`.
fn title_of(name: &str) -> String {
    let mut title = String::with_capacity(name.len());
    let mut starts = true;
    for letter in name.chars() {
        match letter {
            letter if !letter.is_alphabetic() => {
                title.push(if letter == '_' { ' ' } else { letter });
                starts = true;
            }
            letter if starts => {
                title.extend(letter.to_uppercase());
                starts = false;
            }
            letter => title.extend(letter.to_lowercase()),
        }
    }
    title.trim().to_owned()
}

/// The schema with its keys in alphabetical order, as pydantic has them; properties and defaults keep theirs.
pub fn in_order(schema: Json, below: &str) -> Json {
    match schema {
        Json::Object(members) => {
            let mut members: Vec<(String, Json)> = members
                .into_iter()
                .map(|(key, value)| {
                    let value = if below == "default" || key == "default" { value } else { in_order(value, &key) };
                    (key, value)
                })
                .collect();
            if below != "properties" {
                members.sort_by(|a, b| a.0.cmp(&b.0));
            }
            Json::Object(members.into_iter().collect())
        }
        Json::Array(items) => Json::Array(items.into_iter().map(|item| in_order(item, below)).collect()),
        plain => plain,
    }
}
