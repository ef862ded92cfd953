//! Where settings come from, and who wins: flags, then `REEVE_*`, then Prefect's variables, then
//! the TOML file, then Prefect's profile, then the defaults.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::profiles::Profiles;
use super::setting::{Found, Setting, Source};
use super::table::SETTINGS;
use super::value::FromText;
use super::{ConfigError, text::nearest};

/// Values given as flags of the command line, by TOML key.
#[derive(Clone, Default)]
pub struct Flags {
    given: BTreeMap<&'static str, (&'static str, String)>,
    config: Option<PathBuf>,
    profile: Option<String>,
}

impl Flags {
    /// No values yet; `config` is the file of `--config`.
    pub fn of_file(config: Option<PathBuf>) -> Self {
        Flags { config, ..Flags::default() }
    }

    /// The same going by the profile of that name.
    pub fn profile(self, profile: Option<String>) -> Self {
        Flags { profile, ..self }
    }

    /// The profile that was asked for.
    pub fn profile_name(&self) -> Option<&str> {
        self.profile.as_deref()
    }

    /// Adds the value of `flag` for the setting `key`, when one was given.
    pub fn set(mut self, key: &'static str, flag: &'static str, value: Option<impl ToString>) -> Self {
        if let Some(value) = value {
            self.given.insert(key, (flag, value.to_string()));
        }
        self
    }
}

/// Everything outside of the program that settings are read from.
#[derive(Clone, Default)]
pub struct Inputs {
    /// The command line.
    pub flags: Flags,
    /// The environment.
    pub env: BTreeMap<String, String>,
    /// Files to look for when neither `--config` nor `REEVE_CONFIG` names one; the first that exists counts.
    pub search: Vec<PathBuf>,
}

/// One text for every setting.
pub(super) struct Values {
    /// In the order of the table.
    pub found: Vec<Found>,
}

impl Values {
    /// Asks every source for every setting.
    pub fn gather(inputs: &Inputs) -> Result<Values, ConfigError> {
        let file = File::open(inputs)?;
        let profiles = Profiles::open(&inputs.env, inputs.flags.profile.as_deref())?;
        let profile = profiles.map(|all| (all.current().to_owned(), all.settings(all.current())));
        let found = |setting| {
            find(setting, inputs, file.as_ref())
                .or_else(|| in_profile(setting, profile.as_ref()))
                .unwrap_or_else(|| Found { setting, text: setting.default.to_owned(), source: Source::Default })
        };
        Ok(Values { found: SETTINGS.iter().map(found).collect() })
    }

    /// The value of the setting `key`, checked.
    pub fn typed<T: FromText>(&self, key: &str) -> Result<T, ConfigError> {
        let found = self.get(key);
        T::from_text(&found.text).map_err(|hint| ConfigError::wrong(found, &hint))
    }

    /// The row of `key`, which is one of the table.
    pub fn get(&self, key: &str) -> &Found {
        self.found.iter().find(|found| found.setting.key == key).expect("the key is in the table")
    }
}

/// The first source that has the setting, but for the profile.
fn find(setting: &'static Setting, inputs: &Inputs, file: Option<&File>) -> Option<Found> {
    if let Some((flag, text)) = inputs.flags.given.get(setting.key) {
        return Some(Found { setting, text: text.clone(), source: Source::Flag(flag) });
    }
    let names = std::iter::once(setting.env()).chain(setting.prefect.iter().map(|name| (*name).to_owned()));
    for name in names {
        if let Some(text) = inputs.env.get(&name).filter(|text| is_meant(&name, text)) {
            return Some(Found { setting, text: text.clone(), source: Source::Env(name) });
        }
    }
    let (file, text) = file.and_then(|file| Some((file, file.values.get(setting.key)?)))?;
    Some(Found { setting, text: text.clone(), source: Source::File(file.path.clone()) })
}

/// What Prefect's profile of this process says of a setting, under one of Prefect's names.
fn in_profile(setting: &'static Setting, profile: Option<&(String, BTreeMap<String, String>)>) -> Option<Found> {
    let (name, settings) = profile?;
    let text = setting.prefect.iter().find_map(|known| settings.get(*known)).filter(|text| !text.is_empty())?;
    Some(Found { setting, text: text.clone(), source: Source::Profile(name.clone()) })
}

/// Reads TOML.
pub(super) fn toml(path: &Path, text: &str) -> Result<toml::Table, ConfigError> {
    text.parse().map_err(|why: toml::de::Error| ConfigError::NotToml {
        path: path.to_owned(),
        line: why.span().map_or(1, |span| text[..span.start.min(text.len())].lines().count().max(1)),
        why: why.message().to_owned(),
    })
}

/// An empty variable is none. Kubernetes gives every pod `REEVE_SERVER_PORT=tcp://...` once a service
/// is called `reeve-server`: that is an address of the cluster's, not a setting.
pub(super) fn is_meant(name: &str, text: &str) -> bool {
    let service_link = name.ends_with("_PORT") && ["tcp://", "udp://", "sctp://"].iter().any(|p| text.starts_with(p));
    !text.is_empty() && !service_link
}

/// A TOML file, flattened to dotted keys.
struct File {
    path: PathBuf,
    values: BTreeMap<String, String>,
}

impl File {
    /// The file that was named, which must be there, or the first of the usual places.
    fn open(inputs: &Inputs) -> Result<Option<File>, ConfigError> {
        let named = match (&inputs.flags.config, inputs.env.get("REEVE_CONFIG").filter(|text| !text.is_empty())) {
            (Some(path), _) => Some(("--config", path.clone())),
            (None, Some(path)) => Some(("REEVE_CONFIG", PathBuf::from(path))),
            (None, None) => None,
        };
        let Some(path) = named.as_ref().map(|(_, path)| path).or_else(|| inputs.search.iter().find(|p| p.is_file()))
        else {
            return Ok(None);
        };
        let text = std::fs::read_to_string(path).map_err(|why| ConfigError::Unreadable {
            named_by: named.as_ref().map_or("The configuration", |(by, _)| by).to_owned(),
            path: path.clone(),
            why: why.to_string(),
        })?;
        File::parse(path, &text).map(Some)
    }

    fn parse(path: &Path, text: &str) -> Result<File, ConfigError> {
        let table = toml(path, text)?;
        let mut values = BTreeMap::new();
        flatten("", &table, &mut values).map_err(|key| ConfigError::NotPlain { path: path.to_owned(), key })?;
        if let Some(key) = values.keys().find(|key| SETTINGS.iter().all(|setting| setting.key != key.as_str())) {
            return Err(ConfigError::UnknownKey {
                path: path.to_owned(),
                key: key.clone(),
                nearest: nearest(key, SETTINGS.iter().map(|setting| setting.key)).to_owned(),
            });
        }
        Ok(File { path: path.to_owned(), values })
    }
}

/// Writes `[server] port = 4200` as `server.port` = `4200`. The error is the key that holds neither
/// text nor number nor switch.
fn flatten(prefix: &str, table: &toml::Table, into: &mut BTreeMap<String, String>) -> Result<(), String> {
    for (name, value) in table {
        let key = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        match value {
            toml::Value::Table(inner) => flatten(&key, inner, into)?,
            toml::Value::String(text) => drop(into.insert(key, text.clone())),
            toml::Value::Integer(_) | toml::Value::Float(_) | toml::Value::Boolean(_) => {
                into.insert(key, value.to_string());
            }
            toml::Value::Array(_) | toml::Value::Datetime(_) => return Err(key),
        }
    }
    Ok(())
}

/// The environment of this process, for programs that it starts and for `{{ $NAME }}` in files.
pub fn environment() -> std::collections::HashMap<String, String> {
    #[expect(clippy::disallowed_methods, reason = "this is the configuration")]
    let variables = std::env::vars_os();
    variables.filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?))).collect()
}
