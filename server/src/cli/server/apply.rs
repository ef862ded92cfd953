//! `reeve server start --apply DIR`: pools, variables, limits, automations and deployments from files.
//!
//! The directory is read again whenever anything in it changes, a mounted ConfigMap's swap of links too. All of it
//! is checked before any of it is applied: a broken file is named, and what was applied last stands.

mod files;
mod things;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use client::{Client, deploy};
use domain::Major;
use domain::deploy::{Deed, Deploy, DeployOne, OriginSource};
use project::Problem;
use project::deployment::{Options, World, prepare};
use project::prefect_file::PrefectFile;
use project::python::Library;
use serde_json::Map;
use tokio_util::sync::CancellationToken;

use crate::cli::deploy::kept;
use crate::config;
use files::Desired;

/// How often the directory is looked at. A ConfigMap takes longer than that to arrive.
const LOOK_AGAIN: Duration = Duration::from_secs(2);

/// How long after a failed call it is tried again.
const TRY_AGAIN: Duration = Duration::from_secs(5);

/// What keeps a directory and the server alike.
pub struct Applier {
    pub directory: PathBuf,
    pub client: Client,
    /// Becomes true once everything was applied for the first time.
    pub applied: Arc<AtomicBool>,
}

impl Applier {
    /// Applies the directory now and at each change, until it is time to stop.
    pub async fn run(self, stopping: CancellationToken) -> anyhow::Result<()> {
        let mut last = None;
        loop {
            let print = files::fingerprint(&self.directory);
            let mut pause = LOOK_AGAIN;
            if last.as_ref() != Some(&print) {
                match self.apply().await {
                    Ok(()) => last = Some(print),
                    Err(Wrong::Files(problems)) => {
                        problems.iter().for_each(|problem| tracing::error!("{problem}"));
                        tracing::error!("{} is not applied; what was applied last stands", self.directory.display());
                        last = Some(print);
                    }
                    Err(Wrong::Call(error)) => {
                        tracing::error!("{} cannot be applied now: {error}", self.directory.display());
                        pause = TRY_AGAIN;
                    }
                }
            }
            tokio::select! {
                () = stopping.cancelled() => return Ok(()),
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    async fn apply(&self) -> Result<(), Wrong> {
        let environment = config::environment();
        let desired = files::read(&self.directory, &environment).map_err(Wrong::Files)?;
        let (mut variables, mut blocks) = (Vec::new(), Vec::new());
        desired.projects.iter().flat_map(|file| &file.deployments).for_each(|entry| {
            project::deployment::asked(entry, &mut variables, &mut blocks);
        });
        // Variables of the files count before they are there.
        let mut kept = kept::of(&self.client, variables, blocks).await.map_err(Wrong::call)?;
        desired.variables().for_each(|(name, value)| drop(kept.variables.insert(name, value)));
        let batches = batches(&desired, &environment, &kept).map_err(Wrong::Files)?;
        let mut report = things::Report::default();
        for thing in &desired.things {
            things::apply(&self.client, thing, &mut report).await.map_err(|error| thing.wrong(error))?;
        }
        for batch in &batches {
            let done = deploy::deploy(&self.client, batch).await.map_err(Wrong::call)?;
            done.deployments.iter().for_each(|one| {
                report.count(one.deed);
                if one.deed == Deed::Unchanged && !one.fields.is_empty() {
                    report.differs(&format!("the deployment {}/{}", one.flow_name, one.name), &one.fields);
                }
            });
        }
        tracing::info!("applied {}: {report}", self.directory.display());
        self.applied.store(true, Ordering::Release);
        Ok(())
    }
}

/// Why a directory is not applied.
pub enum Wrong {
    /// Something in it: trying again without a change is of no use.
    Files(Vec<Problem>),
    /// The API failed, which may pass.
    Call(String),
}

impl Wrong {
    fn call(error: impl std::fmt::Display) -> Wrong {
        Wrong::Call(error.to_string())
    }
}

/// One deploy for each project.
fn batches(
    desired: &Desired,
    environment: &std::collections::HashMap<String, String>,
    kept: &project::template::Kept,
) -> Result<Vec<Deploy>, Vec<Problem>> {
    let (mut batches, mut problems) = (Vec::new(), Vec::new());
    for file in &desired.projects {
        let major = file.major.unwrap_or(Major::V3);
        let library = Library::new();
        let world = World { file, directory: &file.directory, library: &library, environment, kept, major };
        let deployments: Vec<DeployOne> = file
            .deployments
            .iter()
            .filter_map(|entry| {
                let made =
                    prepare(&world, Some(entry), &Options::default()).and_then(|one| finished(file, &one, environment));
                made.map_err(|problem| problems.push(problem)).ok()
            })
            .collect();
        batches.push(Deploy {
            major: if major == Major::V2 { 2 } else { 3 },
            dry_run: false,
            source: OriginSource::File,
            project: file.project(&file.directory),
            deployments,
            prune: false,
            take: false,
        });
    }
    if problems.is_empty() { Ok(batches) } else { Err(problems) }
}

/// A server runs no steps: who has some builds before, and names the image.
fn finished(
    file: &PrefectFile,
    one: &project::deployment::Prepared,
    environment: &std::collections::HashMap<String, String>,
) -> Result<DeployOne, Problem> {
    if !one.build.is_empty() || !one.push.is_empty() {
        let what = format!("the deployment {} has build or push steps, which a server does not run", one.name);
        let problem = file.problem(one.place.unwrap_or_default(), what);
        return Err(problem.help("build before, and name the image; or say `build: null` and `push: null`"));
    }
    one.finish(&file.shown, &Map::new(), environment)
}
