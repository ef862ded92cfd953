//! Where a process is started.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::render::ProcessJob;
use crate::run::Run;

/// A directory that is there already, or one made for this run and removed after it.
pub(crate) enum Directory {
    Given(PathBuf),
    Made(tempfile::TempDir),
}

impl Directory {
    /// The configuration's `working_dir`. Without one: where the deployment's pull steps go (a flow's
    /// engine goes there itself, a plain command cannot), else a new empty directory.
    pub(crate) fn of(run: &Run, job: &ProcessJob) -> Result<Self, String> {
        let pulled = || {
            run.deployment
                .as_ref()
                .filter(|_| run.is_plain())
                .and_then(|deployment| deployment.pull_steps.as_ref().and_then(working_directory))
        };
        let Some(given) = job.working_dir.clone().or_else(pulled) else {
            let made = tempfile::Builder::new().prefix("reeve-run-").tempdir();
            return made.map(Directory::Made).map_err(|error| format!("no directory can be made for it: {error}"));
        };
        let path = std::path::absolute(&given).map_err(|error| format!("working_dir {given:?}: {error}"))?;
        if path.is_dir() {
            Ok(Directory::Given(path))
        } else {
            Err(format!("its working directory {} does not exist on this machine", path.display()))
        }
    }

    pub(crate) fn path(&self) -> &Path {
        match self {
            Directory::Given(path) => path,
            Directory::Made(made) => made.path(),
        }
    }
}

/// The directory of the last `set_working_directory` step.
fn working_directory(pull_steps: &Value) -> Option<PathBuf> {
    let steps = pull_steps.as_array()?;
    let mut directories = steps.iter().filter_map(|step| {
        let (name, inputs) = step.as_object()?.iter().next()?;
        name.ends_with(".set_working_directory").then(|| inputs.get("directory")?.as_str()).flatten()
    });
    directories.next_back().map(PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn pull_steps_name_a_directory() {
        let steps = json!([
            { "prefect.deployments.steps.git_clone": { "repository": "x" } },
            { "prefect.deployments.steps.set_working_directory": { "directory": "/srv/flows" } },
        ]);
        assert_eq!(working_directory(&steps), Some("/srv/flows".into()));
        assert_eq!(working_directory(&json!([{ "prefect.deployments.steps.git_clone": {} }])), None);
        assert_eq!(working_directory(&json!(null)), None);
    }
}
