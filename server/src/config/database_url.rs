//! The database's address in the dialects that Prefect users have at hand: SQLAlchemy's
//! `postgresql+asyncpg://` and `sqlite+aiosqlite:///` beside the plain ones.

use std::path::PathBuf;

use url::Url;

use super::value::FromText;

/// Which database to open. `Display` masks the password.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// A file. Relative paths start at the working folder.
    Sqlite(PathBuf),
    /// An address with scheme `postgresql` and libpq's parameter names. Holds the password.
    Postgres(Box<Url>),
}

impl FromText for DatabaseUrl {
    const ALLOWED: &'static str = "postgresql://USER:PASSWORD@HOST:PORT/NAME, or sqlite:/// with a file's path \
                                   (a fourth slash makes the path absolute)";
    type Shown = DatabaseUrl;

    fn from_text(text: &str) -> Result<Self, String> {
        let (scheme, rest) = text.split_once(':').ok_or_else(String::new)?;
        let (dialect, driver) = scheme.split_once('+').unwrap_or((scheme, ""));
        match (dialect, driver) {
            ("sqlite", "" | "aiosqlite") => sqlite(rest),
            ("postgresql" | "postgres", "" | "asyncpg") => postgres(rest),
            ("sqlite" | "postgresql" | "postgres", _) => Err(format!("the driver +{driver} can be left out")),
            _ => Err(String::new()),
        }
    }
}

/// SQLAlchemy's rule: after `//` one slash separates, what follows it is the path.
fn sqlite(rest: &str) -> Result<DatabaseUrl, String> {
    let path = rest.strip_prefix("///").or_else(|| rest.strip_prefix("//")).unwrap_or(rest);
    let path = path.split('?').next().unwrap_or_default();
    if path.is_empty() || path == ":memory:" || path.starts_with("file:") {
        return Err("a database in memory is not offered, name a file".to_owned());
    }
    Ok(DatabaseUrl::Sqlite(PathBuf::from(path)))
}

/// Rewrites asyncpg's parameters to libpq's and leaves out those that only a Python driver knows.
fn postgres(rest: &str) -> Result<DatabaseUrl, String> {
    let mut url = Url::parse(&format!("postgresql:{rest}")).map_err(|why| why.to_string())?;
    let parameters: Vec<(String, String)> =
        url.query_pairs().filter_map(|(name, value)| libpq(&name, value.into_owned())).collect();
    let names_a_host = url.host_str().is_some_and(|host| !host.is_empty())
        || parameters.iter().any(|(name, _)| name == "host" || name == "hostaddr");
    if !names_a_host {
        return Err("it names no host".to_owned());
    }
    if url.path().trim_matches('/').is_empty() && !parameters.iter().any(|(name, _)| name == "dbname") {
        return Err("it names no database".to_owned());
    }
    url.set_query(None);
    if !parameters.is_empty() {
        url.query_pairs_mut().extend_pairs(parameters);
    }
    Ok(DatabaseUrl::Postgres(Box::new(url)))
}

/// A query parameter under libpq's name; `None` for what has no meaning outside of Python.
fn libpq(name: &str, value: String) -> Option<(String, String)> {
    let name = match name {
        "ssl" | "sslmode" | "ssl-mode" => {
            let mode = match value.to_ascii_lowercase().as_str() {
                "true" | "1" => "require".to_owned(),
                "false" | "0" => "disable".to_owned(),
                _ => value,
            };
            return Some(("sslmode".to_owned(), mode));
        }
        "prepared_statement_cache_size" | "statement_cache_size" => "statement-cache-capacity",
        "database" => "dbname",
        "timeout" | "command_timeout" | "async_fallback" | "prepared_statement_name_func" | "channel_binding" => {
            return None;
        }
        other => other,
    };
    Some((name.to_owned(), value))
}

impl DatabaseUrl {
    /// The address to connect with: the password is in it, so it must not be printed.
    pub fn with_password(&self) -> String {
        match self {
            DatabaseUrl::Sqlite(path) => format!("sqlite://{}", path.display()),
            DatabaseUrl::Postgres(url) => url.to_string(),
        }
    }

    /// The address of a PostgreSQL server given in parts. The parts are escaped.
    pub(super) fn from_parts(host: &str, port: u16, user: &str, name: &str) -> Result<Self, String> {
        let mut url = Url::parse("postgresql://localhost").map_err(|why| why.to_string())?;
        let refused = |()| "its parts make no address".to_owned();
        url.set_host(Some(host)).map_err(|why| why.to_string())?;
        url.set_port(Some(port)).map_err(refused)?;
        url.set_username(user).map_err(refused)?;
        url.set_path(name);
        postgres(&url.as_str()["postgresql:".len()..])
    }

    /// Puts a password in that was set apart from the address; one in the address wins.
    pub(super) fn or_password(mut self, password: &str) -> Self {
        if let DatabaseUrl::Postgres(url) = &mut self
            && url.password().is_none()
            && url.set_password(Some(password)).is_err()
        {
            // Only an address without a host cannot carry one there; libpq reads the parameter too.
            url.query_pairs_mut().append_pair("password", password);
        }
        self
    }
}

impl std::fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let DatabaseUrl::Postgres(url) = self else {
            return f.write_str(&self.with_password());
        };
        let mut shown = (**url).clone();
        if shown.password().is_some() {
            shown.set_password(Some("***")).map_err(|()| std::fmt::Error)?;
        }
        let hidden: Vec<_> = url.query_pairs().filter(|(name, _)| !name.contains("password")).collect();
        shown.set_query(None);
        if !hidden.is_empty() {
            shown.query_pairs_mut().extend_pairs(hidden);
        }
        f.write_str(shown.as_str())
    }
}

impl std::fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_dialect_is_read() {
        let cases = [
            ("sqlite+aiosqlite:///reeve.db", "sqlite://reeve.db"),
            ("sqlite+aiosqlite:////var/lib/reeve.db", "sqlite:///var/lib/reeve.db"),
            ("sqlite:////data/reeve.db?timeout=30", "sqlite:///data/reeve.db"),
            ("sqlite:///./reeve.db", "sqlite://./reeve.db"),
            ("sqlite://reeve.db", "sqlite://reeve.db"),
            ("sqlite:reeve.db", "sqlite://reeve.db"),
            ("postgres://u:p@db/prefect", "postgresql://u:p@db/prefect"),
            (
                "postgresql+asyncpg://u:p@db:5432/prefect?ssl=require",
                "postgresql://u:p@db:5432/prefect?sslmode=require",
            ),
            (
                "postgresql+asyncpg://u:p%40ss@db/prefect?prepared_statement_cache_size=0&timeout=5",
                "postgresql://u:p%40ss@db/prefect?statement-cache-capacity=0",
            ),
            ("postgresql:///prefect?host=%2Ftmp", "postgresql:///prefect?host=%2Ftmp"),
        ];
        for (text, want) in cases {
            let read = DatabaseUrl::from_text(text).expect(text);
            assert_eq!(read.with_password(), want, "{text}");
        }
    }

    #[test]
    fn what_cannot_be_opened_is_refused() {
        for wrong in [
            "",
            "reeve.db",
            "mysql://u@h/db",
            "sqlite+aiosqlite:///:memory:",
            "sqlite://",
            "postgresql+psycopg2://u@h/d",
            "postgresql://u:p@h",
            "postgresql:///prefect",
            "postgresql://u:p@h:port/db",
            "sqlite:///file::memory:?uri=true",
        ] {
            assert!(DatabaseUrl::from_text(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn passwords_are_masked_wherever_they_stand() {
        for text in ["postgresql://u:hunter2@db/prefect", "postgresql://db/prefect?user=u&password=hunter2"] {
            let url = DatabaseUrl::from_text(text).expect(text);
            assert!(!format!("{url} {url:?}").contains("hunter2"), "{url}");
        }
        let apart = DatabaseUrl::from_text("postgresql://u@db/prefect").expect("valid").or_password("p@ss");
        assert_eq!(apart.with_password(), "postgresql://u:p%40ss@db/prefect");
    }
}
