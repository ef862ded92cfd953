//! `reeve init`: a `prefect.yaml` for the flows of a directory.

use std::io::{BufRead, IsTerminal, Write};
use std::path::Path;

use clap::{Args, ValueEnum};
use domain::Major;
use project::python::{Library, read_flow};
use serde_json::{Map, Value, json};

use super::failure::Failure;
use super::output::print_line;

#[derive(Args)]
#[command(after_help = "\
Examples:
  reeve init --pool my-pool
  reeve init --recipe docker --pool my-pool -f image_name=registry/team/flows -f tag=latest
  reeve init --recipe git --pool my-pool -f repository=https://host/team/flows.git -f branch=main")]
pub struct Command {
    /// The name of the project; else that of the directory
    #[arg(long)]
    name: Option<String>,
    /// Where runs find the code: in this directory, in an image that is built, or in a git repository
    #[arg(long, value_enum)]
    recipe: Option<Recipe>,
    /// What the recipe needs: KEY=VALUE (repeatable)
    #[arg(short, long = "field", value_name = "KEY=VALUE")]
    fields: Vec<String>,
    /// The work pool of the deployments
    #[arg(short, long, value_name = "POOL")]
    pool: Option<String>,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq)]
enum Recipe {
    Local,
    Docker,
    Git,
}

impl Command {
    /// Runs the command.
    pub fn run(self) -> Result<(), Failure> {
        let directory = std::env::current_dir().map_err(|error| Failure::new(error.to_string()))?;
        let path = directory.join("prefect.yaml");
        if path.exists() {
            return Err(Failure::usage("There is a prefect.yaml already.").then("deploy it with `reeve deploy --all`."));
        }
        let base = directory.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let name = self.name.clone().unwrap_or_else(|| asked("The name of the project", &base));
        let pool = self.pool.clone().unwrap_or_else(|| asked("The work pool", "default"));
        let mut file = Map::from_iter([("name".to_owned(), json!(name))]);
        self.steps(&directory, &mut file)?;
        let flows = flows_in(&directory);
        let deployments: Vec<Value> =
            flows.iter().map(|(flow, entrypoint)| deployment(flow, entrypoint, &pool, self.recipe)).collect();
        file.insert("deployments".to_owned(), json!(deployments));
        std::fs::write(&path, project::yaml::write(&file))
            .map_err(|error| Failure::new(format!("prefect.yaml: {error}")))?;
        print_line(&format!(
            "Wrote prefect.yaml with {} deployments: look at it, then `reeve deploy --all --plan`.",
            flows.len()
        ));
        Ok(())
    }

    fn field(&self, key: &str, unless: &str) -> String {
        let given = self.fields.iter().find_map(|field| field.split_once('=').filter(|(known, _)| *known == key));
        given.map_or_else(|| asked(key, unless), |(_, value)| value.to_owned())
    }

    fn steps(&self, directory: &Path, file: &mut Map<String, Value>) -> Result<(), Failure> {
        if let Some(wrong) = self.fields.iter().find(|field| !field.contains('=')) {
            return Err(Failure::usage(format!("--field {wrong} is not KEY=VALUE.")));
        }
        match self.recipe {
            None | Some(Recipe::Local) => {}
            Some(Recipe::Git) => {
                let step =
                    json!({ "repository": self.field("repository", ""), "branch": self.field("branch", "main") });
                file.insert("pull".to_owned(), json!([{ "prefect.deployments.steps.git_clone": step }]));
            }
            Some(Recipe::Docker) => {
                let base = directory.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
                let step = json!({
                    "id": "build-image", "requires": "prefect-docker", "image_name": self.field("image_name", &base),
                    "tag": self.field("tag", "latest"), "dockerfile": "auto",
                });
                file.insert(
                    "build".to_owned(),
                    json!([{ "prefect_docker.deployments.steps.build_docker_image": step }]),
                );
                let push = json!({ "requires": "prefect-docker", "image_name": "{{ build-image.image_name }}", "tag": "{{ build-image.tag }}" });
                file.insert("push".to_owned(), json!([{ "prefect_docker.deployments.steps.push_docker_image": push }]));
                let pull = json!({ "directory": format!("/opt/prefect/{base}") });
                file.insert("pull".to_owned(), json!([{ "prefect.deployments.steps.set_working_directory": pull }]));
            }
        }
        Ok(())
    }
}

fn deployment(flow: &str, entrypoint: &str, pool: &str, recipe: Option<Recipe>) -> Value {
    let mut work_pool = json!({ "name": pool });
    if recipe == Some(Recipe::Docker) {
        work_pool["job_variables"] = json!({ "image": "{{ build-image.image }}" });
    }
    json!({ "name": flow, "entrypoint": entrypoint, "work_pool": work_pool, "schedules": [] })
}

/// Flows of the Python files in the directory, each with its entrypoint.
fn flows_in(directory: &Path) -> Vec<(String, String)> {
    let library = Library::new();
    let mut files: Vec<String> = std::fs::read_dir(directory)
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.ends_with(".py"))
        .collect();
    files.sort();
    let mut found = Vec::new();
    for file in files {
        for name in library.flows_of(directory, &file) {
            let entrypoint = format!("{file}:{name}");
            if let Ok(flow) = read_flow(&library, directory, &entrypoint, Major::V3) {
                found.push((flow.name, entrypoint));
            }
        }
    }
    found
}

/// What a person answers, or the usual answer when nobody is there.
fn asked(what: &str, unless: &str) -> String {
    if !std::io::stdin().is_terminal() {
        return unless.to_owned();
    }
    eprint!("{what} [{unless}]: ");
    let _ = std::io::stderr().flush();
    let mut answer = String::new();
    let _ = std::io::stdin().lock().read_line(&mut answer);
    match answer.trim() {
        "" => unless.to_owned(),
        answer => answer.to_owned(),
    }
}
