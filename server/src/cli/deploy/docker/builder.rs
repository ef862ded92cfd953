//! The program that builds and pushes.

use std::collections::HashMap;
use std::path::Path;
use std::process::Stdio;

use domain::Uuid;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use crate::cli::deploy::shell::captured;
use crate::clock::new_id;

/// Programs that build and push images, all with docker's words.
const BUILDERS: [&str; 4] = ["docker", "podman", "nerdctl", "buildah"];

/// The variable that names one, where the first that is found is not the one that works.
const CHOICE: &str = "REEVE_IMAGE_BUILDER";

/// The one that is chosen, else the first that the machine has.
pub struct Builder<'b> {
    program: &'b str,
    environment: &'b HashMap<String, String>,
    directory: &'b Path,
}

impl<'b> Builder<'b> {
    pub fn find(environment: &'b HashMap<String, String>, directory: &'b Path) -> Result<Self, String> {
        if let Some(program) = environment.get(CHOICE).filter(|program| !program.is_empty()) {
            return Ok(Builder { program, environment, directory });
        }
        let folders: Vec<&str> = environment.get("PATH").map(|path| path.split(':').collect()).unwrap_or_default();
        let is_there = |name: &&&str| folders.iter().any(|folder| Path::new(folder).join(name).is_file());
        let program = BUILDERS
            .iter()
            .find(is_there)
            .ok_or_else(|| format!("this machine has no builder of images; it takes one of {}", BUILDERS.join(", ")))?;
        Ok(Builder { program, environment, directory })
    }

    /// Runs `words` over the context; the image's id, where the program tells it.
    pub async fn build(&self, mut words: Vec<String>, context: String) -> Result<Option<String>, String> {
        let told = std::env::temp_dir().join(format!("reeve-image-{}", new_id::<Uuid>().simple()));
        words.extend(["--iidfile".to_owned(), told.display().to_string(), context]);
        let done = self.run(&words).await;
        let id = std::fs::read_to_string(&told).ok().map(|id| id.trim().to_owned()).filter(|id| !id.is_empty());
        let _ = std::fs::remove_file(told);
        done.map(|()| id)
    }

    /// Runs the program with these words; people see what it prints.
    pub async fn run(&self, words: &[String]) -> Result<(), String> {
        let mut command = self.command();
        command.args(words);
        let (_, err, code) = captured(command, true).await.map_err(|error| format!("{}: {error}", self.program))?;
        self.judge(&words[0], code, &err)
    }

    /// Makes a registry known, the usual one unless it is named. The password goes through a pipe, where no list of
    /// processes shows it.
    pub async fn login(&self, user: &str, password: &str, registry: Option<&str>) -> Result<(), String> {
        let trouble = |error: std::io::Error| format!("{}: {error}", self.program);
        let mut command = self.command();
        command.args(["login", "--username", user, "--password-stdin"]).args(registry);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().map_err(trouble)?;
        if let Some(mut to) = child.stdin.take() {
            to.write_all(password.as_bytes()).await.map_err(trouble)?;
        }
        let output = child.wait_with_output().await.map_err(trouble)?;
        self.judge("login", output.status.code().unwrap_or(-1), &String::from_utf8_lossy(&output.stderr))
    }

    fn command(&self) -> Command {
        let mut command = Command::new(self.program);
        command.current_dir(self.directory).env_clear().envs(self.environment);
        command
    }

    fn judge(&self, verb: &str, code: i32, said: &str) -> Result<(), String> {
        match code {
            0 => Ok(()),
            _ => Err(format!("`{} {verb}` ended with {code}: {}", self.program, said.trim())),
        }
    }
}
