//! What the names of a module or of a class stand for: the last binding that is executed.

use std::collections::HashMap;
use std::rc::Rc;

use ruff_python_ast::{Expr, Stmt, StmtClassDef, StmtFunctionDef};

use super::imports::{self, Import};

/// What a name is bound to.
#[derive(Clone)]
pub enum Binding {
    Class(Rc<StmtClassDef>),
    Function(Rc<StmtFunctionDef>),
    Value(Rc<Expr>),
    /// One of the values that an expression is unpacked to.
    Item(Rc<Expr>, usize),
    Import(Import),
    /// Bound, but only where types are checked: not there at run time.
    NeverThere,
}

/// The names of a module's or a class's body.
#[derive(Default)]
pub struct Scope {
    names: HashMap<String, Binding>,
    /// `from X import *`.
    pub stars: Vec<Import>,
    /// `from __future__ import annotations`: annotations are text until somebody asks.
    pub annotations_are_text: bool,
}

impl Scope {
    /// Reads a body, with what stands in its conditions and loops.
    pub fn of(body: &[Stmt]) -> Scope {
        let mut scope = Scope::default();
        scope.read(body, true);
        scope
    }

    /// The binding of a name.
    pub fn get(&self, name: &str) -> Option<&Binding> {
        self.names.get(name)
    }

    /// All names that are bound.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.keys().map(String::as_str)
    }

    fn bind(&mut self, name: &str, binding: Binding, over: bool) {
        if over || !self.names.contains_key(name) {
            self.names.insert(name.to_owned(), binding);
        }
    }

    /// `over`: what is bound here counts more than what was bound before. That is not so for the other branch of a
    /// condition and for what happens on an error.
    fn read(&mut self, body: &[Stmt], over: bool) {
        body.iter().for_each(|statement| self.statement(statement, over));
    }

    fn statement(&mut self, statement: &Stmt, over: bool) {
        match statement {
            Stmt::ClassDef(class) => self.bind(&class.name, Binding::Class(Rc::new(class.clone())), over),
            Stmt::FunctionDef(function) => {
                self.bind(&function.name, Binding::Function(Rc::new(function.clone())), over)
            }
            Stmt::Assign(assign) => {
                let value = Rc::new((*assign.value).clone());
                assign.targets.iter().for_each(|target| self.target(target, &value, over));
            }
            Stmt::AnnAssign(assign) => {
                if let Some(value) = &assign.value {
                    self.target(&assign.target, &Rc::new((**value).clone()), over);
                }
            }
            Stmt::TypeAlias(alias) => self.target(&alias.name, &Rc::new((*alias.value).clone()), over),
            Stmt::Import(_) | Stmt::ImportFrom(_) => self.import(statement, over),
            Stmt::If(condition) if is_for_type_checkers(&condition.test) => {
                let mut unseen = Scope::default();
                unseen.read(&condition.body, true);
                unseen.names.keys().for_each(|name| self.bind(name, Binding::NeverThere, false));
                condition.elif_else_clauses.iter().for_each(|clause| self.read(&clause.body, over));
            }
            Stmt::If(condition) => {
                self.read(&condition.body, over);
                condition.elif_else_clauses.iter().for_each(|clause| self.read(&clause.body, false));
            }
            Stmt::Try(attempt) => {
                self.read(&attempt.body, over);
                self.read(&attempt.orelse, over);
                self.read(&attempt.finalbody, over);
                for handler in &attempt.handlers {
                    let ruff_python_ast::ExceptHandler::ExceptHandler(handler) = handler;
                    self.read(&handler.body, false);
                }
            }
            Stmt::With(with) => self.read(&with.body, over),
            _ => {}
        }
    }

    fn import(&mut self, statement: &Stmt, over: bool) {
        for (name, import) in imports::of(statement) {
            match name.as_str() {
                "*" => self.stars.push(import),
                _ => self.bind(&name, Binding::Import(import), over),
            }
        }
        if let Stmt::ImportFrom(from) = statement {
            let module = from.module.as_ref().map(|module| module.as_str());
            self.annotations_are_text |=
                module == Some("__future__") && from.names.iter().any(|alias| alias.name.as_str() == "annotations");
        }
    }

    fn target(&mut self, target: &Expr, value: &Rc<Expr>, over: bool) {
        match target {
            Expr::Name(name) => self.bind(&name.id, Binding::Value(value.clone()), over),
            Expr::Tuple(tuple) => self.items(&tuple.elts, value, over),
            Expr::List(list) => self.items(&list.elts, value, over),
            _ => {}
        }
    }

    fn items(&mut self, targets: &[Expr], value: &Rc<Expr>, over: bool) {
        for (n, target) in targets.iter().enumerate() {
            if let Expr::Name(name) = target {
                self.bind(&name.id, Binding::Item(value.clone(), n), over);
            }
        }
    }
}

/// `if TYPE_CHECKING:` and `if typing.TYPE_CHECKING:`.
fn is_for_type_checkers(test: &Expr) -> bool {
    match test {
        Expr::Name(name) => name.id.as_str() == "TYPE_CHECKING",
        Expr::Attribute(attribute) => attribute.attr.as_str() == "TYPE_CHECKING",
        _ => false,
    }
}
