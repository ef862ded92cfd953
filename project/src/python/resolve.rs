//! What a name or a dotted expression means: something in a file that can be read, or a name of a library.

use std::rc::Rc;

use ruff_python_ast::{Expr, StmtClassDef, StmtFunctionDef};

use super::imports::Import;
use super::module::{Library, Module};
use super::scope::{Binding, Scope};

/// A class and the module that it stands in.
#[derive(Clone)]
pub struct ClassRef {
    pub module: Rc<Module>,
    pub node: Rc<StmtClassDef>,
}

impl ClassRef {
    /// True for the same class of the same file.
    pub fn is(&self, other: &ClassRef) -> bool {
        self.module.path == other.module.path && self.node.range == other.node.range
    }

    /// The names of the class's body.
    pub fn scope(&self) -> Scope {
        Scope::of(&self.node.body)
    }
}

/// A function and the module that it stands in.
#[derive(Clone)]
pub struct FunctionRef {
    pub module: Rc<Module>,
    pub node: Rc<StmtFunctionDef>,
}

/// What something is.
#[derive(Clone)]
pub enum Thing {
    Class(ClassRef),
    Function(FunctionRef),
    Module(Rc<Module>),
    /// An expression that has to be evaluated in its module.
    Value(Rc<Module>, Rc<Expr>),
    /// The n-th value of such an expression.
    Item(Rc<Module>, Rc<Expr>, usize),
    /// A dotted name of a library that is not in reach, or of Python itself: `typing.Optional`, `builtins.int`.
    External(String),
    /// Nothing that can be told.
    Unknown,
}

/// Names of Python itself that annotations and defaults use.
const BUILTINS: [&str; 34] = [
    "int",
    "float",
    "str",
    "bool",
    "bytes",
    "bytearray",
    "complex",
    "object",
    "list",
    "dict",
    "tuple",
    "set",
    "frozenset",
    "type",
    "len",
    "range",
    "min",
    "max",
    "sum",
    "sorted",
    "abs",
    "round",
    "print",
    "callable",
    "map",
    "filter",
    "zip",
    "enumerate",
    "reversed",
    "any",
    "all",
    "repr",
    "staticmethod",
    "classmethod",
];

/// How many steps a name may take through modules that import from each other.
const MOST_STEPS: usize = 24;

/// What `name` means in the body of a module.
pub fn name(library: &Library, module: &Rc<Module>, name: &str) -> Thing {
    name_in(library, module, name, MOST_STEPS)
}

fn name_in(library: &Library, module: &Rc<Module>, name: &str, steps: usize) -> Thing {
    if steps == 0 {
        return Thing::Unknown;
    }
    if let Some(binding) = module.scope.get(name) {
        return bound(library, module, binding, steps);
    }
    let star = module.scope.stars.iter().find_map(|import| {
        let import = Import { name: Some(name.to_owned()), ..import.clone() };
        let from = source(library, module, &import)?;
        from.scope.get(name).is_some().then(|| name_in(library, &from, name, steps - 1))
    });
    match star {
        Some(thing) => thing,
        None if BUILTINS.contains(&name) => Thing::External(format!("builtins.{name}")),
        None => Thing::Unknown,
    }
}

fn bound(library: &Library, module: &Rc<Module>, binding: &Binding, steps: usize) -> Thing {
    match binding {
        Binding::Class(node) => Thing::Class(ClassRef { module: module.clone(), node: node.clone() }),
        Binding::Function(node) => Thing::Function(FunctionRef { module: module.clone(), node: node.clone() }),
        Binding::Value(value) => Thing::Value(module.clone(), value.clone()),
        Binding::Item(value, n) => Thing::Item(module.clone(), value.clone(), *n),
        Binding::Import(import) => imported(library, module, import, steps),
        Binding::NeverThere => Thing::Unknown,
    }
}

/// The module that an import takes from, if it is in reach.
fn source(library: &Library, module: &Rc<Module>, import: &Import) -> Option<Rc<Module>> {
    if import.level == 0 {
        return library.named(&import.module);
    }
    let package = module.path.ancestors().nth(import.level as usize)?;
    library.below(package, &import.module)
}

fn imported(library: &Library, module: &Rc<Module>, import: &Import, steps: usize) -> Thing {
    let from = source(library, module, import);
    let Some(name) = &import.name else {
        return from.map_or_else(|| Thing::External(import.module.clone()), Thing::Module);
    };
    let inside = match &from {
        Some(from) if from.path != module.path => name_in(library, from, name, steps - 1),
        _ => Thing::Unknown,
    };
    match inside {
        Thing::Unknown => {
            let dotted = if import.module.is_empty() { name.clone() } else { format!("{}.{name}", import.module) };
            let submodule = Import { level: import.level, module: dotted.clone(), name: None };
            match source(library, module, &submodule) {
                Some(module) => Thing::Module(module),
                None if from.is_none() && import.level == 0 => Thing::External(dotted),
                None => Thing::Unknown,
            }
        }
        thing => thing,
    }
}

/// What a name or a dotted name means; anything else is `Unknown`.
pub fn expression(library: &Library, module: &Rc<Module>, expression: &Expr) -> Thing {
    match expression {
        Expr::Name(id) => name(library, module, &id.id),
        Expr::Attribute(attribute) => {
            let of = self::expression(library, module, &attribute.value);
            member(library, &of, &attribute.attr)
        }
        _ => Thing::Unknown,
    }
}

/// What `name` is in a module, a class or a library.
pub fn member(library: &Library, of: &Thing, name: &str) -> Thing {
    match of {
        Thing::External(dotted) => Thing::External(format!("{dotted}.{name}")),
        Thing::Module(module) => match self::name(library, module, name) {
            Thing::Unknown | Thing::External(_) if module.scope.get(name).is_none() => submodule(library, module, name),
            thing => thing,
        },
        Thing::Class(class) => match class.scope().get(name) {
            Some(Binding::Function(node)) => {
                Thing::Function(FunctionRef { module: class.module.clone(), node: node.clone() })
            }
            Some(binding) => bound(library, &class.module, binding, MOST_STEPS),
            None => Thing::Unknown,
        },
        _ => Thing::Unknown,
    }
}

fn submodule(library: &Library, module: &Rc<Module>, name: &str) -> Thing {
    let is_package = module.path.file_name().is_some_and(|file| file == "__init__.py");
    let inside = module.path.parent().filter(|_| is_package).and_then(|package| library.below(package, name));
    inside.map_or(Thing::Unknown, Thing::Module)
}
