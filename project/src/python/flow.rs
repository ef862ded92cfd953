//! Finding the flow that an entrypoint names.

use std::path::{Path, PathBuf};
use std::rc::Rc;

use domain::Major;
use ruff_python_ast::{Arguments, Expr, ExprCall};
use serde_json::Value as Json;

use super::evaluate::Reader;
use super::module::{Library, Module};
use super::resolve::{self, FunctionRef, Thing};
use super::value::Value;
use super::{docstring, parameters};
use crate::{Place, Problem};

/// What a deployment takes from its flow.
#[derive(Debug, Clone, PartialEq)]
pub struct Flow {
    pub name: String,
    /// As given, or the docstring.
    pub description: Option<String>,
    /// As given with the flow.
    pub version: Option<String>,
    /// MD5 of the file, which Prefect 3 takes for the version where nobody gives one.
    pub hash: String,
    /// JSON Schema of the parameters.
    pub parameters: Json,
    /// Parameters that are open because they cannot be told from the source.
    pub warnings: Vec<Warning>,
}

/// Something about a parameter that cannot be told without running the flow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    pub file: String,
    pub place: Place,
    pub parameter: String,
    pub why: String,
}

impl std::fmt::Display for Warning {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Place { line, column } = self.place;
        write!(to, "{}:{line}:{column}: the parameter {} {}; it takes anything", self.file, self.parameter, self.why)
    }
}

/// A function with the options that it was made a flow with.
struct Found {
    function: FunctionRef,
    options: Vec<(Rc<Module>, Arguments)>,
}

/// The flow of `path/to/file.py:function` or `module.function`.
pub fn read(library: &Library, directory: &Path, entrypoint: &str, major: Major) -> Result<Flow, Problem> {
    let (module, name) = open(library, directory, entrypoint)?;
    let reader = Reader::new(library, major);
    let thing = match name.split_once('.') {
        Some((class, method)) if major == Major::V3 => {
            resolve::member(library, &resolve::name(library, &module, class), method)
        }
        _ => resolve::name(library, &module, &name),
    };
    let found = find(&reader, &thing, 8).map_err(|missing| match missing {
        Missing::NotThere => {
            let known = flows_in(&reader, &module);
            let problem = Problem::of(&module.shown, format!("there is no function {name} in it"));
            problem.help(match known.as_slice() {
                [] => "a flow is a function with @flow above it".to_owned(),
                known => format!("its flows are {}", known.join(", ")),
            })
        }
        Missing::NoFlow(place) => Problem::at(&module.shown, place.unwrap_or_default(), format!("{name} is no flow"))
            .help("put @flow of prefect above the function"),
    })?;
    described(&reader, found)
}

/// Opens the file or module of an entrypoint; the module and the name in it.
fn open(library: &Library, directory: &Path, entrypoint: &str) -> Result<(Rc<Module>, String), Problem> {
    let no_entrypoint = || {
        Problem::of(entrypoint, "it is no entrypoint")
            .help("write it as path/to/file.py:function or as module.function")
    };
    if let Some((path, name)) = entrypoint.rsplit_once(':') {
        let file = directory.join(path);
        if !file.is_file() {
            return Err(Problem::of(path, format!("there is no such file in {}", directory.display())));
        }
        library.look_in(file.parent().unwrap_or(directory));
        library.look_in(directory);
        return Ok((library.file(&normal(&file), path)?, name.to_owned()));
    }
    library.look_in(directory);
    let (module, name) = entrypoint.rsplit_once('.').ok_or_else(no_entrypoint)?;
    let path = library.path_of(module).ok_or_else(|| {
        Problem::of(entrypoint, format!("there is no module {module} in {}", directory.display())).help(
            "a module is a file or package in the directory of the prefect.yaml, or write path/to/file.py:function",
        )
    })?;
    let shown = path.strip_prefix(directory).unwrap_or(&path).display().to_string();
    Ok((library.file(&normal(&path), &shown)?, name.to_owned()))
}

/// The path without `.` and `..`, so that one file is one module.
fn normal(path: &Path) -> PathBuf {
    std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

impl Library {
    /// The names of the flows in a file, which stand for themselves; none when it cannot be read.
    pub fn flows_of(&self, directory: &Path, file: &str) -> Vec<String> {
        let path = normal(&directory.join(file));
        self.file(&path, file).map(|module| flows_in(&Reader::new(self, Major::V3), &module)).unwrap_or_default()
    }
}

enum Missing {
    NotThere,
    NoFlow(Option<Place>),
}

fn find(reader: &Reader, thing: &Thing, steps: usize) -> Result<Found, Missing> {
    match thing {
        _ if steps == 0 => Err(Missing::NotThere),
        Thing::Function(function) => decorated(reader, function),
        Thing::Value(module, value) => match &**value {
            Expr::Call(call) => made(reader, module, call, steps),
            value => find(reader, &resolve::expression(reader.library, module, value), steps - 1),
        },
        Thing::Class(class) => Err(Missing::NoFlow(Some(class.module.place(&class.node.name)))),
        _ => Err(Missing::NotThere),
    }
}

/// `@flow` or `@flow(...)` above a function.
fn decorated(reader: &Reader, function: &FunctionRef) -> Result<Found, Missing> {
    let module = &function.module;
    let above = function.node.decorator_list.iter().find_map(|decorator| match &decorator.expression {
        Expr::Call(call) if is_flow(reader, module, &call.func) => Some(Some(call.arguments.clone())),
        plain if is_flow(reader, module, plain) => Some(None),
        _ => None,
    });
    let options = above.ok_or_else(|| Missing::NoFlow(Some(module.place(&function.node.name))))?;
    let options = options.into_iter().map(|options| (module.clone(), options)).collect();
    Ok(Found { function: function.clone(), options })
}

/// `flow(function, ...)`, `flow(...)(function)`, `Flow(fn=function, ...)` and `another.with_options(...)`.
fn made(reader: &Reader, module: &Rc<Module>, call: &ExprCall, steps: usize) -> Result<Found, Missing> {
    let no_flow = || Missing::NoFlow(Some(module.place(call)));
    if let Expr::Attribute(attribute) = &*call.func
        && attribute.attr.as_str() == "with_options"
    {
        let of = resolve::expression(reader.library, module, &attribute.value);
        let mut found = find(reader, &of, steps - 1)?;
        found.options.push((module.clone(), call.arguments.clone()));
        return Ok(found);
    }
    let options = match &*call.func {
        Expr::Call(inner) if is_flow(reader, module, &inner.func) => inner.arguments.clone(),
        function if is_flow(reader, module, function) => call.arguments.clone(),
        _ => return Err(no_flow()),
    };
    let by_name = call.arguments.keywords.iter().find(|it| it.arg.as_ref().is_some_and(|arg| arg == "fn"));
    let function = call.arguments.args.first().or(by_name.map(|it| &it.value)).ok_or_else(no_flow)?;
    match resolve::expression(reader.library, module, function) {
        Thing::Function(function) => Ok(Found { function, options: vec![(module.clone(), options)] }),
        _ => Err(no_flow()),
    }
}

fn is_flow(reader: &Reader, module: &Rc<Module>, function: &Expr) -> bool {
    match resolve::expression(reader.library, module, function) {
        Thing::External(name) => matches!(
            name.as_str(),
            "prefect.flow"
                | "prefect.flows.flow"
                | "prefect.main.flow"
                | "prefect.Flow"
                | "prefect.flows.Flow"
                | "prefect.main.Flow"
        ),
        _ => false,
    }
}

/// The flows at the top of a module, for whoever named one that is not there.
fn flows_in(reader: &Reader, module: &Rc<Module>) -> Vec<String> {
    let mut names: Vec<String> = module.scope.names().map(str::to_owned).collect();
    names.sort();
    names.retain(|name| find(reader, &resolve::name(reader.library, module, name), 4).is_ok());
    names.truncate(12);
    names
}

/// Characters that no client takes in the name of a flow.
const BANNED: [char; 5] = ['/', '%', '&', '>', '<'];

fn described(reader: &Reader, found: Found) -> Result<Flow, Problem> {
    let function = &found.function;
    let place = function.module.place(&function.node.name);
    let name = option(reader, &found, "name").map_err(|_| {
        let what = format!("the name of the flow {} is only known when it runs", function.node.name);
        Problem::at(&function.module.shown, place, what).help("write the name as text: @flow(name=\"...\")")
    })?;
    let name = name.filter(|name| !name.is_empty()).unwrap_or_else(|| function.node.name.replace('_', "-"));
    if let Some(banned) = name.chars().find(|letter| BANNED.contains(letter)) {
        let what = format!("the name {name:?} of the flow has a {banned} in it");
        return Err(Problem::at(&function.module.shown, place, what).help("names have none of / % & > <"));
    }
    let description = option(reader, &found, "description").unwrap_or_default().filter(|words| !words.is_empty());
    let (parameters, warnings) = parameters::schema(reader, function)?;
    let description = description.or_else(|| docstring::of(&function.node.body));
    let version = option(reader, &found, "version").unwrap_or_default().filter(|version| !version.is_empty());
    Ok(Flow { name, description, version, hash: function.module.hash(), parameters, warnings })
}

/// An option of the flow, the one that was given last; an error when it cannot be told.
fn option(reader: &Reader, found: &Found, name: &str) -> Result<Option<String>, ()> {
    for (module, options) in found.options.iter().rev() {
        let given = options.keywords.iter().find(|it| it.arg.as_ref().is_some_and(|arg| arg == name));
        if let Some(given) = given {
            return match reader.value(module, &given.value) {
                Ok(Value::None) => Ok(None),
                Ok(value) => value.text().map(Some).ok_or(()),
                Err(_) => Err(()),
            };
        }
    }
    Ok(None)
}
