//! Base job templates: what they may say, and how they become the job of one flow run.
//!
//! A template is `{"job_configuration": {…}, "variables": {…}}`: a JSON schema of variables, and a
//! configuration in which `{{ name }}` stands for them. The way of a template:
//! 1. [`check_template`] (or [`check_source`], for the text in an editor) when it is saved;
//! 2. [`fill`] with the variables of pool, deployment and flow run; the caller then fetches the
//!    [`Reference`]s that are left (blocks, variables of the server) and [`Filled::resolve`]s them;
//! 3. [`prepare`] with what is known of the run: environment, labels, command;
//! 4. [`kubernetes_job`] for the manifest.
//!
//! All of it is pure, so that the dashboard's preview and the worker do the same.

mod check;
mod hydrate;
mod kubernetes;
mod labels;
mod locate;
mod manifest;
mod merge;
mod origins;
mod placeholder;
mod prepare;
mod python;
mod references;
mod render;
mod shell;
mod slug;
mod source;
mod tracked;

use serde_json::{Map, Value};

pub use check::{Fault, Problem, check_template, refusal};
pub use hydrate::Layers;
pub use kubernetes::{job_name, kubernetes_job};
pub use merge::merge;
pub use origins::job_origins;
pub use placeholder::{Kind, Placeholder, find_placeholders, placeholders};
pub use prepare::{JobContext, Prepared, RunDeployment, RunFlow, RunPool, RunWorker, default_image, prepare};
pub use references::{Reference, references};
pub use render::{Filled, Rendered, Unresolved, fill, render};
pub use shell::split_command;
pub use source::{SourceProblem, check_source, source_warnings};
pub use tracked::Origin;

/// Why no job can be made out of a template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    #[error("The base job template has no `{0}`.")]
    Incomplete(&'static str),
    #[error("Job variable `{0}` leads into a value that is no object.")]
    KeyPath(String),
    #[error("Block not found: {0}.")]
    BlockNotFound(String),
    #[error("The block {block} has nothing at `{path}`.")]
    BlockPath { block: String, path: String },
    #[error("`{0}` is no scalar and cannot be part of a longer text.")]
    BlockInText(String),
    #[error("`{0}` names no block: prefect.blocks.<block type>.<block name> is expected.")]
    BlockName(String),
    #[error("`{field}` must be {expected}.")]
    Shape { field: String, expected: &'static str },
    #[error("The command cannot be split into words: {0}.")]
    Command(&'static str),
    #[error("Job is missing required attributes at the following paths: {}", .0.join(", "))]
    MissingPaths(Vec<String>),
    #[error("Job has incompatible values for the following attributes: {}", .0.join(", "))]
    IncompatibleValues(Vec<String>),
}

/// A member that must be an object.
fn object<'v>(of: &'v Map<String, Value>, key: &'static str) -> Result<&'v Map<String, Value>, TemplateError> {
    of.get(key).and_then(Value::as_object).ok_or(TemplateError::Incomplete(key))
}
