//! `reeve deploy`: registers the deployments of a `prefect.yaml`, without Python.
//!
//! Everything is read and checked first; then steps are run; then one request changes all of it, or nothing.

mod batch;
mod docker;
pub mod kept;
mod options;
mod python_step;
mod shell;
mod show;
mod steps;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use clap::Args;
use domain::Major;
use domain::deploy::{Deed, Deploy, DeployOne, OriginSource};
use project::Problem;
use project::deployment::{self, Prepared, World};
use project::prefect_file::{Choice, Entry, PrefectFile};
use project::python::Library;

use super::failure::Failure;
use super::output::Output;
use super::session::Session;

/// The exit code of `--plan` when something would change.
const CHANGES: u8 = 3;

#[derive(Args)]
#[command(after_help = "\
Flows, their descriptions and the schemas of their parameters are read from the source; nothing is imported or run.

Examples:
  reeve deploy --all                                    everything in ./prefect.yaml
  reeve deploy --name 'nightly-*' --prefect-file ops/prefect.yaml
  reeve deploy flows.py:hello --name dev --pool my-pool --cron '0 9 * * *'
  reeve deploy --all --plan                             only tell what would change
  reeve deploy --all --prune --yes                      and delete what the project no longer has

Exit codes: 0 done, or nothing to change; 1 the server refused or failed; 2 something is wrong in the files or flags,
and nothing was changed; 3 with --plan: there are changes.")]
pub struct Command {
    /// The flow, as path/to/file.py:function or module.function, where no file tells it
    entrypoint: Option<String>,
    /// Deploy all deployments of the file
    #[arg(long)]
    all: bool,
    /// The file with the deployments
    #[arg(long, value_name = "FILE", default_value = "prefect.yaml")]
    prefect_file: PathBuf,
    /// Only tell what would change
    #[arg(long)]
    plan: bool,
    /// Delete deployments that came from this project and are no longer in it (with --all)
    #[arg(long, requires = "all")]
    prune: bool,
    /// Undo what was changed by hand since the last time, pauses too
    #[arg(long)]
    take: bool,
    /// Do not ask before deleting
    #[arg(short, long)]
    yes: bool,
    /// Deploy what is right even if something else is wrong
    #[arg(long)]
    keep_going: bool,
    /// The major of the Prefect client that it is done like: 2 or 3 (else what the file's `prefect-version` says, else 3)
    #[arg(long, value_name = "MAJOR", value_parser = clap::value_parser!(u8).range(2..=3))]
    client: Option<u8>,
    #[command(flatten)]
    options: options::Given,
    #[command(flatten)]
    output: Output,
}

impl Command {
    /// Runs the command.
    pub async fn run(self, session: &Session, environment: HashMap<String, String>) -> Result<(), Failure> {
        let directory =
            std::env::current_dir().map_err(|error| Failure::new(format!("there is no directory: {error}")))?;
        let wanted = self.client.map(|major| if major == 2 { Major::V2 } else { Major::V3 });
        let file = self.file(wanted).map_err(wrong)?;
        let major = wanted.or(file.major).unwrap_or(Major::V3);
        let entries = self.entries(&file).map_err(|problem| wrong(vec![problem]))?;
        let kept = kept::fetch(session, &entries).await?;
        let pools = kept::pools(session).await?;
        let library = Library::new();
        let world = World {
            file: &file,
            directory: &directory,
            library: &library,
            environment: &environment,
            kept: &kept,
            major,
        };
        let (prepared, problems) = self.prepared(&world, &entries, &pools)?;
        if !problems.is_empty() && (!self.keep_going || prepared.is_empty()) {
            return Err(wrong(problems));
        }
        report(&problems, &prepared);
        let mut runner = steps::Runner::new(&world, session, self.plan);
        let mut deployments = Vec::new();
        for one in &prepared {
            let outputs = runner.outputs(one).await?;
            deployments.push(one.finish(&file.shown, &outputs, &environment).map_err(|problem| wrong(vec![problem]))?);
        }
        let places: Vec<_> = prepared.iter().map(|one| one.place).collect();
        self.send(session, &file, &directory, major, deployments, &places).await?;
        if problems.is_empty() { Ok(()) } else { Err(Failure::quiet(2)) }
    }

    fn file(&self, major: Option<Major>) -> Result<PrefectFile, Vec<Problem>> {
        let shown = self.prefect_file.display().to_string();
        if self.entrypoint.is_some() && !self.prefect_file.exists() {
            return PrefectFile::of("", &shown, Path::new("."), major);
        }
        PrefectFile::open(&self.prefect_file, &shown, major)
    }

    /// The deployments that are meant; one that only the command line tells is none of the file's.
    fn entries<'f>(&self, file: &'f PrefectFile) -> Result<Vec<Option<&'f Entry>>, Problem> {
        let choice = Choice { all: self.all, names: self.options.names.clone() };
        if file.deployments.is_empty() && self.entrypoint.is_some() {
            return Ok(vec![None]);
        }
        match (&self.entrypoint, file.chosen(&choice)) {
            // As with the clients: a name that the file does not have, with an entrypoint, is a new deployment.
            (Some(_), Err(_)) if self.options.names.len() == 1 => Ok(vec![None]),
            (_, chosen) => Ok(chosen?.into_iter().map(Some).collect()),
        }
    }

    fn prepared(
        &self,
        world: &World,
        entries: &[Option<&Entry>],
        pools: &HashMap<String, String>,
    ) -> Result<(Vec<Prepared>, Vec<Problem>), Failure> {
        let mut options = self.options.read(self.entrypoint.clone())?;
        if entries.len() > 1 && self.options.any() {
            eprintln!("warning: options are for one deployment; they are left out, as there are {}.", entries.len());
            options = deployment::Options::default();
        }
        let (mut prepared, mut problems) = (Vec::new(), Vec::new());
        for entry in entries {
            match deployment::prepare(world, *entry, &options)
                .and_then(|one| kept::known_pool(world, *entry, one, pools))
            {
                Ok(one) => prepared.push(one),
                Err(problem) => problems.push(problem),
            }
        }
        problems.extend(twice(world, entries, &mut prepared));
        Ok((prepared, problems))
    }

    async fn send(
        &self,
        session: &Session,
        file: &PrefectFile,
        directory: &Path,
        major: Major,
        deployments: Vec<DeployOne>,
        places: &[Option<project::Place>],
    ) -> Result<(), Failure> {
        let mut deploy = Deploy {
            major: if major == Major::V2 { 2 } else { 3 },
            dry_run: self.plan,
            source: OriginSource::Cli,
            project: file.project(directory),
            deployments,
            prune: self.prune,
            take: self.take,
        };
        if self.prune && !self.plan && !self.yes {
            let plan = Deploy { dry_run: true, ..deploy.clone() };
            let plan = batch::send(session, plan, file, places, self.keep_going).await?;
            deploy.prune = show::confirmed(&plan)?;
        }
        let done = batch::send(session, deploy, file, places, self.keep_going).await?;
        self.output.print(&done, || show::report(&done, self.plan))?;
        let changes = done.deployments.len() - done.count(Deed::Unchanged);
        if self.plan && changes > 0 { Err(Failure::quiet(CHANGES)) } else { Ok(()) }
    }
}

/// Two deployments of one flow and name would take each other's place.
fn twice(world: &World, entries: &[Option<&Entry>], prepared: &mut Vec<Prepared>) -> Vec<Problem> {
    let mut seen: HashMap<(String, String), usize> = HashMap::new();
    let mut problems = Vec::new();
    prepared.retain(|one| {
        let key = (one.flow.name.clone(), one.name.clone());
        if seen.insert(key, 1).is_none() || entries.len() < 2 {
            return true;
        }
        let what = format!("the flow {} has the deployment {} a second time", one.flow.name, one.name);
        problems.push(world.file.problem(one.place.unwrap_or_default(), what).help("give it another name"));
        false
    });
    problems
}

/// Problems as they are printed: all of them, each with its place.
pub fn wrong(problems: Vec<Problem>) -> Failure {
    problems.iter().for_each(|problem| eprintln!("{problem}"));
    let count = problems.len();
    Failure::usage(format!(
        "{count} {} wrong; nothing was changed.",
        if count == 1 { "thing is" } else { "things are" }
    ))
}

fn report(problems: &[Problem], prepared: &[Prepared]) {
    problems.iter().for_each(|problem| eprintln!("{problem}"));
    for warning in prepared.iter().flat_map(|one| &one.flow.warnings) {
        eprintln!("warning: {warning}");
    }
}
