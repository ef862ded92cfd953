//! `prefect.yaml`: its deployments and steps, and what is wrong in it.

mod check;
mod choose;
mod nearest;

use std::path::{Path, PathBuf};

use domain::Major;
use serde_json::Value as Json;

use crate::yaml::{self, Node, Yaml};
use crate::{Place, Problem};

pub use choose::Choice;

/// A file of deployments that has the right form.
#[derive(Debug, Clone)]
pub struct PrefectFile {
    /// As the person named it.
    pub shown: String,
    /// Where paths in it begin: the directory that it lies in.
    pub directory: PathBuf,
    /// The major that `prefect-version` names.
    pub major: Option<Major>,
    root: Node,
    pub deployments: Vec<Entry>,
}

/// One deployment of the file, as it is written.
#[derive(Debug, Clone)]
pub struct Entry {
    pub node: Node,
}

/// When steps are run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    Build,
    Push,
    Pull,
}

impl Stage {
    /// The key in the file.
    pub fn key(self) -> &'static str {
        match self {
            Stage::Build => "build",
            Stage::Push => "push",
            Stage::Pull => "pull",
        }
    }
}

impl PrefectFile {
    /// Reads and checks a file. `major` says whose file it is, where the file does not say it itself.
    pub fn open(path: &Path, shown: &str, major: Option<Major>) -> Result<PrefectFile, Vec<Problem>> {
        let text = std::fs::read_to_string(path).map_err(|error| {
            let problem = Problem::of(shown, format!("it cannot be read: {error}"));
            vec![problem.help("`reeve init` makes one; --prefect-file names another")]
        })?;
        let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        PrefectFile::of(&text, shown, directory, major)
    }

    /// The same of a text that lies in `directory`.
    pub fn of(text: &str, shown: &str, directory: &Path, major: Option<Major>) -> Result<PrefectFile, Vec<Problem>> {
        let root = yaml::read(shown, text).map_err(|problem| vec![problem])?;
        let said = major_of(root.get("prefect-version"));
        let problems = check::check(shown, &root, major.or(said).unwrap_or(Major::V3));
        if !problems.is_empty() {
            return Err(problems);
        }
        let deployments = root.get("deployments").map(Node::items).unwrap_or_default();
        let deployments = deployments.iter().map(|node| Entry { node: node.clone() }).collect();
        let directory = std::fs::canonicalize(directory).unwrap_or_else(|_| directory.to_owned());
        Ok(PrefectFile { shown: shown.to_owned(), directory, major: said, root, deployments })
    }

    /// The name of the project: `name:` of the file, or that of its directory.
    pub fn project(&self, directory: &Path) -> String {
        let named = self.root.get("name").and_then(Node::text).filter(|name| !name.is_empty());
        let base = || directory.file_name().map(|name| name.to_string_lossy().into_owned());
        named.map(str::to_owned).or_else(base).unwrap_or_else(|| "prefect".to_owned())
    }

    /// The steps of a stage that the whole file has; None when the key is missing or empty.
    pub fn steps(&self, stage: Stage) -> Option<Json> {
        self.root.get(stage.key()).and_then(steps_of)
    }

    /// A problem at a place of this file.
    pub fn problem(&self, place: Place, what: impl Into<String>) -> Problem {
        Problem::at(&self.shown, place, what)
    }
}

impl Entry {
    /// The name as it is written; None for one that has none.
    pub fn name(&self) -> Option<&str> {
        self.node.get("name").and_then(Node::text)
    }

    /// The entrypoint as it is written.
    pub fn entrypoint(&self) -> Option<&str> {
        self.node.get("entrypoint").and_then(Node::text)
    }

    /// The steps that the deployment has of its own: None when it says nothing, and the file's count.
    pub fn steps(&self, stage: Stage) -> Option<Option<Json>> {
        self.node.get(stage.key()).map(steps_of)
    }
}

/// Steps as a list; one step may stand alone.
fn steps_of(node: &Node) -> Option<Json> {
    match &node.value {
        Yaml::List(_) => Some(node.json()),
        Yaml::Map(entries) if !entries.is_empty() => Some(Json::Array(vec![node.json()])),
        Yaml::Map(_) => Some(Json::Array(Vec::new())),
        _ => None,
    }
}

/// `prefect-version: 2.20.26` is Prefect 2's; a template or nothing is nobody's.
fn major_of(version: Option<&Node>) -> Option<Major> {
    let version = version?.json();
    let text = version.as_str().map(str::to_owned).unwrap_or_else(|| version.to_string());
    match text.chars().next()? {
        '2' => Some(Major::V2),
        '3' => Some(Major::V3),
        _ => None,
    }
}
