//! Fields of models, dataclasses, typed dictionaries and named tuples.

use std::rc::Rc;

use ruff_python_ast::{Expr, Stmt};

use super::calls::Given;
use super::classes::Kind;
use super::constraints::FieldCall;
use super::evaluate::{Reader, Told};
use super::module::Module;
use super::resolve::{self, ClassRef, Thing};
use super::value::Value;

/// What a field has when nothing is given.
#[derive(Clone)]
pub enum Default {
    /// Something must be given.
    Required,
    /// This value; None when it cannot be told.
    Value(Option<Value>),
    /// What a function makes, which no schema says.
    Made,
}

/// A field.
#[derive(Clone)]
pub struct Field {
    pub name: String,
    /// Where its annotation stands.
    pub module: Rc<Module>,
    pub annotation: Expr,
    pub default: Default,
    pub call: Option<FieldCall>,
}

impl Reader<'_> {
    /// The fields of a class, those of its bases first; a field that is declared again keeps its place.
    pub fn fields(&self, class: &ClassRef) -> Told<Vec<Field>> {
        let kind = self.kind(class);
        let mut fields: Vec<Field> = Vec::new();
        for base in self.bases(class).into_iter().rev() {
            if let Thing::Class(base) = base {
                self.deeper(|| self.fields(&base))?.into_iter().for_each(|field| put(&mut fields, field));
            }
        }
        for statement in &class.node.body {
            if let Some(field) = self.field(class, &kind, statement)? {
                put(&mut fields, field);
            }
        }
        Ok(fields)
    }

    fn field(&self, class: &ClassRef, kind: &Kind, statement: &Stmt) -> Told<Option<Field>> {
        let Stmt::AnnAssign(assign) = statement else { return Ok(None) };
        let Expr::Name(name) = &*assign.target else { return Ok(None) };
        let name = name.id.to_string();
        let is_hidden = *kind == Kind::Model && (name.starts_with('_') || name == "model_config");
        if is_hidden || self.is_no_field(&class.module, &assign.annotation) {
            return Ok(None);
        }
        let value = assign.value.as_ref().map(|value| self.value(&class.module, value).ok());
        let (default, call) = match value {
            None => (Default::Required, None),
            Some(Some(Value::Field(call))) => (default_of(&call), Some(*call)),
            Some(Some(Value::Ellipsis)) if *kind == Kind::Model => (Default::Required, None),
            Some(value) => (Default::Value(value), None),
        };
        let annotation = (*assign.annotation).clone();
        Ok(Some(Field { name, module: class.module.clone(), annotation, default, call }))
    }

    /// `ClassVar[...]`, `InitVar[...]` and the mark `KW_ONLY`.
    fn is_no_field(&self, module: &Rc<Module>, annotation: &Expr) -> bool {
        let outer = match annotation {
            Expr::Subscript(subscript) => &*subscript.value,
            plain => plain,
        };
        match resolve::expression(self.library, module, outer) {
            Thing::External(name) => matches!(
                name.as_str(),
                "typing.ClassVar" | "typing_extensions.ClassVar" | "dataclasses.InitVar" | "dataclasses.KW_ONLY"
            ),
            _ => false,
        }
    }

    /// An object of the class with these arguments; None when one that is needed is not given or cannot be told.
    pub fn filled(&self, class: &ClassRef, given: &Given) -> Told<Option<Value>> {
        let is_tuple = self.kind(class) == Kind::NamedTuple;
        let mut values = Vec::new();
        let mut n = 0;
        for field in self.fields(class)? {
            let is_taken = !field.call.as_ref().is_some_and(|call| call.is_left_out);
            let alias = field.call.as_ref().and_then(|call| call.alias.clone());
            let value = given
                .get(if is_taken { n } else { usize::MAX }, &field.name)
                .or_else(|| given.named.iter().find(|(name, _)| Some(name) == alias.as_ref()).map(|(_, value)| value))
                .cloned();
            let value = match (value, field.default) {
                (Some(value), _) => value,
                (None, Default::Value(Some(value))) => value,
                _ => return Ok(None),
            };
            n += usize::from(is_taken);
            values.push((field.name, value));
        }
        Ok(Some(match is_tuple {
            true => Value::Tuple(values.into_iter().map(|(_, value)| value).collect()),
            false => Value::Object(values),
        }))
    }
}

fn put(fields: &mut Vec<Field>, field: Field) {
    match fields.iter_mut().find(|known| known.name == field.name) {
        Some(known) => *known = field,
        None => fields.push(field),
    }
}

/// The default that `Field(...)` or `field(...)` gives.
pub fn default_of(call: &FieldCall) -> Default {
    match &call.default {
        _ if call.has_factory => Default::Made,
        None | Some(Some(Value::Ellipsis)) => Default::Required,
        Some(value) => Default::Value(value.clone()),
    }
}
