//! The files of a directory that is applied: read, and told apart by what they hold.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use project::prefect_file::PrefectFile;
use project::template::{Unset, Values, fill};
use project::yaml::{self, Node, Yaml};
use project::{Place, Problem};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::things::{Kind, Thing};

/// How deep folders are looked into.
const DEEPEST: usize = 4;

/// Keys of files that are no `prefect.yaml`, with what their items are.
const KEYS: [(&str, Kind); 4] = [
    ("work_pools", Kind::WorkPool),
    ("variables", Kind::Variable),
    ("concurrency_limits", Kind::Limit),
    ("automations", Kind::Automation),
];

/// What a directory asks for.
#[derive(Default)]
pub struct Desired {
    /// Pools with their queues, variables, limits and automations, in the order in which they are applied.
    pub things: Vec<Thing>,
    pub projects: Vec<PrefectFile>,
}

impl Desired {
    /// Names and values of the variables.
    pub fn variables(&self) -> impl Iterator<Item = (String, Value)> {
        let variables = self.things.iter().filter(|thing| thing.kind == Kind::Variable);
        variables.filter_map(|thing| Some((thing.name.clone(), thing.body.get("value")?.clone())))
    }
}

/// The files that count: YAML and JSON. Hidden ones, such as the `..data` of a ConfigMap, are the links' other side.
fn files(directory: &Path, depth: usize, more: &[&str], found: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(directory).into_iter().flatten().filter_map(|it| Some(it.ok()?.path())).collect();
    entries.sort();
    for path in entries {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if name.starts_with('.') || name == "__pycache__" {
            continue;
        }
        if path.is_dir() && depth < DEEPEST {
            files(&path, depth + 1, more, found);
        } else if ["yaml", "yml", "json"].iter().chain(more).any(|kind| path.extension().is_some_and(|it| it == *kind))
        {
            found.push(path);
        }
    }
}

/// Something that differs when any file differs; links are followed.
pub fn fingerprint(directory: &Path) -> Vec<u8> {
    let mut found = Vec::new();
    files(directory, 0, &["py"], &mut found);
    let mut hash = Sha256::new();
    for path in found {
        hash.update(path.to_string_lossy().as_bytes());
        hash.update(std::fs::read(&path).unwrap_or_default());
        hash.update([0]);
    }
    hash.finalize().to_vec()
}

/// Reads and checks everything; all that is wrong is told at once.
pub fn read(directory: &Path, environment: &HashMap<String, String>) -> Result<Desired, Vec<Problem>> {
    if !directory.is_dir() {
        return Err(vec![Problem::of(directory.display().to_string(), "there is no such directory")]);
    }
    let (mut found, mut desired, mut problems) = (Vec::new(), Desired::default(), Vec::new());
    files(directory, 0, &[], &mut found);
    for path in found {
        let shown = path.strip_prefix(directory).unwrap_or(&path).display().to_string();
        match one(&path, &shown, environment) {
            Ok(One::Project(file)) => desired.projects.push(file),
            Ok(One::Things(things)) => desired.things.extend(things),
            Ok(One::Part) => {}
            Err(wrong) => problems.extend(wrong),
        }
    }
    desired.things.sort_by_key(|thing| thing.kind);
    if problems.is_empty() { Ok(desired) } else { Err(problems) }
}

enum One {
    Project(PrefectFile),
    Things(Vec<Thing>),
    /// A template that a pool names.
    Part,
}

fn one(path: &Path, shown: &str, environment: &HashMap<String, String>) -> Result<One, Vec<Problem>> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| vec![Problem::of(shown, format!("it cannot be read: {error}"))])?;
    let root = yaml::read(shown, &text).map_err(|problem| vec![problem])?;
    if root.get("deployments").is_some() {
        let directory = path.parent().unwrap_or(Path::new("."));
        return PrefectFile::of(&text, shown, directory, None).map(One::Project);
    }
    if root.get("job_configuration").is_some() || root.value == Yaml::Null {
        return Ok(One::Part);
    }
    let reader = FileReader { shown, directory: path.parent().unwrap_or(Path::new(".")), environment };
    let (mut things, mut problems) = (Vec::new(), Vec::new());
    if !matches!(root.value, Yaml::Map(_)) {
        problems.push(reader.wrong(root.place, format!("the file holds {}", root.kind())).help("it takes a mapping with `work_pools:`, `variables:`, `concurrency_limits:`, `automations:` or `deployments:`"));
    }
    for (key, list) in root.entries() {
        match KEYS.iter().find(|(known, _)| key.text() == Some(known)) {
            Some((_, kind)) => reader.list(*kind, list, &mut things, &mut problems),
            None if list.has_anchor => {}
            None => problems.push(reader.wrong(key.place, format!("the file has the unknown key `{}`", key.as_key())).help(
                "the keys are work_pools, variables, concurrency_limits, automations, and deployments for a prefect.yaml",
            )),
        }
    }
    if problems.is_empty() { Ok(One::Things(things)) } else { Err(problems) }
}

struct FileReader<'f> {
    shown: &'f str,
    directory: &'f Path,
    environment: &'f HashMap<String, String>,
}

impl FileReader<'_> {
    fn wrong(&self, place: Place, what: impl Into<String>) -> Problem {
        Problem::at(self.shown, place, what)
    }

    fn list(&self, kind: Kind, list: &Node, things: &mut Vec<Thing>, problems: &mut Vec<Problem>) {
        if let (Kind::Variable, Yaml::Map(entries)) = (kind, &list.value) {
            // Short: name to value.
            things.extend(entries.iter().map(|(name, value)| {
                let body = Map::from_iter([
                    ("name".to_owned(), json!(name.as_key())),
                    ("value".to_owned(), self.filled(value.json())),
                ]);
                self.thing(kind, name.as_key(), body, name.place)
            }));
            return;
        }
        if !matches!(list.value, Yaml::List(_)) {
            problems.push(
                self.wrong(list.place, format!("{} is {}", kind.key(), list.kind()))
                    .help("it takes a list of mappings"),
            );
        }
        for item in list.items() {
            match self.item(kind, item) {
                Ok(found) => things.extend(found),
                Err(problem) => problems.push(problem),
            }
        }
    }

    fn item(&self, kind: Kind, item: &Node) -> Result<Vec<Thing>, Problem> {
        let Value::Object(mut body) = self.filled(item.json()) else {
            return Err(self
                .wrong(item.place, format!("an item of {} is {}", kind.key(), item.kind()))
                .help("each is a mapping"));
        };
        let Some(name) = body.get("name").and_then(Value::as_str).map(str::to_owned) else {
            return Err(self
                .wrong(item.place, format!("an item of {} has no name", kind.key()))
                .help("give it one with `name:`"));
        };
        if let Some(unknown) = item.entries().find(|(key, _)| !kind.members().contains(&key.as_key().as_str())) {
            let what = format!("{} {name} has the unknown key `{}`", kind.word(), unknown.0.as_key());
            return Err(self.wrong(unknown.0.place, what).help(format!("the keys are {}", kind.members().join(", "))));
        }
        if kind == Kind::WorkPool {
            self.template(item, &mut body)?;
        }
        let queues = body.shift_remove("queues");
        let mut things = vec![self.thing(kind, name.clone(), body, item.place)];
        for (n, queue) in queues.as_ref().and_then(Value::as_array).into_iter().flatten().enumerate() {
            let place = item.place_of(&["queues", &n.to_string()]);
            let (Some(queue), Some(queue_name)) = (queue.as_object(), queue.get("name").and_then(Value::as_str)) else {
                return Err(self.wrong(place, "a queue has no name").help("write it as `- name: fast`"));
            };
            things.push(self.thing(Kind::WorkQueue, format!("{name}/{queue_name}"), queue.clone(), place));
        }
        Ok(things)
    }

    /// `base_job_template` may be the name of a file beside this one.
    fn template(&self, item: &Node, body: &mut Map<String, Value>) -> Result<(), Problem> {
        let place = item.place_of(&["base_job_template"]);
        if let Some(name) = body.get("base_job_template").and_then(Value::as_str) {
            let text = std::fs::read_to_string(self.directory.join(name))
                .map_err(|error| self.wrong(place, format!("the template {name} cannot be read: {error}")))?;
            let template = yaml::read(name, &text)?.json();
            body.insert("base_job_template".to_owned(), template);
        }
        let Some(template) = body.get("base_job_template").and_then(Value::as_object) else { return Ok(()) };
        match domain::job_template::check_template(template).first() {
            Some(fault) => Err(self.wrong(place, format!("the template, at {}: {}", fault.pointer, fault.fault))),
            None => Ok(()),
        }
    }

    /// `{{ $NAME }}` is the environment's; everything else in braces is for the workers.
    fn filled(&self, value: Value) -> Value {
        let none = Map::new();
        let values = Values { known: &none, environment: self.environment, unset: Unset::Keep, skip: None };
        match &value {
            Value::String(text) if !text.contains("{{ $") && !text.contains("{{$") => value,
            Value::String(_) => fill(&value, &values).unwrap_or(value),
            Value::Array(items) => Value::Array(items.iter().cloned().map(|item| self.filled(item)).collect()),
            Value::Object(members) => {
                Value::Object(members.iter().map(|(key, value)| (key.clone(), self.filled(value.clone()))).collect())
            }
            _ => value,
        }
    }

    fn thing(&self, kind: Kind, name: String, body: Map<String, Value>, place: Place) -> Thing {
        Thing { kind, name, body, file: self.shown.to_owned(), place }
    }
}
