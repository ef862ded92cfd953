//! Projects: what people keep in a directory to be deployed, read without running any of it.
//!
//! Python sources become flows with their names, descriptions and parameter schemas; YAML becomes values that know
//! where they stand. Plain Rust: no network, no async, no Python. It is a crate of its own because it alone needs a
//! Python and a YAML parser, which nobody who serves or works should have to build. `server::cli` calls it.

pub mod deployment;
pub mod prefect_file;
mod problem;
pub mod python;
pub mod template;
pub mod yaml;

pub use problem::{Place, Problem};
