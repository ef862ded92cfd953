//! Settings that are allowed and yet hardly meant: one sentence each, printed at the start.

use std::collections::BTreeMap;

use super::database_url::DatabaseUrl;
use super::setting::Found;
use super::sources::{Values, is_meant};
use super::table::SETTINGS;
use super::text::{distance, nearest};
use super::value::FromText;

/// Variables of ours that are no settings of this table.
const NOT_SETTINGS: [&str; 2] = ["REEVE_CONFIG", "REEVE_WRITE_DOCS"];

/// All sentences about these values and this environment.
pub(super) fn of(values: &Values, env: &BTreeMap<String, String>) -> Vec<String> {
    let urls = ["ui.url", "ui.api_url"].into_iter().filter_map(|key| browser_url(values.get(key)));
    let base = values.get("ui.serve_base");
    let base = (!matches!(base.text.as_str(), "" | "/")).then(|| {
        format!(
            "{} is {}, but the dashboard is always served at /: let the proxy strip that path.",
            base.called(),
            base.text
        )
    });
    urls.chain(base).chain(open_to_all(values)).chain(one_slash_short(values)).chain(misspelt(env)).collect()
}

/// `sqlite:///var/lib/reeve.db` is a path from the working folder; whoever writes it mostly means `/var/lib`.
fn one_slash_short(values: &Values) -> Option<String> {
    let found = values.get("database.url");
    let Ok(DatabaseUrl::Sqlite(path)) = DatabaseUrl::from_text(&found.text) else { return None };
    let folder = path.parent().filter(|folder| folder.is_relative() && !folder.as_os_str().is_empty())?;
    let meant = std::path::Path::new("/").join(folder);
    (!folder.is_dir() && meant.is_dir()).then(|| {
        format!(
            "{} names {}, a path from the working folder: for a file in {} write four slashes.",
            found.called(),
            path.display(),
            meant.display()
        )
    })
}

/// An address that no browser outside of the cluster can open.
fn browser_url(found: &Found) -> Option<String> {
    let (name, text) = (found.called(), found.text.as_str());
    let (scheme, rest) = text.split_once("://").unwrap_or(("", text));
    if text.is_empty() {
        return None;
    }
    if rest.starts_with('/') {
        return Some(format!(
            "{name} is {text}: with three slashes it names no host, so links made from it lead nowhere."
        ));
    }
    if !matches!(scheme, "http" | "https") {
        return Some(format!("{name} is {text}: it must begin with http:// or https:// for a browser to open it."));
    }
    let host = rest.split(['/', '?']).next().unwrap_or_default();
    let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
    let inside = host.ends_with(".svc") || host.ends_with(".cluster.local") || host.contains(".svc.");
    if inside {
        return Some(format!(
            "{name} is {text}: that name exists only inside the Kubernetes cluster, so no browser can open it; \
             set the address that people use, such as the ingress or node port."
        ));
    }
    (host == "0.0.0.0")
        .then(|| format!("{name} is {text}: 0.0.0.0 is an address to listen at, no browser can open it."))
}

/// A server that listens beyond this machine and asks nobody for a password.
fn open_to_all(values: &Values) -> Option<String> {
    let host = values.get("server.host");
    let local = matches!(host.text.as_str(), "localhost" | "::1" | "[::1]") || host.text.starts_with("127.");
    let open = !local && values.get("server.auth_string").text.is_empty();
    open.then(|| {
        format!(
            "{} is {}: whoever reaches this port can read and run everything; server.auth_string asks for a password.",
            host.called(),
            host.text
        )
    })
}

/// `REEVE_` variables that nothing reads.
fn misspelt(env: &BTreeMap<String, String>) -> Vec<String> {
    let known: Vec<String> = SETTINGS.iter().map(super::Setting::env).collect();
    let from_kubernetes = |name: &str| name.contains("_SERVICE_") || name.contains("_PORT_");
    env.iter()
        .filter(|(name, text)| name.starts_with("REEVE_") && is_meant(name, text))
        .filter(|(name, _)| !name.starts_with("REEVE_TEST_") && !NOT_SETTINGS.contains(&name.as_str()))
        .filter(|(name, _)| !known.contains(name) && !from_kubernetes(name))
        .map(|(name, _)| {
            let near = nearest(name, known.iter().map(String::as_str));
            let hint = if distance(name, near) <= 4 { format!("; did you mean {near}?") } else { ".".to_owned() };
            format!("{name} is set, but there is no such setting{hint}")
        })
        .collect()
}
