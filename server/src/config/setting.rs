//! What a setting is: a row of the table in `table.rs`, and the macro that makes the rows.

use std::path::PathBuf;

use super::value::FromText;

/// One setting, as the documentation, `reeve config view` and the reader of values see it.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// The dotted TOML key, for example `server.port`.
    pub key: &'static str,
    /// Prefect's variables that mean the same, the one that wins first.
    pub prefect: &'static [&'static str],
    /// The default as one would write it; empty when there is none.
    pub default: &'static str,
    /// True when the value must never be printed.
    pub secret: bool,
    /// What the setting does.
    pub help: &'static str,
    /// What may be written, as the end of the sentence "must be ...".
    pub allowed: &'static str,
    /// The value as it may be shown (passwords replaced), or an error when it is not allowed.
    pub show: fn(&str) -> Result<String, String>,
}

impl Setting {
    /// The environment variable: the key in capitals after `REEVE_`.
    pub fn env(&self) -> String {
        format!("REEVE_{}", self.key.to_uppercase().replace('.', "_"))
    }
}

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// The flag of this command, for example `--port`.
    Flag(&'static str),
    /// An environment variable.
    Env(String),
    /// This TOML file.
    File(PathBuf),
    /// The profile of that name in Prefect's file of profiles.
    Profile(String),
    /// Nobody set it.
    Default,
}

/// A setting together with the text that won and where it was found.
#[derive(Clone)]
pub struct Found {
    /// The row of the table.
    pub setting: &'static Setting,
    /// The text as written. May be a secret: print [`Found::shown`] instead.
    pub text: String,
    /// Who said so.
    pub source: Source,
}

impl Found {
    /// The value for people: secrets as `********`, passwords inside of URLs as `***`.
    pub fn shown(&self) -> String {
        if self.text.is_empty() {
            return String::new();
        }
        if self.setting.secret {
            return "********".to_owned();
        }
        (self.setting.show)(&self.text).unwrap_or_else(|_| "(not valid)".to_owned())
    }

    /// How the person who set it calls it: the flag, the variable, or the key and its file.
    pub fn called(&self) -> String {
        match &self.source {
            Source::Flag(flag) => (*flag).to_owned(),
            Source::Env(name) => name.clone(),
            Source::File(path) => format!("{} in {}", self.setting.key, path.display()),
            Source::Profile(name) => format!("{} in the profile {name}", self.setting.key),
            Source::Default => self.setting.key.to_owned(),
        }
    }
}

impl std::fmt::Debug for Found {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} = {} ({})", self.setting.key, self.shown(), self.source)
    }
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Source::Flag(flag) => write!(f, "flag {flag}"),
            Source::Env(name) => write!(f, "env {name}"),
            Source::File(path) => write!(f, "file {}", path.display()),
            Source::Profile(name) => write!(f, "profile {name}"),
            Source::Default => f.write_str("default"),
        }
    }
}

/// Reads `text` as a `T` and gives back how that value prints.
pub(super) fn show<T: FromText + std::fmt::Display>(text: &str) -> Result<String, String> {
    T::from_text(text).map(|value| value.to_string())
}

/// Writes the struct [`super::Config`] and the table [`super::SETTINGS`] from one list, so that a
/// setting cannot be in one and not in the other. Each entry reads
/// `field: Type = "default" in "toml.key"[, secret] [also "PREFECT_NAME", ...];`
/// and its doc comment is its help text.
macro_rules! settings {
    ($( $(#[doc = $help:literal])+
        $field:ident: $kind:ty = $default:literal in $key:literal $(, $secret:ident)? $(also $($prefect:literal),+)? ; )*) => {
        /// Every setting, in the order of the documentation.
        pub static SETTINGS: &[Setting] = &[$(Setting {
            key: $key,
            prefect: &[$($($prefect),+)?],
            default: $default,
            secret: settings!(@secret $($secret)?),
            help: concat!($($help),+),
            allowed: <$kind as FromText>::ALLOWED,
            show: show::<<$kind as FromText>::Shown>,
        }),*];

        /// All settings, checked and typed. Durations are what their key says, mostly seconds.
        #[derive(Debug, Clone)]
        pub struct Config {
            $( $(#[doc = $help])+ pub $field: $kind, )*
        }

        impl Config {
            /// Takes every value out of what was found; the first wrong one ends it.
            pub(super) fn read(found: &Values) -> Result<Config, ConfigError> {
                Ok(Config { $( $field: found.typed($key)?, )* })
            }
        }
    };
    (@secret secret) => { true };
    (@secret) => { false };
}
pub(super) use settings;
