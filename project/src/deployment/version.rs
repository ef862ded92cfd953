//! The version of a deployment: given, or what Prefect 3 finds where nobody gives one.

use std::path::Path;
use std::process::{Command, Stdio};

use domain::Major;
use serde_json::{Map, Value as Json};

use super::{Options, World, text};
use crate::python::Flow;

/// The commits that builders tell of in the environment, with what else must be told.
const BUILDERS: [(&str, &[&str]); 4] = [
    ("GITHUB_SHA", &["GITHUB_REF_NAME", "GITHUB_REPOSITORY", "GITHUB_SERVER_URL"]),
    ("CI_COMMIT_SHA", &["CI_COMMIT_REF_NAME", "CI_PROJECT_NAME", "CI_PROJECT_URL"]),
    ("BITBUCKET_COMMIT", &["BITBUCKET_BRANCH", "BITBUCKET_REPO_SLUG", "BITBUCKET_GIT_HTTP_ORIGIN"]),
    ("BUILD_SOURCEVERSION", &["BUILD_SOURCEBRANCHNAME", "BUILD_REPOSITORY_NAME", "BUILD_REPOSITORY_URI"]),
];

/// Letters of a commit that stand for it.
const SHORT: usize = 8;

/// The version; Prefect 2 has none that is not given.
pub fn of(world: &World, config: &Map<String, Json>, options: &Options, flow: &Flow) -> Option<String> {
    let given = text(config, "version");
    if given.is_some() || world.major == Major::V2 {
        return given;
    }
    let kind = options.version_type.clone().or_else(|| text(config, "version_type"));
    let commit = if kind.as_deref() == Some("prefect:simple") { None } else { commit(world) };
    commit.or_else(|| flow.version.clone()).or_else(|| Some(flow.hash.clone()))
}

/// The commit that the directory is at, if it belongs to a repository that has an origin.
fn commit(world: &World) -> Option<String> {
    let told = |name: &str| world.environment.get(name).filter(|value| !value.is_empty());
    let built = BUILDERS.iter().find(|(sha, more)| told(sha).is_some() && more.iter().all(|name| told(name).is_some()));
    let commit = match built {
        Some((sha, _)) => told(sha)?.clone(),
        None => {
            git(world.directory, &["config", "--get", "remote.origin.url"]).filter(|url| !url.is_empty())?;
            git(world.directory, &["rev-parse", "HEAD"])?
        }
    };
    commit.get(..SHORT).map(str::to_owned)
}

fn git(directory: &Path, words: &[&str]) -> Option<String> {
    let output = Command::new("git").args(words).current_dir(directory).stdin(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
