//! The schema of a flow's parameters.

use std::rc::Rc;

use domain::Major;
use ruff_python_ast::{Expr, Parameter, ParameterWithDefault};
use serde_json::{Map, Value as Json, json};

use super::constraints::FieldCall;
use super::docstring;
use super::evaluate::Reader;
use super::fields::{self, Default};
use super::flow::Warning;
use super::module::Module;
use super::resolve::FunctionRef;
use super::schema::{self, NoSchema, Schemas};
use super::value::{Untold, Value};
use crate::Problem;

/// One parameter of a function.
struct Declared<'a> {
    parameter: &'a Parameter,
    default: Option<&'a Expr>,
}

/// The schema of the function's parameters as the client sends it, and what could not be told of them.
pub fn schema(reader: &Reader, function: &FunctionRef) -> Result<(Json, Vec<Warning>), Problem> {
    let words = docstring::of(&function.node.body).map(|text| docstring::parameters(&text)).unwrap_or_default();
    let mut schemas = Schemas::new(reader);
    let (mut properties, mut required, mut warnings) = (Map::new(), Vec::new(), Vec::new());
    for (position, declared) in declared(function).iter().enumerate() {
        let name = declared.parameter.name.as_str();
        if matches!(name, "self" | "cls") {
            continue;
        }
        let module = &function.module;
        if name.starts_with('_') {
            let what =
                format!("the parameter {name} of a flow begins with an underscore, which no Prefect client takes");
            return Err(Problem::at(&module.shown, module.place(declared.parameter), what).help("give it another name"));
        }
        let mut warn = |why: &str| {
            warnings.push(Warning {
                file: module.shown.clone(),
                place: module.place(declared.parameter),
                parameter: name.to_owned(),
                why: why.to_owned(),
            });
        };
        let mut property = own_schema(reader, &mut schemas, declared, module, &mut warn);
        let described = words.iter().rev().find(|(known, _)| known == name).map(|(_, words)| words.clone());
        let default = default_of(reader, declared, module, &mut warn);
        let from_field = default.field.as_ref().and_then(|field| field.description.clone());
        property.insert("title".to_owned(), json!(name));
        property.extend(from_field.or(described).map(|words| ("description".to_owned(), json!(words))));
        property.insert("position".to_owned(), json!(position));
        if let Some(field) = &default.field {
            property.extend(field.more.clone().into_iter().filter(|(key, _)| key != "examples" && key != "deprecated"));
        }
        match default.value {
            Default::Required => required.push(name.to_owned()),
            Default::Value(Some(value)) => property.extend(value.json().map(|value| ("default".to_owned(), value))),
            Default::Value(None) | Default::Made => {}
        }
        properties.insert(name.to_owned(), Json::Object(property));
    }
    let mut whole = Map::from_iter([("title".to_owned(), json!("Parameters")), ("type".to_owned(), json!("object"))]);
    whole.insert("properties".to_owned(), schema::in_order(Json::Object(properties), "properties"));
    if !required.is_empty() {
        whole.insert("required".to_owned(), json!(required));
    }
    if !schemas.definitions.is_empty() {
        whole.insert("definitions".to_owned(), schema::in_order(Json::Object(schemas.definitions), "definitions"));
    }
    Ok((Json::Object(whole), warnings))
}

/// All parameters in the order of the signature.
fn declared(function: &FunctionRef) -> Vec<Declared<'_>> {
    let parameters = &function.node.parameters;
    let positional = parameters.posonlyargs.iter().chain(&parameters.args).map(with_default);
    let rest = parameters.vararg.iter().map(|parameter| Declared { parameter, default: None });
    let named = parameters.kwonlyargs.iter().map(with_default);
    let more = parameters.kwarg.iter().map(|parameter| Declared { parameter, default: None });
    positional.chain(rest).chain(named).chain(more).collect()
}

fn with_default(with: &ParameterWithDefault) -> Declared<'_> {
    Declared { parameter: &with.parameter, default: with.default.as_deref() }
}

fn own_schema(
    reader: &Reader,
    schemas: &mut Schemas,
    declared: &Declared,
    module: &Rc<Module>,
    warn: &mut impl FnMut(&str),
) -> Map<String, Json> {
    let Some(annotation) = declared.parameter.annotation.as_deref() else { return Map::new() };
    let told = reader.parameter_type(module, annotation).map_err(NoSchema::from);
    let described = told.and_then(|kind| schemas.of_parameter(&kind));
    schemas
        .open_fields
        .drain(..)
        .for_each(|field| warn(&format!("has a type with a part that cannot be told: {field}")));
    match described {
        Ok(schema) => schema,
        Err(NoSchema::Refused) => Map::new(),
        Err(NoSchema::Untold(Untold(why))) => {
            warn(&why);
            Map::new()
        }
    }
}

/// A parameter's default, with what `Field(...)` says beside it.
struct DefaultOf {
    value: Default,
    field: Option<FieldCall>,
}

fn default_of(reader: &Reader, declared: &Declared, module: &Rc<Module>, warn: &mut impl FnMut(&str)) -> DefaultOf {
    let Some(default) = declared.default else { return DefaultOf { value: Default::Required, field: None } };
    match reader.value(module, default) {
        // Prefect 2 takes it for the default itself, of which JSON knows nothing.
        Ok(Value::Field(_)) if reader.major == Major::V2 => DefaultOf { value: Default::Made, field: None },
        Ok(Value::Field(field)) => DefaultOf { value: fields::default_of(&field), field: Some(*field) },
        Ok(Value::Ellipsis) => DefaultOf { value: Default::Required, field: None },
        Ok(value) => DefaultOf { value: Default::Value(Some(value)), field: None },
        Err(Untold(why)) => {
            warn(&format!("has a default that {why}"));
            DefaultOf { value: Default::Value(None), field: None }
        }
    }
}
