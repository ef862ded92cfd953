//! Prefect's profiles: named sets of settings in one file, which Prefect's own clients read and write too.
//!
//! The file is `$PREFECT_PROFILES_PATH`, else `$PREFECT_HOME/profiles.toml`, else `~/.prefect/profiles.toml`:
//! `active = "name"`, and a table `[profiles.name]` of Prefect's variables for each.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use super::ConfigError;
use super::setting::Setting;
use super::table::SETTINGS;
use super::text::{distance, nearest};

/// What Prefect's clients take for a profile that no file has: this server at its usual address.
pub const BUILT_IN: &str = "local";

/// Variables that say where the file is, so they cannot be in it.
const NOT_IN_IT: [&str; 2] = ["PREFECT_HOME", "PREFECT_PROFILES_PATH"];

/// The file of profiles.
#[derive(Debug, Clone)]
pub struct Profiles {
    path: PathBuf,
    table: Table,
    /// The one that this process goes by.
    current: String,
}

impl Profiles {
    /// Where the file is in this environment; nowhere without a home.
    pub fn path(env: &BTreeMap<String, String>) -> Option<PathBuf> {
        let named = |name: &str| env.get(name).filter(|text| !text.is_empty()).map(String::as_str);
        let home = named("HOME").map(Path::new);
        let expanded = |text: &str| match (text.strip_prefix("~/"), home) {
            (Some(rest), Some(home)) => home.join(rest),
            _ => PathBuf::from(text),
        };
        let folder = named("PREFECT_HOME").map(expanded).or_else(|| Some(home?.join(".prefect")));
        match named("PREFECT_PROFILES_PATH") {
            Some(path) => {
                let folder = folder.map(|folder| folder.display().to_string()).unwrap_or_default();
                Some(expanded(&path.replace("${PREFECT_HOME}", &folder).replace("$PREFECT_HOME", &folder)))
            }
            None => Some(folder?.join("profiles.toml")),
        }
    }

    /// Reads the file; one that does not exist is empty. `flag` is the profile of `--profile`, which wins over the
    /// variable `PREFECT_PROFILE` and over the file's own choice.
    pub fn open(env: &BTreeMap<String, String>, flag: Option<&str>) -> Result<Option<Profiles>, ConfigError> {
        let Some(path) = Profiles::path(env) else { return Ok(None) };
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(why) if why.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(why) => {
                let named_by = "PREFECT_PROFILES_PATH or PREFECT_HOME".to_owned();
                return Err(ConfigError::Unreadable { named_by, path, why: why.to_string() });
            }
        };
        let table: Table = super::sources::toml(&path, &text)?;
        let mut profiles = Profiles { path, table, current: String::new() };
        let asked = flag.or_else(|| env.get("PREFECT_PROFILE").map(String::as_str).filter(|name| !name.is_empty()));
        let chosen = asked.or_else(|| profiles.chosen()).unwrap_or(BUILT_IN).to_owned();
        if asked.is_some() && !profiles.has(&chosen) {
            let named_by = if flag.is_some() { "--profile" } else { "PREFECT_PROFILE" };
            return Err(ConfigError::NoProfile { named_by, name: chosen, path: profiles.path });
        }
        profiles.current = chosen;
        Ok(Some(profiles))
    }

    /// The file.
    pub fn file(&self) -> &Path {
        &self.path
    }

    /// The profile that this process goes by.
    pub fn current(&self) -> &str {
        &self.current
    }

    /// The one that the file chooses.
    pub fn chosen(&self) -> Option<&str> {
        self.table.get("active").and_then(Value::as_str)
    }

    /// The names in the file.
    pub fn names(&self) -> Vec<&str> {
        self.all().map(|all| all.keys().map(String::as_str).collect()).unwrap_or_default()
    }

    /// Whether there is such a profile.
    pub fn has(&self, name: &str) -> bool {
        name == BUILT_IN || self.names().contains(&name)
    }

    /// What a profile sets, as text. May hold secrets.
    pub fn settings(&self, name: &str) -> BTreeMap<String, String> {
        let found = self.all().and_then(|all| all.get(name)).and_then(Value::as_table);
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        found.into_iter().flatten().map(|(key, value)| (key.clone(), text(value))).collect()
    }

    /// Makes or replaces a profile.
    pub fn put(&mut self, name: &str, settings: BTreeMap<String, String>) {
        let settings: Table = settings.into_iter().map(|(key, text)| (key, Value::String(text))).collect();
        let all = self.table.entry("profiles").or_insert_with(|| Value::Table(Table::new()));
        if let Value::Table(all) = all {
            all.insert(name.to_owned(), Value::Table(settings));
        }
    }

    /// Takes a profile out.
    pub fn remove(&mut self, name: &str) {
        if let Some(Value::Table(all)) = self.table.get_mut("profiles") {
            all.remove(name);
        }
    }

    /// Chooses the profile for the commands to come.
    pub fn choose(&mut self, name: &str) {
        self.table.insert("active".to_owned(), Value::String(name.to_owned()));
    }

    /// Writes the file, readable by its owner alone; a reader sees the old one or the new one.
    pub fn save(&self) -> std::io::Result<()> {
        // A link stays one: what it leads to is replaced.
        let path = std::fs::canonicalize(&self.path).unwrap_or_else(|_| self.path.clone());
        let folder = path.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder)?;
        let new = folder.join(format!(".profiles.toml.{}", std::process::id()));
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        std::io::Write::write_all(&mut options.open(&new)?, self.table.to_string().as_bytes())?;
        std::fs::rename(&new, &path)
    }

    fn all(&self) -> Option<&Table> {
        self.table.get("profiles").and_then(Value::as_table)
    }
}

/// Whether a variable may be set to that value in a profile; what to say about it, or why not.
pub fn may_set(name: &str, value: &str) -> Result<Option<String>, String> {
    if NOT_IN_IT.contains(&name) {
        return Err(format!("{name} says where the profiles are, so it cannot be in one: set it as a variable."));
    }
    if let Some(setting) = SETTINGS.iter().find(|it| it.prefect.contains(&name)) {
        return match (setting.show)(value) {
            Ok(_) => Ok(None),
            Err(_) => Err(format!("{name} must be {}.", setting.allowed)),
        };
    }
    if let Some(setting) = SETTINGS.iter().find(|it| it.env() == name || it.key == name) {
        return Err(match setting.prefect.first() {
            Some(prefect) => format!("Profiles are Prefect's, and hold its names: say {prefect}."),
            None => format!(
                "{name} is a setting of Reeve alone, and profiles are shared with Prefect's clients: \
                 set the variable {}, or `{}` in reeve.toml.",
                setting.env(),
                setting.key
            ),
        });
    }
    let is_a_name = name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
    if !name.starts_with("PREFECT_") || !is_a_name {
        return Err(format!("{name:?} is no setting: they are called PREFECT_API_URL and so on."));
    }
    let known: Vec<&str> = SETTINGS.iter().flat_map(|it: &Setting| it.prefect).copied().collect();
    let near = nearest(name, known.iter().copied());
    let hint = if distance(name, near) <= 3 { format!("; did you mean {near}?") } else { ".".to_owned() };
    Ok(Some(format!("{name} is for Prefect's own clients, Reeve does not read it{hint}")))
}
