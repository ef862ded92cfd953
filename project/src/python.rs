//! Python sources, read and never run: flows, their descriptions and the schemas of their parameters.

mod annotation;
mod arithmetic;
mod calls;
mod classes;
mod constraints;
mod docstring;
mod evaluate;
mod fields;
mod flow;
mod imports;
mod kinds;
mod module;
mod parameters;
mod resolve;
mod schema;
mod scope;
mod settings;
mod times;
mod value;

pub use flow::{Flow, Warning};
pub use module::Library;

use std::path::Path;

use domain::Major;

use crate::Problem;

/// The flow of an entrypoint, `path/to/file.py:function` or `module.function`, as the Prefect client of that major
/// would register it. Files and modules are looked for below `directory`, where the deployment's file lies.
pub fn read_flow(library: &Library, directory: &Path, entrypoint: &str, major: Major) -> Result<Flow, Problem> {
    flow::read(library, directory, entrypoint, major)
}
