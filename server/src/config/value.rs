//! How a setting's text becomes a value. Each type says in words what it accepts.

use std::fmt::Display;
use std::num::NonZeroU32;
use std::path::PathBuf;

/// A type that a setting may have.
pub trait FromText: Sized {
    /// Ends the sentence "... must be".
    const ALLOWED: &'static str;
    /// The type whose `Display` shows a value to people without giving away a password.
    type Shown: FromText + Display;

    /// Reads the text. The error is a hint, often empty, that follows [`FromText::ALLOWED`].
    fn from_text(text: &str) -> Result<Self, String>;
}

/// An empty text is no value.
impl<T: FromText> FromText for Option<T> {
    const ALLOWED: &'static str = T::ALLOWED;
    type Shown = T::Shown;
    fn from_text(text: &str) -> Result<Self, String> {
        if text.is_empty() { Ok(None) } else { T::from_text(text).map(Some) }
    }
}

macro_rules! shown_as_itself {
    ($kind:ty, $allowed:literal, $text:ident => $read:expr) => {
        impl FromText for $kind {
            const ALLOWED: &'static str = $allowed;
            type Shown = $kind;
            fn from_text($text: &str) -> Result<Self, String> {
                $read
            }
        }
    };
}

shown_as_itself!(String, "text", text => Ok(text.to_owned()));
shown_as_itself!(u16, "a port number from 0 to 65535 (0 picks a free one)",
    text => text.parse().map_err(|_| String::new()));
shown_as_itself!(NonZeroU32, "a whole number from 1 on", text => text.parse().map_err(|_| String::new()));
shown_as_itself!(bool, "true or false", text => match text.to_ascii_lowercase().as_str() {
    "true" | "t" | "yes" | "y" | "on" | "1" => Ok(true),
    "false" | "f" | "no" | "n" | "off" | "0" => Ok(false),
    _ => Err(String::new()),
});
shown_as_itself!(Folder, "the path of a folder", text => Ok(Folder(PathBuf::from(text))));
shown_as_itself!(Host, "an IP address or a host name, without a port",
    text => if is_host(text) { Ok(Host(text.to_owned())) } else { Err(String::new()) });
shown_as_itself!(LogLevel, "trace, debug, info, warning, error, critical or off",
    text => log_filter(text).map(LogLevel).ok_or_else(String::new));
shown_as_itself!(LogFormat, "text or json", text => match text.to_ascii_lowercase().as_str() {
    "text" => Ok(LogFormat::Text),
    "json" => Ok(LogFormat::Json),
    _ => Err(String::new()),
});
shown_as_itself!(ApiUrl, "an http:// or https:// address with a host, such as http://127.0.0.1:4200/api",
    text => ApiUrl::parse(text));
shown_as_itself!(Secret, "text", text => Ok(Secret(text.to_owned())));
shown_as_itself!(AuthString, "a user name and a password with a colon between them",
text => match text.split_once(':') {
    Some((user, _)) if !user.is_empty() => Ok(AuthString(text.to_owned())),
    _ => Err(String::new()),
});

/// A folder. A leading `~` stands for the home folder until [`super::load`] has replaced it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder(pub PathBuf);

/// An address or name to listen at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host(pub String);

/// A level, or a filter such as `info,store=debug`, in the form `tracing` reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLevel(pub String);

/// How log lines are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// The address of an API, without a trailing slash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiUrl(pub String);

/// Text that is never printed, not even by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(pub String);

/// `user:password` for HTTP basic authentication; never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct AuthString(pub String);

impl ApiUrl {
    /// Checks the address. An address without a path means the server's API, so `/api` is added.
    fn parse(text: &str) -> Result<ApiUrl, String> {
        let url = url::Url::parse(text).map_err(|_| String::new())?;
        let three_slashes = text.split_once("://").is_some_and(|(_, rest)| rest.starts_with('/'));
        if three_slashes {
            return Err("there is one slash too many before the host".to_owned());
        }
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
            return Err(String::new());
        }
        let text = text.trim_end_matches('/');
        Ok(ApiUrl(if url.path() == "/" { format!("{text}/api") } else { text.to_owned() }))
    }
}

/// A name or address that a listener can resolve; a bracketed IPv6 address counts.
fn is_host(text: &str) -> bool {
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    if bare.parse::<std::net::IpAddr>().is_ok() {
        return true;
    }
    let letter = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
    !text.is_empty() && text.chars().all(letter)
}

/// Python's level names in `tracing`'s words; a filter with targets is passed on once it parses.
fn log_filter(text: &str) -> Option<String> {
    let level = match text.to_ascii_lowercase().as_str() {
        "warning" | "warn" => "warn",
        "critical" | "fatal" | "error" => "error",
        "trace" | "notset" => "trace",
        "debug" => "debug",
        "info" => "info",
        "off" => "off",
        _ => {
            let directive = text.contains('=') && tracing_subscriber::EnvFilter::try_new(text).is_ok();
            return directive.then(|| text.to_owned());
        }
    };
    Some(level.to_owned())
}

impl Display for LogFormat {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            LogFormat::Text => "text",
            LogFormat::Json => "json",
        })
    }
}

impl Display for ApiUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match url::Url::parse(&self.0) {
            Ok(mut url) if url.password().is_some() => {
                url.set_password(Some("***")).map_err(|()| std::fmt::Error)?;
                f.write_str(url.as_str())
            }
            _ => f.write_str(&self.0),
        }
    }
}

impl Display for Folder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.display().fmt(f)
    }
}

macro_rules! printed_as_written {
    ($($kind:ty),*) => {$(
        impl Display for $kind {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}
printed_as_written!(Host, LogLevel);

macro_rules! never_printed {
    ($($kind:ty),*) => {$(
        impl Display for $kind {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("********")
            }
        }
        impl std::fmt::Debug for $kind {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("********")
            }
        }
    )*};
}
never_printed!(Secret, AuthString);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_api_url_gets_its_path_and_loses_its_slash() {
        let cases = [
            ("http://127.0.0.1:4200/api", "http://127.0.0.1:4200/api"),
            ("http://127.0.0.1:4200/api/", "http://127.0.0.1:4200/api"),
            ("https://reeve.example.org", "https://reeve.example.org/api"),
            ("http://localhost:4200/", "http://localhost:4200/api"),
            ("http://proxy/prefix/api", "http://proxy/prefix/api"),
        ];
        for (text, want) in cases {
            assert_eq!(ApiUrl::from_text(text).map(|url| url.0), Ok(want.to_owned()), "{text}");
        }
        for wrong in ["127.0.0.1:4200", "ftp://host/api", "http://", "http:///host:4200/api", "api"] {
            assert!(ApiUrl::from_text(wrong).is_err(), "{wrong}");
        }
        assert_eq!(ApiUrl("http://me:pw@host/api".into()).to_string(), "http://me:***@host/api");
    }

    #[test]
    fn hosts_levels_and_switches() {
        for good in ["0.0.0.0", "::", "::1", "[::1]", "localhost", "my-host.example"] {
            assert!(Host::from_text(good).is_ok(), "{good}");
        }
        for wrong in ["", "host:4200", "http://host", "a b"] {
            assert!(Host::from_text(wrong).is_err(), "{wrong}");
        }
        for (text, want) in [("WARNING", "warn"), ("Critical", "error"), ("info,store=debug", "info,store=debug")] {
            assert_eq!(LogLevel::from_text(text).map(|level| level.0), Ok(want.to_owned()), "{text}");
        }
        assert!(LogLevel::from_text("loud").is_err());
        assert_eq!((bool::from_text("Yes"), bool::from_text("0")), (Ok(true), Ok(false)));
        assert!(bool::from_text("maybe").is_err());
        assert!(AuthString::from_text("admin").is_err() && AuthString::from_text("admin:pw").is_ok());
        assert_eq!(format!("{:?}", AuthString("admin:pw".into())), "********");
    }
}
