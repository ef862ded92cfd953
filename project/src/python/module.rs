//! Modules: files that were parsed, each once.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use md5::Digest;
use ruff_text_size::Ranged;

use super::scope::Scope;
use crate::{Place, Problem};

/// A parsed file.
pub struct Module {
    pub path: PathBuf,
    /// The path as people are told of it.
    pub shown: String,
    text: String,
    pub scope: Scope,
}

impl Module {
    /// Where a node of the module stands.
    pub fn place(&self, node: &impl Ranged) -> Place {
        Place::of(&self.text, node.start().to_usize())
    }

    /// MD5 of the file.
    pub fn hash(&self) -> String {
        let bytes = std::fs::read(&self.path).unwrap_or_default();
        md5::Md5::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The text of a node.
    pub fn text_of(&self, node: &impl Ranged) -> &str {
        self.text.get(node.start().to_usize()..node.end().to_usize()).unwrap_or_default()
    }
}

/// All modules that were looked at, parsed once however often they are imported.
#[derive(Default)]
pub struct Library {
    roots: RefCell<Vec<PathBuf>>,
    loaded: RefCell<HashMap<PathBuf, Result<Rc<Module>, Problem>>>,
}

impl Library {
    /// An empty library.
    pub fn new() -> Library {
        Library::default()
    }

    /// Adds a directory in which modules are looked for, after those that are there.
    pub fn look_in(&self, directory: &Path) {
        let mut roots = self.roots.borrow_mut();
        if !roots.iter().any(|root| root == directory) {
            roots.push(directory.to_owned());
        }
    }

    /// The module of a file, named `shown` in problems.
    pub fn file(&self, path: &Path, shown: &str) -> Result<Rc<Module>, Problem> {
        if let Some(module) = self.loaded.borrow().get(path) {
            return module.clone();
        }
        let module = parse(path, shown);
        self.loaded.borrow_mut().insert(path.to_owned(), module.clone());
        module
    }

    /// The module of that dotted name, if a file below one of the roots is it and can be parsed.
    pub fn named(&self, dotted: &str) -> Option<Rc<Module>> {
        let roots = self.roots.borrow().clone();
        roots.iter().find_map(|root| self.below(root, dotted))
    }

    /// The same below one directory; an empty name is the package of the directory itself.
    pub fn below(&self, root: &Path, dotted: &str) -> Option<Rc<Module>> {
        let path = self.path_below(root, dotted)?;
        self.file(&path, &path.display().to_string()).ok()
    }

    /// Where a module of that name would be read from.
    pub fn path_of(&self, dotted: &str) -> Option<PathBuf> {
        let roots = self.roots.borrow().clone();
        roots.iter().find_map(|root| self.path_below(root, dotted))
    }

    fn path_below(&self, root: &Path, dotted: &str) -> Option<PathBuf> {
        let stem =
            dotted.split('.').filter(|part| !part.is_empty()).fold(root.to_owned(), |path, part| path.join(part));
        [stem.join("__init__.py"), stem.with_extension("py")].into_iter().find(|path| path.is_file())
    }
}

fn parse(path: &Path, shown: &str) -> Result<Rc<Module>, Problem> {
    let bytes = std::fs::read(path).map_err(|error| Problem::of(shown, format!("it cannot be read: {error}")))?;
    let text = String::from_utf8(bytes).map_err(|_| Problem::of(shown, "it is not text in UTF-8"))?;
    let text = text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text);
    let parsed = ruff_python_parser::parse_module(&text).map_err(|error| {
        Problem::at(
            shown,
            Place::of(&text, error.location.start().to_usize()),
            format!("Python syntax: {}", error.error),
        )
    })?;
    let scope = Scope::of(&parsed.syntax().body);
    Ok(Rc::new(Module { path: path.to_owned(), shown: shown.to_owned(), text, scope }))
}
