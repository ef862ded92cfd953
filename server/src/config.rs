//! Settings: the only reader of the environment and of the configuration file.
//!
//! [`load`] gathers a text for every row of the table from flags, `REEVE_*`, Prefect's variables, a
//! TOML file, Prefect's profile and the defaults, checks them all, and hands out a typed [`Config`]. The first wrong
//! value is a [`ConfigError`]: one sentence that names the setting as its owner calls it.

mod database_url;
mod document;
pub mod profiles;
mod seconds;
mod setting;
mod sources;
mod table;
#[cfg(test)]
mod tests;
mod text;
mod value;
mod warnings;

use std::collections::BTreeMap;
use std::path::PathBuf;

pub use database_url::DatabaseUrl;
pub use document::markdown;
pub use profiles::Profiles;
pub use seconds::Seconds;
pub use setting::{Found, Setting, Source};
pub use sources::{Flags, Inputs, environment};
pub use table::{Config, SETTINGS};
pub use value::{ApiUrl, AuthString, Folder, FromText, Host, LogFormat, LogLevel, Secret};

use sources::Values;

/// A setting that keeps the program from starting. Prints as one sentence without secrets.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// The value is not allowed.
    #[error("{name} {shown}, but it must be {allowed}{hint}.")]
    Wrong {
        /// The flag, variable or key.
        name: String,
        /// `is "..."`, or that it is not shown.
        shown: String,
        /// What may be written.
        allowed: &'static str,
        /// What exactly is wrong, in brackets, or empty.
        hint: String,
    },
    /// The configuration file cannot be read.
    #[error("{named_by} names {}, which cannot be read ({why}).", path.display())]
    Unreadable {
        /// The flag or variable that named it.
        named_by: String,
        /// The file.
        path: PathBuf,
        /// The system's words.
        why: String,
    },
    /// The configuration file is no TOML.
    #[error("{} is not valid TOML: line {line}: {why}.", path.display())]
    NotToml {
        /// The file.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// The parser's words.
        why: String,
    },
    /// The configuration file sets what does not exist.
    #[error("{} sets {key}, which is no setting; the nearest one is {nearest}.", path.display())]
    UnknownKey {
        /// The file.
        path: PathBuf,
        /// The dotted key.
        key: String,
        /// A key of the table.
        nearest: String,
    },
    /// A profile was named that the file does not have.
    #[error("{named_by} is {name:?}, but there is no such profile in {}.", path.display())]
    NoProfile {
        /// The flag or variable that named it.
        named_by: &'static str,
        /// The name.
        name: String,
        /// The file.
        path: PathBuf,
    },
    /// A list or a date, which no setting is.
    #[error("{key} in {} must be text, a number, or true or false.", path.display())]
    NotPlain {
        /// The file.
        path: PathBuf,
        /// The dotted key.
        key: String,
    },
}

impl ConfigError {
    fn wrong(found: &Found, hint: &str) -> ConfigError {
        let address = matches!(found.setting.key, "database.url" | "api.url");
        let shown = match (found.setting.secret, address && found.text.contains('@')) {
            (true, _) | (_, true) => "has a value that is not shown here because it may hold a password".to_owned(),
            _ => format!("is {:?}", found.text),
        };
        let hint = if hint.is_empty() { String::new() } else { format!(" ({hint})") };
        ConfigError::Wrong { name: found.called(), shown, allowed: found.setting.allowed, hint }
    }
}

/// The settings in force, where each came from, and what is odd about them.
#[derive(Clone)]
pub struct Loaded {
    /// Typed and checked.
    pub config: Config,
    /// The same as text, in the order of the table.
    pub found: Vec<Found>,
    /// One sentence each.
    pub warnings: Vec<String>,
    /// The whole environment, for child processes. Holds secrets: not to be printed.
    pub environment: BTreeMap<String, String>,
}

/// Reads the settings of this process: the given flags, its environment, and the file that
/// `--config` or `REEVE_CONFIG` names, else `./reeve.toml`, else `/etc/reeve/reeve.toml`.
pub fn load(flags: Flags) -> Result<Loaded, ConfigError> {
    let search = vec![PathBuf::from("reeve.toml"), PathBuf::from("/etc/reeve/reeve.toml")];
    load_from(&Inputs { flags, env: variables(), search })
}

/// The file of Prefect's profiles in this environment; none where there is no home.
pub fn profiles(flags: &Flags) -> Result<Option<Profiles>, ConfigError> {
    Profiles::open(&variables(), flags.profile_name())
}

fn variables() -> BTreeMap<String, String> {
    let text = |value: std::ffi::OsString| value.to_string_lossy().into_owned();
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
    std::env::vars_os().map(|(name, value)| (text(name), text(value))).collect()
}

/// [`load`] from inputs that are handed in.
pub fn load_from(inputs: &Inputs) -> Result<Loaded, ConfigError> {
    let mut values = Values::gather(inputs)?;
    fill_in_database_url(&mut values, inputs);
    let mut config = Config::read(&values)?;
    config.home.0 = expand_home(&config.home.0, inputs);
    config.join_database_parts(&values)?;
    let warnings = warnings::of(&values, &inputs.env);
    Ok(Loaded { config, found: values.found, warnings, environment: inputs.env.clone() })
}

/// Prefect's settings may name two others inside the database's address: its home and the password.
fn fill_in_database_url(values: &mut Values, inputs: &Inputs) {
    let home = expand_home(&PathBuf::from(&values.get("home").text), inputs).display().to_string();
    let password = encoded(&values.get("database.password").text);
    let names = [("HOME", home), ("SERVER_DATABASE_PASSWORD", password.clone()), ("API_DATABASE_PASSWORD", password)];
    for found in values.found.iter_mut().filter(|found| found.setting.key == "database.url") {
        for (name, value) in &names {
            for written in [format!("${{PREFECT_{name}}}"), format!("$PREFECT_{name}")] {
                found.text = found.text.replace(&written, value);
            }
        }
    }
}

/// Percent-encodes what may not stand in the password part of a URL.
fn encoded(password: &str) -> String {
    url::form_urlencoded::byte_serialize(password.as_bytes()).collect::<String>().replace('+', "%20")
}

/// Replaces a leading `~` by the home folder.
fn expand_home(path: &std::path::Path, inputs: &Inputs) -> PathBuf {
    match path.strip_prefix("~") {
        Ok(rest) => PathBuf::from(inputs.env.get("HOME").map_or(".", String::as_str)).join(rest),
        Err(_) => path.to_owned(),
    }
}

impl Loaded {
    /// The environment for runs that a server starts: without the settings that hold its own secrets.
    pub fn environment_without_secrets(&self) -> BTreeMap<String, String> {
        let hidden = |setting: &Setting| setting.secret || setting.key == "database.url";
        let hidden = SETTINGS.iter().filter(|setting| hidden(setting));
        let names: Vec<String> =
            hidden.flat_map(|it| it.prefect.iter().map(|n| (*n).to_owned()).chain([it.env()])).collect();
        self.environment.iter().filter(|(name, _)| !names.contains(name)).map(|(n, v)| (n.clone(), v.clone())).collect()
    }
}

impl Config {
    /// The database to open: the address, or the host with its parts, or the file in `home`.
    pub fn database(&self) -> DatabaseUrl {
        self.database_url.clone().unwrap_or_else(|| DatabaseUrl::Sqlite(self.home.0.join("reeve.db")))
    }

    /// The address that people open: `ui.url` when it is set, else where the server listens.
    pub fn dashboard_url(&self, port: u16) -> String {
        let host = self.server_host.0.as_str();
        match &self.ui_url {
            Some(url) => url.trim_end_matches('/').to_owned(),
            None if matches!(host, "0.0.0.0" | "::" | "[::]") => format!("http://127.0.0.1:{port}"),
            None if host.contains(':') && !host.starts_with('[') => format!("http://[{host}]:{port}"),
            None => format!("http://{host}:{port}"),
        }
    }

    /// Puts the database's parts and its password into `database_url`.
    fn join_database_parts(&mut self, values: &Values) -> Result<(), ConfigError> {
        if let (None, Some(host)) = (&self.database_url, &self.database_host) {
            let url = DatabaseUrl::from_parts(&host.0, self.database_port, &self.database_user, &self.database_name);
            self.database_url = Some(url.map_err(|hint| ConfigError::wrong(values.get("database.host"), &hint))?);
        }
        if let Some(password) = &self.database_password {
            self.database_url = self.database_url.take().map(|url| url.or_password(&password.0));
        }
        Ok(())
    }
}
