//! `build_docker_image` and `push_docker_image`, with whatever builder the machine has. Inputs and outputs are those
//! of prefect-docker 0.7.

mod builder;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use crate::clock::Clock;
use builder::Builder;

type Inputs = Map<String, Value>;
type Said = Result<Map<String, Value>, String>;

/// Inputs that are flags of builders: with one text, with several, and with names that have values.
const TEXTS: [(&str, &str); 5] = [
    ("platform", "--platform"),
    ("target", "--target"),
    ("network_mode", "--network"),
    ("network", "--network"),
    ("ssh", "--ssh"),
];
const LISTS: [(&str, &str); 4] =
    [("platforms", "--platform"), ("cache_from", "--cache-from"), ("cache_to", "--cache-to"), ("secrets", "--secret")];
const NAMED: [(&str, &str, char); 5] = [
    ("buildargs", "--build-arg", '='),
    ("build_args", "--build-arg", '='),
    ("labels", "--label", '='),
    ("extra_hosts", "--add-host", ':'),
    ("add_hosts", "--add-host", ':'),
];
/// Inputs that [`build`] reads itself, and those that change nothing of the image.
const OTHERS: [&str; 18] = [
    "image_name",
    "tag",
    "additional_tags",
    "dockerfile",
    "path",
    "pull",
    "push",
    "nocache",
    "persist_dockerfile",
    "dockerfile_output_path",
    "build_backend",
    "ignore_cache",
    "rm",
    "forcerm",
    "quiet",
    "timeout",
    "encoding",
    "decode",
];

/// `build_docker_image`.
pub async fn build(inputs: &Inputs, environment: &HashMap<String, String>, directory: &Path) -> Said {
    let image = Image::of(inputs, environment)?;
    let mut words = vec!["build".to_owned()];
    for tag in image.tags() {
        words.extend(["--tag".to_owned(), format!("{}:{tag}", image.name)]);
    }
    words.extend(flags(inputs)?);
    let builder = Builder::find(environment, directory)?;
    let (dockerfile, made) = match inputs.get("dockerfile").and_then(Value::as_str).unwrap_or("Dockerfile") {
        "auto" => ("Dockerfile", Some(Made::write(inputs, directory)?)),
        named => (named, None),
    };
    words.extend(["--file".to_owned(), dockerfile.to_owned()]);
    let context = inputs.get("path").and_then(Value::as_str).unwrap_or(".").to_owned();
    let id = builder.build(words, context).await;
    drop(made);
    let id = id?.unwrap_or_else(|| image.whole());
    if inputs.get("push").and_then(Value::as_bool) == Some(true) {
        image.push(&builder).await?;
    }
    let mut said = image.said();
    said.insert("image_id".to_owned(), id.into());
    Ok(said)
}

/// `push_docker_image`.
pub async fn push(inputs: &Inputs, environment: &HashMap<String, String>, directory: &Path) -> Said {
    let image = Image::of(inputs, environment)?;
    let builder = Builder::find(environment, directory)?;
    if let Some(credentials) = inputs.get("credentials").and_then(Value::as_object) {
        let text = |key: &str| credentials.get(key).and_then(Value::as_str);
        let (user, password) = (text("username").unwrap_or_default(), text("password").unwrap_or_default());
        builder.login(user, password, text("registry_url")).await?;
    }
    image.push(&builder).await?;
    Ok(image.said())
}

/// An image's name and its tags.
struct Image {
    name: String,
    tag: String,
    more: Vec<String>,
}

impl Image {
    /// Without a tag it gets the time; without a registry and a folder the namespace of
    /// `PREFECT_DEFAULT_DOCKER_BUILD_NAMESPACE`.
    fn of(inputs: &Inputs, environment: &HashMap<String, String>) -> Result<Self, String> {
        let name = inputs.get("image_name").and_then(Value::as_str).ok_or("it has no `image_name`")?;
        let namespace = environment.get("PREFECT_DEFAULT_DOCKER_BUILD_NAMESPACE").filter(|it| !it.is_empty());
        let name = match namespace {
            Some(namespace) if !name.contains('/') => format!("{namespace}/{name}"),
            _ => name.to_owned(),
        };
        let tag = inputs.get("tag").and_then(Value::as_str).filter(|tag| !tag.is_empty());
        let tag = tag.map_or_else(time_tag, str::to_owned);
        let more = texts(inputs.get("additional_tags")).map(str::to_owned).collect();
        Ok(Image { name, tag, more })
    }

    fn tags(&self) -> impl Iterator<Item = &String> {
        std::iter::once(&self.tag).chain(&self.more)
    }

    fn whole(&self) -> String {
        format!("{}:{}", self.name, self.tag)
    }

    async fn push(&self, builder: &Builder<'_>) -> Result<(), String> {
        for tag in self.tags() {
            builder.run(&["push".to_owned(), format!("{}:{tag}", self.name)]).await?;
        }
        Ok(())
    }

    fn said(&self) -> Map<String, Value> {
        let said = json!({
            "image_name": self.name, "tag": self.tag, "image": self.whole(), "additional_tags": self.more,
        });
        said.as_object().cloned().unwrap_or_default()
    }
}

/// Now, in the letters that a tag may have.
fn time_tag() -> String {
    Clock::system().now().to_string().to_lowercase().replace([':', '.', '+'], "-").trim_end_matches('z').to_owned()
}

fn texts(list: Option<&Value>) -> impl Iterator<Item = &str> {
    list.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

/// What the other inputs make of the command line; an input that no builder could be told is refused.
fn flags(inputs: &Inputs) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut add = |flag: &str, value: String| words.extend([flag.to_owned(), value]);
    for (input, value) in inputs {
        if let Some((_, flag)) = TEXTS.iter().find(|(name, _)| name == input) {
            value.as_str().into_iter().for_each(|text| add(flag, text.to_owned()));
        } else if let Some((_, flag)) = LISTS.iter().find(|(name, _)| name == input) {
            texts(Some(value)).for_each(|text| add(flag, text.to_owned()));
        } else if let Some((_, flag, between)) = NAMED.iter().find(|(name, ..)| name == input) {
            for (name, value) in value.as_object().into_iter().flatten() {
                let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                add(flag, format!("{name}{between}{value}"));
            }
        } else if !OTHERS.contains(&input.as_str()) {
            return Err(format!("it has an input `{input}`, for which builders on the command line have no flag"));
        }
    }
    let flag = |name: &str, unless: bool| inputs.get(name).and_then(Value::as_bool).unwrap_or(unless);
    words.extend(flag("pull", true).then(|| "--pull".to_owned()));
    words.extend(flag("nocache", false).then(|| "--no-cache".to_owned()));
    Ok(words)
}

/// A Dockerfile that is made for one build, and gone after it.
struct Made(PathBuf);

impl Made {
    /// Of Prefect's image with the directory in it.
    fn write(inputs: &Inputs, directory: &Path) -> Result<Self, String> {
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
        let write = |path: &Path| std::fs::write(path, &text).map_err(|error| format!("{}: {error}", path.display()));
        if inputs.get("persist_dockerfile").and_then(Value::as_bool) == Some(true) {
            let kept = inputs.get("dockerfile_output_path").and_then(Value::as_str).unwrap_or("Dockerfile.generated");
            write(&directory.join(kept))?;
        }
        write(&path)?;
        Ok(Made(path))
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}
