//! What kind of class something is, and the members of enumerations.

use ruff_python_ast::{Expr, Stmt, StmtClassDef};

use super::calls::Given;
use super::evaluate::{Reader, Told};
use super::resolve::{self, ClassRef, Thing};
use super::value::{Untold, Value};

/// The kinds of classes that pydantic tells apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    Enum,
    Model,
    Dataclass,
    TypedDict,
    NamedTuple,
    /// A class of the user's own: anything that is an instance of it.
    Plain,
    /// It has a base that is not in reach.
    Untold(String),
}

/// How a member of an enumeration that is `auto()` gets its value.
#[derive(Clone, Copy, PartialEq)]
enum Auto {
    Counting,
    Doubling,
    Naming,
}

impl Reader<'_> {
    /// What the bases of a class are; of `Base[T]` the base.
    pub fn bases(&self, class: &ClassRef) -> Vec<Thing> {
        let plain = |base: &Expr| match base {
            Expr::Subscript(subscript) => resolve::expression(self.library, &class.module, &subscript.value),
            base => resolve::expression(self.library, &class.module, base),
        };
        class.node.arguments.iter().flat_map(|arguments| arguments.args.iter().map(plain)).collect()
    }

    /// The kind of a class.
    pub fn kind(&self, class: &ClassRef) -> Kind {
        self.deeper(|| Ok(self.kind_here(class))).unwrap_or(Kind::Untold("it is its own base".to_owned()))
    }

    fn kind_here(&self, class: &ClassRef) -> Kind {
        if self.has_decorator(class, &["dataclasses.dataclass", "pydantic.dataclasses.dataclass"]) {
            return Kind::Dataclass;
        }
        if class.scope().get("__get_pydantic_core_schema__").is_some() {
            return Kind::Untold(format!("{} describes itself to pydantic", class.node.name));
        }
        let mut kind = Kind::Plain;
        for base in self.bases(class) {
            let of_base = match &base {
                Thing::Class(base) => self.kind(base),
                Thing::External(name) => external(name),
                _ => Kind::Untold(format!("a base of {} is not in reach", class.node.name)),
            };
            // A mixin such as `str` in `class Color(str, Enum)` says less than what stands beside it.
            if kind == Kind::Plain || matches!(kind, Kind::Untold(_)) && of_base != Kind::Plain {
                kind = of_base;
            }
        }
        kind
    }

    /// True when one of those decorators stands over the class, called or not.
    pub fn has_decorator(&self, class: &ClassRef, names: &[&str]) -> bool {
        class.node.decorator_list.iter().any(|decorator| {
            let function = match &decorator.expression {
                Expr::Call(call) => &*call.func,
                plain => plain,
            };
            match resolve::expression(self.library, &class.module, function) {
                Thing::External(name) => names.contains(&name.as_str()),
                _ => false,
            }
        })
    }

    /// The members of an enumeration, in order and with aliases; None for any other class.
    pub fn enum_members(&self, class: &ClassRef) -> Told<Option<Vec<(String, Value)>>> {
        if self.kind(class) != Kind::Enum {
            return Ok(None);
        }
        let auto = self.auto(class);
        let mut members: Vec<(String, Value)> = Vec::new();
        for (name, value) in assignments(&class.node) {
            if name.starts_with('_') {
                continue;
            }
            let value = match value {
                Expr::Name(earlier) if members.iter().any(|(known, _)| *known == earlier.id.as_str()) => {
                    members.iter().find(|(known, _)| *known == earlier.id.as_str()).map(|(_, value)| value.clone())
                }
                Expr::Call(call) if self.is_auto(class, &call.func) => Some(next(auto, name, &members)),
                value => Some(self.value(&class.module, value)?),
            };
            // An equal value is another name of the first member that has it.
            let first = |value: Value| {
                let known = members.iter().find(|(_, known)| known.equals(&value) == Some(true));
                known.map_or(value.clone(), |(_, known)| known.clone())
            };
            let value = value.map(first);
            members.extend(value.map(|value| (name.to_owned(), value)));
        }
        Ok(Some(members))
    }

    fn is_auto(&self, class: &ClassRef, function: &Expr) -> bool {
        let function = resolve::expression(self.library, &class.module, function);
        matches!(function, Thing::External(name) if name == "enum.auto")
    }

    fn auto(&self, class: &ClassRef) -> Auto {
        self.bases(class)
            .iter()
            .map(|base| match base {
                Thing::External(name) if name == "enum.StrEnum" => Auto::Naming,
                Thing::External(name) if name == "enum.Flag" || name == "enum.IntFlag" => Auto::Doubling,
                Thing::Class(base) => self.deeper(|| Ok(self.auto(base))).unwrap_or(Auto::Counting),
                _ => Auto::Counting,
            })
            .find(|auto| *auto != Auto::Counting)
            .unwrap_or(Auto::Counting)
    }

    /// What calling a class gives.
    pub fn constructed(&self, class: &ClassRef, given: &Given) -> Told<Option<Value>> {
        match self.kind(class) {
            Kind::Enum => {
                let members = self.enum_members(class)?.unwrap_or_default();
                let Some(wanted) = given.positional.first() else { return Ok(None) };
                let found = members.into_iter().find(|(_, value)| value.equals(wanted) == Some(true));
                Ok(found.map(|(name, value)| Value::Member { class: class.clone(), name, value: value.into() }))
            }
            Kind::Model | Kind::Dataclass | Kind::NamedTuple => self.filled(class, given),
            Kind::TypedDict => {
                let pairs = given.named.iter().map(|(name, value)| (Value::Str(name.clone()), value.clone()));
                Ok(Some(Value::Dict(pairs.collect())))
            }
            Kind::Plain => Ok(Some(Value::Wordless)),
            Kind::Untold(why) => Err(Untold(why)),
        }
    }
}

fn next(auto: Auto, name: &str, members: &[(String, Value)]) -> Value {
    let numbers = members.iter().filter_map(|(_, value)| match value {
        Value::Int(n) => Some(*n),
        _ => None,
    });
    match auto {
        Auto::Naming => Value::Str(name.to_lowercase()),
        Auto::Counting => Value::Int(numbers.max().unwrap_or(0) + 1),
        Auto::Doubling => Value::Int(numbers.max().map_or(1, |most| {
            let mut next = 1;
            while next <= most {
                next *= 2;
            }
            next
        })),
    }
}

/// `NAME = VALUE` in the body of a class, annotated or not.
fn assignments(class: &StmtClassDef) -> impl Iterator<Item = (&str, &Expr)> {
    class.body.iter().flat_map(|statement| match statement {
        Stmt::Assign(assign) => assign
            .targets
            .iter()
            .filter_map(|target| match target {
                Expr::Name(name) => Some((name.id.as_str(), &*assign.value)),
                _ => None,
            })
            .collect(),
        Stmt::AnnAssign(assign) => match (&*assign.target, &assign.value) {
            (Expr::Name(name), Some(value)) => vec![(name.id.as_str(), &**value)],
            _ => Vec::new(),
        },
        _ => Vec::new(),
    })
}

/// The kind of classes whose base is that name of a library.
fn external(name: &str) -> Kind {
    match name {
        "enum.Enum" | "enum.IntEnum" | "enum.StrEnum" | "enum.Flag" | "enum.IntFlag" | "enum.ReprEnum" => Kind::Enum,
        "pydantic.BaseModel" | "pydantic.main.BaseModel" => Kind::Model,
        "typing.TypedDict" | "typing_extensions.TypedDict" => Kind::TypedDict,
        "typing.NamedTuple" | "typing_extensions.NamedTuple" => Kind::NamedTuple,
        "builtins.object" | "abc.ABC" | "typing.Generic" | "typing.Protocol" | "typing_extensions.Protocol" => {
            Kind::Plain
        }
        name => Kind::Untold(format!("{name} is not in reach")),
    }
}
