//! Putting values in the place of placeholders.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::TemplateError;
use super::hydrate::{Hydrated, Layers, hydrate};
use super::placeholder::{Kind, Placeholder, child, find_placeholders};
use super::python::python_str;
use super::references::{Reference, Referred, block_document_id, of_placeholder, references};
use super::tracked::{Members, Origin, Tracked};

/// A configuration whose variables are filled in and whose references are still to be resolved.
#[derive(Debug, Clone, PartialEq)]
pub struct Filled {
    configuration: Tracked,
    unresolved: Vec<Unresolved>,
}

/// A configuration without placeholders (but for those of the run, `ctx.…`).
#[derive(Debug, Clone, PartialEq)]
pub struct Rendered {
    pub configuration: Map<String, Value>,
    /// JSON pointer into `configuration` of each leaf, and who set it.
    pub origins: Vec<(String, Origin)>,
    pub unresolved: Vec<Unresolved>,
}

/// A placeholder that has no value: its key was left out, or it is blank within a longer text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unresolved {
    /// Where it stood in the job configuration.
    pub pointer: String,
    pub name: String,
}

/// Looks up what is outside of the template.
type Lookup<'l, K> = &'l dyn Fn(&K) -> Option<Value>;

/// Fills in the variables. `environment` answers `{{ $NAME }}`.
pub fn fill(layers: &Layers<'_>, environment: &dyn Fn(&str) -> Option<String>) -> Result<Filled, TemplateError> {
    let Hydrated { configuration, variables } = hydrate(layers)?;
    let variables = Tracked::Object(variables, Origin::PoolDefault);
    let mut filling = Filling { variables, environment, unresolved: Vec::new() };
    let mut filled = Members::default();
    for (key, value) in configuration.0 {
        if let Some(value) = filling.fill(value, &child("", &key)) {
            filled.set(&key, value);
        }
    }
    Ok(Filled { configuration: Tracked::Object(filled, Origin::Template), unresolved: filling.unresolved })
}

/// [`fill`] and [`Filled::resolve`] in one, for callers that can look references up at once.
pub fn render(
    layers: &Layers<'_>,
    environment: &dyn Fn(&str) -> Option<String>,
    lookup: &dyn Fn(&Reference) -> Option<Value>,
) -> Result<Rendered, TemplateError> {
    fill(layers, environment)?.resolve(lookup)
}

impl Filled {
    /// What to fetch before [`Filled::resolve`].
    pub fn references(&self) -> Vec<Reference> {
        references(&self.configuration.value())
    }

    /// Puts in what the references stand for. A variable that `lookup` does not know becomes an empty
    /// text, as Prefect has it; an unknown block is an error.
    pub fn resolve(self, lookup: &dyn Fn(&Reference) -> Option<Value>) -> Result<Rendered, TemplateError> {
        let mut unresolved = self.unresolved;
        let resolved = resolve(self.configuration, "", lookup, &mut unresolved)?;
        let mut origins = Vec::new();
        resolved.origins("", &mut origins);
        let configuration = match resolved.value() {
            Value::Object(configuration) => configuration,
            _ => Map::new(),
        };
        Ok(Rendered { configuration, origins, unresolved })
    }
}

struct Filling<'e> {
    variables: Tracked,
    environment: &'e dyn Fn(&str) -> Option<String>,
    unresolved: Vec<Unresolved>,
}

impl Filling<'_> {
    /// None when the value is a placeholder without a value: then its key or item is left out.
    fn fill(&mut self, value: Tracked, pointer: &str) -> Option<Tracked> {
        match value {
            Tracked::Leaf(Value::String(text), origin) => self.fill_text(text, origin, pointer),
            Tracked::Leaf(..) => Some(value),
            Tracked::Array(items, origin) => {
                let items = items.into_iter().enumerate();
                Some(Tracked::Array(
                    items.filter_map(|(at, item)| self.fill(item, &format!("{pointer}/{at}"))).collect(),
                    origin,
                ))
            }
            Tracked::Object(members, origin) => {
                let mut filled = Members::default();
                for (key, member) in members.0 {
                    if let Some(member) = self.fill(member, &child(pointer, &key)) {
                        filled.0.push((key, member));
                    }
                }
                Some(Tracked::Object(filled, origin))
            }
        }
    }

    fn fill_text(&mut self, text: String, origin: Origin, pointer: &str) -> Option<Tracked> {
        let found = find_placeholders(&text);
        match found.first() {
            None => Some(Tracked::Leaf(Value::String(text), origin)),
            Some(whole) if whole.text == text && whole.kind() == Kind::Variable => {
                let value = self.variables.at_path(whole.name).cloned();
                if value.is_none() {
                    self.miss(whole, pointer);
                }
                value
            }
            Some(_) => Some(self.fill_into_text(&text, &found, origin, pointer)),
        }
    }

    fn fill_into_text(&mut self, text: &str, found: &[Placeholder<'_>], origin: Origin, pointer: &str) -> Tracked {
        let mut latest = origin;
        let filled = replace(text, found, |placeholder| match placeholder.kind() {
            Kind::Variable => match self.variables.at_path(placeholder.name) {
                Some(value) => {
                    latest = latest.max(value.origin());
                    Some(python_str(&value.value()))
                }
                None => Some(self.unresolved_blank(placeholder, pointer)),
            },
            Kind::Environment => match (self.environment)(placeholder.name.trim_start_matches('$')) {
                Some(value) => {
                    latest = Origin::Worker;
                    Some(value)
                }
                None => Some(self.unresolved_blank(placeholder, pointer)),
            },
            Kind::Block | Kind::GlobalVariable | Kind::Context => None,
        });
        Tracked::Leaf(Value::String(filled), latest)
    }

    fn unresolved_blank(&mut self, placeholder: &Placeholder<'_>, pointer: &str) -> String {
        self.miss(placeholder, pointer);
        String::new()
    }

    fn miss(&mut self, placeholder: &Placeholder<'_>, pointer: &str) {
        self.unresolved.push(Unresolved { pointer: pointer.to_owned(), name: placeholder.name.to_owned() });
    }
}

/// The text with each placeholder replaced for which there is something.
fn replace(text: &str, found: &[Placeholder<'_>], mut by: impl FnMut(&Placeholder<'_>) -> Option<String>) -> String {
    let (mut replaced, mut from) = (String::with_capacity(text.len()), 0);
    for placeholder in found {
        replaced.push_str(&text[from..placeholder.at]);
        match by(placeholder) {
            Some(value) => replaced.push_str(&value),
            None => replaced.push_str(placeholder.text),
        }
        from = placeholder.at + placeholder.text.len();
    }
    replaced + &text[from..]
}

fn resolve(
    value: Tracked,
    pointer: &str,
    lookup: Lookup<'_, Reference>,
    unresolved: &mut Vec<Unresolved>,
) -> Result<Tracked, TemplateError> {
    match value {
        Tracked::Leaf(Value::String(text), origin) => {
            Ok(Tracked::of(&resolve_text(text, pointer, lookup, unresolved)?, origin))
        }
        Tracked::Leaf(..) => Ok(value),
        Tracked::Array(items, origin) => {
            let items = items.into_iter().enumerate();
            let items = items.map(|(at, item)| resolve(item, &format!("{pointer}/{at}"), lookup, unresolved));
            Ok(Tracked::Array(items.collect::<Result<_, _>>()?, origin))
        }
        Tracked::Object(members, origin) => {
            let members = Tracked::Object(members, origin);
            if let Some(id) = block_document_id(&members.value()) {
                let data = lookup(&Reference::BlockId(id.to_owned()));
                let data = data.ok_or_else(|| TemplateError::BlockNotFound(format!("id {id}")))?;
                return Ok(Tracked::of(&data, members.origin()));
            }
            let Tracked::Object(members, origin) = members else { return Ok(members) };
            let mut resolved = Members::default();
            for (key, member) in members.0 {
                let pointer = child(pointer, &key);
                resolved.0.push((key, resolve(member, &pointer, lookup, unresolved)?));
            }
            Ok(Tracked::Object(resolved, origin))
        }
    }
}

fn resolve_text(
    text: String,
    pointer: &str,
    lookup: Lookup<'_, Reference>,
    unresolved: &mut Vec<Unresolved>,
) -> Result<Value, TemplateError> {
    let found = find_placeholders(&text);
    let mut values: Vec<Option<Value>> = Vec::with_capacity(found.len());
    for placeholder in &found {
        values.push(match of_placeholder(placeholder).transpose()? {
            None => None,
            Some(Referred::Variable(name)) => Some(lookup(&Reference::Variable(name)).unwrap_or_else(|| {
                unresolved.push(Unresolved { pointer: pointer.to_owned(), name: placeholder.name.to_owned() });
                Value::String(String::new())
            })),
            Some(Referred::Block { block_type, name, path }) => Some(block_value(block_type, name, path, lookup)?),
        });
    }
    if let ([whole], [Some(value)]) = (&found[..], &values[..])
        && whole.text == text
    {
        return Ok(value.clone());
    }
    for (placeholder, value) in found.iter().zip(&values) {
        if placeholder.kind() == Kind::Block && matches!(value, Some(Value::Array(_) | Value::Object(_))) {
            return Err(TemplateError::BlockInText(placeholder.text.to_owned()));
        }
    }
    let mut values = values.iter();
    Ok(Value::String(replace(&text, &found, |_| values.next()?.as_ref().map(python_str))))
}

/// A block that is nothing but `{"value": x}` stands for x, unless the path asks for `value` itself.
fn block_value(
    block_type: String,
    name: String,
    path: Option<String>,
    lookup: Lookup<'_, Reference>,
) -> Result<Value, TemplateError> {
    let block = format!("{name} of type {block_type}");
    let data = lookup(&Reference::Block { block_type, name });
    let data = data.ok_or_else(|| TemplateError::BlockNotFound(block.clone()))?;
    let names_value = path.as_deref().is_some_and(|path| {
        path.strip_prefix("value").is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    });
    let data = match &data {
        Value::Object(members) if members.len() == 1 && !names_value => members.get("value").unwrap_or(&data),
        _ => &data,
    };
    match path {
        None => Ok(data.clone()),
        Some(path) => {
            let found = Tracked::of(data, Origin::Worker).at_path(&path).map(Tracked::value);
            found.ok_or(TemplateError::BlockPath { block, path })
        }
    }
}
