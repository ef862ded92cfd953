//! An OpenAPI document in the making: operations in the order of their telling, schemas from the types.

use domain::problem::Problem;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

/// Where schemas stand in an OpenAPI document.
const SCHEMAS: &str = "/components/schemas";

/// What was told so far. Types that are read and types that are written may have the same name and yet
/// differ in what must be there, so they are gathered apart.
pub struct Docs {
    tag: &'static str,
    paths: Map<String, Value>,
    read: SchemaGenerator,
    written: SchemaGenerator,
}

impl Default for Docs {
    fn default() -> Self {
        let settings = || SchemaSettings::draft2020_12().with(|settings| settings.definitions_path = SCHEMAS.into());
        Docs {
            tag: "",
            paths: Map::new(),
            read: settings().for_deserialize().into_generator(),
            written: settings().for_serialize().into_generator(),
        }
    }
}

/// One operation in the making.
pub struct Operation<'d> {
    docs: &'d mut Docs,
    path: &'static str,
    method: &'static str,
}

impl Docs {
    /// What follows belongs under this heading.
    pub fn tag(&mut self, tag: &'static str) {
        self.tag = tag;
    }

    /// `GET path`.
    pub fn get(&mut self, path: &'static str, summary: &str) -> Operation<'_> {
        self.operation("get", path, summary)
    }

    /// `POST path`.
    pub fn post(&mut self, path: &'static str, summary: &str) -> Operation<'_> {
        self.operation("post", path, summary)
    }

    /// `PUT path`.
    pub fn put(&mut self, path: &'static str, summary: &str) -> Operation<'_> {
        self.operation("put", path, summary)
    }

    /// `PATCH path`.
    pub fn patch(&mut self, path: &'static str, summary: &str) -> Operation<'_> {
        self.operation("patch", path, summary)
    }

    /// `DELETE path`.
    pub fn delete(&mut self, path: &'static str, summary: &str) -> Operation<'_> {
        self.operation("delete", path, summary)
    }

    fn operation(&mut self, method: &'static str, path: &'static str, summary: &str) -> Operation<'_> {
        let parameters: Vec<Value> = path.split('/').filter_map(in_path).collect();
        let operation = json!({
            "tags": [self.tag], "summary": summary, "operationId": operation_id(method, path),
            "parameters": parameters, "responses": {},
        });
        self.paths.entry(path).or_insert_with(|| json!({}))[method] = operation;
        let operation = Operation { docs: self, path, method };
        // Whatever is named may be missing.
        if parameters.is_empty() { operation } else { operation.answers::<Problem>(404, "There is no such thing") }
    }

    /// The document; paths as they were told.
    pub fn finish(mut self) -> Value {
        let mut schemas = self.written.take_definitions(true);
        let read = self.read.take_definitions(true);
        let differing: Vec<String> = read
            .iter()
            .filter(|(name, schema)| schemas.get(*name).is_some_and(|other| other != *schema))
            .map(|(name, _)| name.clone())
            .collect();
        // An input that refers to one that differs is told apart as well, because it must refer to the other.
        let differing = with_referrers(differing, &read);
        let rename = |value: &mut Value| rename_references(value, &differing);
        for (name, mut schema) in read {
            rename(&mut schema);
            schemas.insert(if differing.contains(&name) { input_name(&name) } else { name }, schema);
        }
        for path in self.paths.values_mut() {
            for operation in path.as_object_mut().into_iter().flat_map(Map::values_mut) {
                if let Some(body) = operation.get_mut("requestBody") {
                    rename(body);
                }
            }
        }
        json!({
            "openapi": "3.1.0",
            "info": {
                "title": "Reeve",
                "description": "The API that clients of Prefect 2 and 3 speak. Datetimes and some members are told as the client's major tells them.",
                "version": env!("CARGO_PKG_VERSION"),
            },
            "paths": self.paths,
            "components": { "schemas": schemas },
        })
    }
}

impl Operation<'_> {
    /// With a JSON body.
    pub fn takes<T: JsonSchema>(self) -> Self {
        self.body::<T>(true)
    }

    /// With a JSON body that may be missing.
    pub fn may_take<T: JsonSchema>(self) -> Self {
        self.body::<T>(false)
    }

    fn body<T: JsonSchema>(mut self, required: bool) -> Self {
        let schema = self.docs.read.subschema_for::<T>();
        self.told()["requestBody"] =
            json!({ "required": required, "content": { "application/json": { "schema": schema } } });
        self.answers::<Problem>(422, "The request does not fit")
    }

    /// With a parameter in the query.
    pub fn asks<T: JsonSchema>(mut self, name: &str, required: bool) -> Self {
        let schema = self.docs.read.subschema_for::<T>();
        let parameter = json!({ "name": name, "in": "query", "required": required, "schema": schema });
        if let Some(parameters) = self.told()["parameters"].as_array_mut() {
            parameters.push(parameter);
        }
        self.answers::<Problem>(422, "The request does not fit")
    }

    /// Answered with JSON.
    pub fn gives<T: JsonSchema>(self, status: u16) -> Self {
        self.answers::<T>(status, "As asked")
    }

    /// 201 when it is made, 200 when it was there.
    pub fn makes<T: JsonSchema>(self) -> Self {
        self.answers::<T>(200, "It was there").answers::<T>(201, "It is made")
    }

    /// Answered with JSON that no type of ours has.
    pub fn gives_any(self, status: u16, schema: Value) -> Self {
        self.response(status, "As asked", Some(("application/json", schema)))
    }

    /// Answered with a text of this kind.
    pub fn gives_text(self, kind: &str) -> Self {
        self.response(200, "As asked", Some((kind, json!({ "type": "string" }))))
    }

    /// Answered without a body.
    pub fn done(self, status: u16) -> Self {
        self.response(status, "Done", None)
    }

    /// May be refused with this status.
    pub fn refuses(self, status: u16, why: &str) -> Self {
        self.answers::<Problem>(status, why)
    }

    fn answers<T: JsonSchema>(self, status: u16, description: &str) -> Self {
        let schema = self.docs.written.subschema_for::<T>();
        self.response(status, description, Some(("application/json", json!(schema))))
    }

    fn response(mut self, status: u16, description: &str, content: Option<(&str, Value)>) -> Self {
        let mut response = json!({ "description": description });
        if let Some((kind, schema)) = content {
            response["content"] = json!({ kind: { "schema": schema } });
        }
        self.told()["responses"][status.to_string()] = response;
        self
    }

    fn told(&mut self) -> &mut Value {
        &mut self.docs.paths[self.path][self.method]
    }
}

/// `{id}` is a parameter; whatever ends in `id` is a UUID.
fn in_path(part: &str) -> Option<Value> {
    let name = part.strip_prefix('{')?.strip_suffix('}')?;
    let schema = match name == "id" || name.ends_with("_id") && name != "resource_id" {
        true => json!({ "type": "string", "format": "uuid" }),
        false => json!({ "type": "string" }),
    };
    Some(json!({ "name": name, "in": "path", "required": true, "schema": schema }))
}

fn operation_id(method: &str, path: &str) -> String {
    let words = path.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    std::iter::once(method).chain(words).collect::<Vec<_>>().join("_")
}

/// What a schema that is read is called when one that is written has its name.
fn input_name(name: &str) -> String {
    format!("{name}-Input")
}

fn with_referrers(mut names: Vec<String>, among: &Map<String, Value>) -> Vec<String> {
    loop {
        let refers = |schema: &Value| {
            let text = schema.to_string();
            names.iter().any(|name| text.contains(&format!("\"#{SCHEMAS}/{name}\"")))
        };
        let more: Vec<String> = among
            .iter()
            .filter(|(name, schema)| !names.contains(name) && refers(schema))
            .map(|(name, _)| name.clone())
            .collect();
        if more.is_empty() {
            return names;
        }
        names.extend(more);
    }
}

fn rename_references(value: &mut Value, names: &[String]) {
    match value {
        Value::Object(members) => {
            if let Some(Value::String(target)) = members.get_mut("$ref")
                && let Some(name) = target.rsplit('/').next().filter(|name| names.iter().any(|known| known == name))
            {
                *target = format!("#{SCHEMAS}/{}", input_name(name));
            }
            members.values_mut().for_each(|member| rename_references(member, names));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| rename_references(item, names)),
        _ => {}
    }
}

/// The same document with `prefix` before every path.
pub fn prefixed(document: &Value, prefix: &str) -> Value {
    let mut document = document.clone();
    if let Some(Value::Object(paths)) = document.get_mut("paths") {
        *paths = std::mem::take(paths).into_iter().map(|(path, item)| (format!("{prefix}{path}"), item)).collect();
    }
    if prefix.is_empty() {
        document["servers"] = json!([{ "url": "/api" }]);
    }
    document
}

/// Any JSON object.
pub struct AnyObject;

impl JsonSchema for AnyObject {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "AnyObject".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        schemars::json_schema!({ "type": "object" })
    }
}
