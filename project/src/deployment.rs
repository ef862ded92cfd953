//! From a deployment of a file to what is sent to the server: options, templates, the flow, schedules, triggers.
//!
//! [`prepare`] does all that can be done before any step is run; [`Prepared::finish`] puts in what steps gave.

mod config;
mod finish;
mod pull;
mod schedules;
mod triggers;
mod version;

use std::collections::HashMap;
use std::path::Path;

use domain::Major;
use serde_json::{Map, Value as Json};

use crate::prefect_file::{Entry, PrefectFile, Stage};
use crate::python::{Flow, Library, read_flow};
use crate::template::{self, Kept, Unset, Values};
use crate::{Place, Problem};

/// What the command line says beside the file; it counts more than the file.
#[derive(Debug, Clone, Default)]
pub struct Options {
    pub entrypoint: Option<String>,
    pub name: Option<String>,
    pub description: Option<String>,
    pub version: Option<String>,
    pub version_type: Option<String>,
    pub tags: Option<Vec<String>>,
    /// A number, or an object as in the file.
    pub concurrency_limit: Option<Json>,
    pub work_pool_name: Option<String>,
    pub work_queue_name: Option<String>,
    pub job_variables: Map<String, Json>,
    /// As in the file: objects with `cron`, `interval` or `rrule`.
    pub schedules: Vec<Map<String, Json>>,
    pub timezone: Option<String>,
    pub anchor_date: Option<String>,
    pub parameters: Map<String, Json>,
    pub enforce_parameter_schema: Option<bool>,
    pub triggers: Option<Vec<Json>>,
}

/// The world that a deployment is made in.
pub struct World<'w> {
    pub file: &'w PrefectFile,
    /// Where entrypoints begin.
    pub directory: &'w Path,
    pub library: &'w Library,
    pub environment: &'w HashMap<String, String>,
    pub kept: &'w Kept,
    pub major: Major,
}

/// A deployment that only waits for its steps.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// Where it stands in its file; None for one that is told on the command line alone.
    pub place: Option<Place>,
    pub flow: Flow,
    pub name: String,
    pub build: Vec<Json>,
    pub push: Vec<Json>,
    pull: Json,
    config: Map<String, Json>,
    /// Job variables of the command line, which steps and templates know by their names.
    overrides: Map<String, Json>,
    version: Option<String>,
    major: Major,
    schedule_places: Vec<Place>,
}

/// Everything that the deployment asks the server for: names of variables, types and names of blocks.
pub fn asked(entry: &Entry, variables: &mut Vec<String>, blocks: &mut Vec<(String, String)>) {
    template::asked(&entry.node.json(), variables, blocks);
}

/// Reads the flow and settles all values that do not depend on steps. `entry` is None when everything is told by
/// the options.
pub fn prepare(world: &World, entry: Option<&Entry>, options: &Options) -> Result<Prepared, Problem> {
    let place = entry.map(|entry| entry.node.place);
    let problem = |key: &str, what: String| match entry {
        Some(entry) => Problem::at(&world.file.shown, entry.node.place_of(&[key]), what),
        None => Problem::of("reeve deploy", what),
    };
    let mut config = config::merged(entry, options).map_err(|what| problem("schedule", what))?;
    let build = steps(world, entry, Stage::Build);
    let push = steps(world, entry, Stage::Push);
    ["build", "push", "pull", "sla"].iter().for_each(|key| drop(config.shift_remove(*key)));
    settle(world, &mut config).map_err(|what| problem("", what))?;
    let Some(entrypoint) = text(&config, "entrypoint") else {
        let help = "write it as path/to/file.py:function or as module.function";
        return Err(problem("name", "it has no entrypoint, so that there is no flow to run".to_owned()).help(help));
    };
    let flow =
        read_flow(world.library, world.directory, &entrypoint, world.major).map_err(|wrong| match wrong.place {
            Some(_) => wrong,
            None => {
                let found = problem("entrypoint", format!("the entrypoint {entrypoint}: {}", wrong.what));
                Problem { help: wrong.help, ..found }
            }
        })?;
    let Some(name) = text(&config, "name") else {
        return Err(problem("name", "a deployment has no name".to_owned()).help("give it one with `name:` or --name"));
    };
    if pool_name(&config).is_none() {
        let help = "name one below `work_pool:` with `name:`, or with --pool";
        return Err(problem("work_pool", format!("the deployment {name} has no work pool")).help(help));
    }
    let pull = pull::steps(world, entry, &config, &build, &entrypoint);
    let version = version::of(world, &config, options, &flow);
    let prepared = Prepared {
        place,
        flow,
        name,
        build,
        push,
        pull,
        config,
        overrides: options.job_variables.clone(),
        version,
        major: world.major,
        schedule_places: schedules::places(entry),
    };
    // What is wrong with schedules and triggers is told before anything is run.
    prepared.finish(&world.file.shown, &Map::new(), world.environment).map(|_| prepared)
}

impl Prepared {
    /// The pool that it goes to.
    pub fn pool(&self) -> String {
        pool_name(&self.config).unwrap_or_default()
    }
}

/// The steps of a stage: the deployment's own, else the file's.
fn steps(world: &World, entry: Option<&Entry>, stage: Stage) -> Vec<Json> {
    let own = entry.and_then(|entry| entry.steps(stage));
    let steps = own.unwrap_or_else(|| world.file.steps(stage));
    match steps {
        Some(Json::Array(steps)) => {
            steps.into_iter().filter(|step| step.as_object().is_some_and(|it| !it.is_empty())).collect()
        }
        _ => Vec::new(),
    }
}

/// Puts in what the server and the environment hold. Prefect 2 leaves job variables to the worker.
fn settle(world: &World, config: &mut Map<String, Json>) -> Result<(), String> {
    let aside = match (world.major, config.get_mut("work_pool")) {
        (Major::V2, Some(Json::Object(pool))) => pool.insert("job_variables".to_owned(), Json::Null),
        _ => None,
    };
    let kept = template::put_kept(&Json::Object(std::mem::take(config)), world.kept)?;
    let environment =
        world.environment.iter().map(|(name, value)| (name.clone(), Json::from(value.as_str()))).collect();
    let values = Values { known: &environment, environment: world.environment, unset: Unset::Keep, skip: None };
    if let Some(Json::Object(filled)) = template::fill(&kept, &values) {
        *config = filled;
    }
    if let (Some(aside), Some(Json::Object(pool))) = (aside, config.get_mut("work_pool")) {
        pool.insert("job_variables".to_owned(), aside);
    }
    Ok(())
}

fn text(config: &Map<String, Json>, key: &str) -> Option<String> {
    match config.get(key)? {
        Json::String(text) if !text.is_empty() => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn pool_name(config: &Map<String, Json>) -> Option<String> {
    text(config.get("work_pool")?.as_object()?, "name")
}
