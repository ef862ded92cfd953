//! The base job templates that new pools get.

use std::path::PathBuf;

use domain::Major;
use domain::default_templates::{POOL_TYPES, default_base_job_template};
use serde_json::{Map, Value};

use crate::cli::failure::Failure;
use crate::cli::output::print_line;

/// Prints the template of a type, or writes it to a file.
pub fn template(kind: &str, file: Option<PathBuf>) -> Result<(), Failure> {
    let text = format!("{:#}", Value::Object(default_template(kind)?));
    match file {
        None => print_line(&text),
        Some(path) => std::fs::write(&path, text + "\n")
            .map_err(|why| Failure::new(format!("{} cannot be written: {why}.", path.display())))?,
    }
    Ok(())
}

/// The template that new pools of a type get.
pub fn default_template(kind: &str) -> Result<Map<String, Value>, Failure> {
    default_base_job_template(kind, Major::V3).ok_or_else(|| {
        Failure::usage(format!("There is no work pool type {kind:?} here."))
            .then(format!("the types are {}; another one needs --base-job-template.", POOL_TYPES.join(" and ")))
    })
}
