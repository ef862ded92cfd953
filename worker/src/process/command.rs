//! Which program a run starts: from words to a file.

use std::collections::{BTreeMap, HashSet};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::process::Command;

/// A program and its arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Program {
    pub(crate) file: PathBuf,
    pub(crate) arguments: Vec<String>,
}

/// What is run when a Prefect flow's configuration names no command; it works for both majors.
const ENGINE: [&str; 2] = ["-m", "prefect.engine"];
/// How long an interpreter may take to say whether it has a module.
const PROBE: Duration = Duration::from_secs(20);

/// Finds the program of a command's words, or says why not.
pub(crate) fn program(words: &[String], env: &BTreeMap<String, String>, dir: &Path) -> Result<Program, String> {
    let Some((name, arguments)) = words.split_first() else {
        return Err("the command is empty".to_owned());
    };
    let Some(file) = find(name, env, dir) else {
        return Err(missing(name, env, dir));
    };
    Ok(Program { file, arguments: arguments.to_vec() })
}

/// The file that `name` means: a path as it is (from `dir` on), anything else looked up on `PATH`.
fn find(name: &str, env: &BTreeMap<String, String>, dir: &Path) -> Option<PathBuf> {
    if name.contains('/') {
        return Some(dir.join(name)).filter(|file| is_program(file));
    }
    let path = env.get("PATH")?;
    path.split(':')
        .filter(|entry| !entry.is_empty())
        .map(|entry| dir.join(entry).join(name))
        .find(|file| is_program(file))
}

fn is_program(file: &Path) -> bool {
    std::fs::metadata(file).is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

fn missing(name: &str, env: &BTreeMap<String, String>, dir: &Path) -> String {
    let path = env.get("PATH").map_or("", String::as_str);
    if name.contains('/') {
        format!("there is no program {name:?} that could be started (from {})", dir.display())
    } else {
        format!(
            "the program {name:?} was not found. PATH is {path:?}: install it, give its full path in `command`, \
             or set PATH in the job variable `env`"
        )
    }
}

/// Finds Python interpreters that have Prefect. Those found once are not asked again.
#[derive(Default)]
pub(crate) struct Pythons {
    with_prefect: Mutex<HashSet<PathBuf>>,
}

impl Pythons {
    /// `python -m prefect.engine` with the first interpreter that has Prefect: the virtual environment's,
    /// then `python`, then `python3` on the run's `PATH`.
    pub(crate) async fn engine(&self, env: &BTreeMap<String, String>, dir: &Path) -> Result<Program, String> {
        let candidates = candidates(env, dir);
        for file in &candidates {
            if self.has_prefect(file, env).await {
                let arguments = ENGINE.map(str::to_owned).to_vec();
                return Ok(Program { file: file.clone(), arguments });
            }
        }
        let path = env.get("PATH").map_or("", String::as_str);
        Err(match candidates.as_slice() {
            [] => format!(
                "no Python was found to run the flow with. Looked for `python` and `python3` on PATH {path:?}: \
                 install Python and Prefect, or start the worker inside the virtual environment that has them"
            ),
            found => format!(
                "Prefect is not installed for {}. Install it there (`pip install prefect`), start the worker inside \
                 the virtual environment that has it, or set VIRTUAL_ENV or PATH in the job variable `env`",
                found.iter().map(|file| file.display().to_string()).collect::<Vec<_>>().join(" and ")
            ),
        })
    }

    async fn has_prefect(&self, python: &Path, env: &BTreeMap<String, String>) -> bool {
        if self.with_prefect.lock().unwrap_or_else(PoisonError::into_inner).contains(python) {
            return true;
        }
        let probe = "import importlib.util, sys; sys.exit(importlib.util.find_spec('prefect') is None)";
        let mut command = Command::new(python);
        command.args(["-c", probe]).env_clear().envs(env).kill_on_drop(true);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let found = matches!(tokio::time::timeout(PROBE, command.status()).await, Ok(Ok(status)) if status.success());
        if found {
            self.with_prefect.lock().unwrap_or_else(PoisonError::into_inner).insert(python.to_owned());
        }
        found
    }
}

fn candidates(env: &BTreeMap<String, String>, dir: &Path) -> Vec<PathBuf> {
    let venv = env.get("VIRTUAL_ENV").filter(|venv| !venv.is_empty()).map(|venv| dir.join(venv).join("bin/python"));
    let mut found: Vec<PathBuf> = venv.into_iter().filter(|file| is_program(file)).collect();
    for name in ["python", "python3"] {
        found.extend(find(name, env, dir).filter(|file| !found.contains(file)));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(path: &str) -> BTreeMap<String, String> {
        BTreeMap::from([("PATH".to_owned(), path.to_owned())])
    }

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn programs_are_looked_up_on_path() {
        let found = program(&words(&["sh", "-c", "echo a", "x"]), &env("/nowhere::/bin"), Path::new("/"));
        assert_eq!(found, Ok(Program { file: "/bin/sh".into(), arguments: words(&["-c", "echo a", "x"]) }));
        let relative = program(&words(&["./sh"]), &env(""), Path::new("/bin"));
        assert_eq!(relative.map(|program| program.file), Ok("/bin/./sh".into()));
    }

    #[test]
    fn what_cannot_be_started_is_said_with_the_way_out() {
        assert_eq!(program(&[], &env("/bin"), Path::new("/")), Err("the command is empty".to_owned()));
        let no_program = program(&words(&["/nowhere/x"]), &env("/bin"), Path::new("/"));
        let expected = "there is no program \"/nowhere/x\" that could be started (from /)";
        assert_eq!(no_program, Err(expected.to_owned()));
        let missing = program(&words(&["no-such-program", "x"]), &env("/bin"), Path::new("/")).expect_err("missing");
        assert!(missing.contains("\"no-such-program\"") && missing.contains("\"/bin\""), "{missing}");
    }

    #[tokio::test]
    async fn an_interpreter_without_prefect_is_named() {
        let dir = tempfile::tempdir().expect("a directory");
        let python = dir.path().join("python");
        std::fs::write(&python, "#!/bin/sh\nexit 1\n").expect("a file");
        std::fs::set_permissions(&python, PermissionsExt::from_mode(0o755)).expect("a program");
        let path = env(&dir.path().display().to_string());
        let refused = Pythons::default().engine(&path, Path::new("/")).await.expect_err("has no Prefect");
        assert!(refused.starts_with(&format!("Prefect is not installed for {}.", python.display())), "{refused}");
        let none = Pythons::default().engine(&env("/nowhere"), Path::new("/")).await.expect_err("no Python");
        assert!(none.starts_with("no Python was found"), "{none}");
        std::fs::write(&python, "#!/bin/sh\nexit 0\n").expect("a file");
        let found = Pythons::default().engine(&path, Path::new("/")).await;
        assert_eq!(found.map(|program| program.file), Ok(python));
    }
}
