//! Building and pushing images with whatever builder the machine has.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};
use tokio::process::Command;

use super::shell::captured;

/// Programs that build and push images, all with docker's words.
const BUILDERS: [&str; 4] = ["docker", "podman", "nerdctl", "buildah"];

type Said = Result<Map<String, Value>, String>;

/// `build_docker_image`.
pub async fn build(inputs: &Map<String, Value>, environment: &HashMap<String, String>, directory: &Path) -> Said {
    let name = inputs.get("image_name").and_then(Value::as_str).ok_or("it has no `image_name`")?;
    let tag = tag(inputs, environment);
    let image = format!("{name}:{tag}");
    let dockerfile = inputs.get("dockerfile").and_then(Value::as_str).unwrap_or("Dockerfile");
    let made = match dockerfile {
        "auto" => Some(auto(directory)?),
        _ => None,
    };
    let mut words = vec!["build".to_owned(), "--tag".to_owned(), image.clone(), "--file".to_owned()];
    words.push(made.as_ref().map_or(dockerfile.to_owned(), |path| path.display().to_string()));
    for extra in inputs.get("additional_tags").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
    {
        words.extend(["--tag".to_owned(), format!("{name}:{extra}")]);
    }
    if let Some(platform) = inputs.get("platform").and_then(Value::as_str) {
        words.extend(["--platform".to_owned(), platform.to_owned()]);
    }
    for (key, value) in inputs.get("buildargs").and_then(Value::as_object).into_iter().flatten() {
        words.extend([
            "--build-arg".to_owned(),
            format!("{key}={}", value.as_str().map_or_else(|| value.to_string(), str::to_owned)),
        ]);
    }
    words.push(inputs.get("path").and_then(Value::as_str).unwrap_or(".").to_owned());
    let done = run(&words, environment, directory).await;
    if let Some(made) = made {
        let _ = std::fs::remove_file(made);
    }
    done?;
    Ok(said(json!({ "image_name": name, "tag": tag, "image": image, "image_id": image })))
}

/// `push_docker_image`.
pub async fn push(inputs: &Map<String, Value>, environment: &HashMap<String, String>, directory: &Path) -> Said {
    let name = inputs.get("image_name").and_then(Value::as_str).ok_or("it has no `image_name`")?;
    let tag = tag(inputs, environment);
    let image = format!("{name}:{tag}");
    run(&["push".to_owned(), image.clone()], environment, directory).await?;
    Ok(said(json!({ "image_name": name, "tag": tag, "image": image })))
}

fn said(value: Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

/// The tag that is given, or else the second in which it is built.
fn tag(inputs: &Map<String, Value>, _: &HashMap<String, String>) -> String {
    let seconds =
        || std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_secs());
    inputs
        .get("tag")
        .and_then(Value::as_str)
        .filter(|tag| !tag.is_empty())
        .map_or_else(|| seconds().to_string(), str::to_owned)
}

/// A Dockerfile of Prefect's image with the directory in it.
fn auto(directory: &Path) -> Result<PathBuf, String> {
    let path = directory.join("Dockerfile");
    if path.exists() {
        return Err(
            "`dockerfile: auto` makes a Dockerfile, and there is one already: name it, or move it away".to_owned()
        );
    }
    let base = directory.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let requirements = match directory.join("requirements.txt").exists() {
        true => format!(
            "COPY requirements.txt /opt/prefect/{base}/requirements.txt\nRUN python -m pip install -r /opt/prefect/{base}/requirements.txt\n"
        ),
        false => String::new(),
    };
    let text = format!(
        "FROM prefecthq/prefect:3-latest\n{requirements}COPY . /opt/prefect/{base}/\nWORKDIR /opt/prefect/{base}/\n"
    );
    std::fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(path)
}

async fn run(words: &[String], environment: &HashMap<String, String>, directory: &Path) -> Result<(), String> {
    let folders: Vec<&str> = environment.get("PATH").map(|path| path.split(':').collect()).unwrap_or_default();
    let is_there = |name: &&&str| folders.iter().any(|folder| Path::new(folder).join(name).is_file());
    let builder = BUILDERS
        .iter()
        .find(is_there)
        .ok_or_else(|| format!("this machine has no builder of images; it takes one of {}", BUILDERS.join(", ")))?;
    let mut command = Command::new(builder);
    command.args(words).current_dir(directory).env_clear().envs(environment);
    let (_, err, code) = captured(command, true).await.map_err(|error| format!("{builder}: {error}"))?;
    if code == 0 { Ok(()) } else { Err(format!("`{builder} {}` ended with {code}: {}", words[0], err.trim())) }
}
