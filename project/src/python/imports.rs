//! Import statements.

use ruff_python_ast::Stmt;

/// Something that another module has, or that module itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// Dots before the name: 0 is absolute, 1 the package of the file.
    pub level: u32,
    /// The dotted name of the module; empty for `from . import x`.
    pub module: String,
    /// The name in the module; None for the module itself.
    pub name: Option<String>,
}

/// The names that an import statement binds, with what they are; `*` stands for all names.
pub fn of(statement: &Stmt) -> Vec<(String, Import)> {
    match statement {
        Stmt::Import(import) => import
            .names
            .iter()
            .map(|alias| {
                let dotted = alias.name.as_str();
                let (bound, module) = match &alias.asname {
                    Some(name) => (name.as_str(), dotted),
                    None => {
                        let first = dotted.split('.').next().unwrap_or(dotted);
                        (first, first)
                    }
                };
                (bound.to_owned(), Import { level: 0, module: module.to_owned(), name: None })
            })
            .collect(),
        Stmt::ImportFrom(from) => {
            let module = from.module.as_ref().map(|module| module.to_string()).unwrap_or_default();
            let named = |alias: &ruff_python_ast::Alias| {
                let bound = alias.asname.as_ref().unwrap_or(&alias.name).to_string();
                let name = Some(alias.name.to_string());
                (bound, Import { level: from.level, module: module.clone(), name })
            };
            from.names.iter().map(named).collect()
        }
        _ => Vec::new(),
    }
}
