//! YAML as Prefect's clients read it, the dialect of YAML 1.1, with the place of everything.

mod node;
mod read;
mod scalar;
mod write;

pub use node::{Node, Yaml};
pub use read::read;
pub use write::{write, write_value};
