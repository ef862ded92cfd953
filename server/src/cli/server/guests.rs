//! Workers that live in the server's own process, and the demonstration that needs one.

use std::net::SocketAddr;
use std::str::FromStr;

use axum::Router;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use client::Client;
use client::transport::in_process::InProcess;
use http::{HeaderMap, HeaderValue, header};
use tokio_util::task::TaskTracker;

use super::listen::local_api_url;
use crate::cli::failure::Failure;
use crate::cli::worker::settings;
use crate::config::{Config, Loaded, Source};
use crate::demo;
use crate::lifecycle::Lifecycle;

/// `POOL` or `POOL:TYPE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guest {
    pool: String,
    kind: Option<String>,
}

impl FromStr for Guest {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let (pool, kind) = text.split_once(':').map_or((text, None), |(pool, kind)| (pool, Some(kind.to_owned())));
        if pool.is_empty() || !kind.as_deref().is_none_or(|kind| matches!(kind, "process" | "kubernetes")) {
            return Err("it must be POOL, POOL:process or POOL:kubernetes".to_owned());
        }
        Ok(Guest { pool: pool.to_owned(), kind })
    }
}

/// What a worker in this process needs of the server around it.
pub struct Guests<'a> {
    pub loaded: &'a Loaded,
    pub api: Router,
    pub address: SocketAddr,
    pub lifecycle: &'a Lifecycle,
}

impl Guests<'_> {
    /// Starts the workers that were asked for, and sets up the demonstration with its own. The tracker is
    /// empty once all of them have ended.
    pub async fn move_in(self, mut guests: Vec<Guest>, with_demo: bool) -> Result<TaskTracker, Failure> {
        let client = self.client()?;
        if with_demo {
            demo::set_up(&client).await?;
            guests.push(Guest { pool: demo::POOL.to_owned(), kind: Some("process".to_owned()) });
        }
        let workers = TaskTracker::new();
        for guest in guests {
            let name = format!("worker of pool {}", guest.pool);
            let work = ::worker::start(self.settings(guest), client.clone(), self.lifecycle.stopping());
            self.lifecycle.spawn_loop(name, workers.track_future(async { Ok(work.await?) }));
        }
        workers.close();
        Ok(workers)
    }

    /// A client of the API in this process, with the server's own password.
    pub fn client(&self) -> Result<Client, Failure> {
        Ok(Client::new(InProcess::new(self.api.clone(), credentials(&self.loaded.config)?)))
    }

    /// The worker itself calls the API without a socket; its runs need an address. Child processes take
    /// the one of this machine, pods the one that was set for everybody.
    fn settings(&self, guest: Guest) -> ::worker::Settings {
        let in_pods = guest.kind.as_deref() == Some("kubernetes");
        let for_everybody = self.loaded.found.iter().find(|found| found.setting.key == "api.url");
        let set = for_everybody.is_some_and(|found| found.source != Source::Default);
        let config = &self.loaded.config;
        let api_url = if in_pods && set { config.api_url.0.clone() } else { local_api_url(self.address) };
        if in_pods && !set {
            tracing::warn!("PREFECT_API_URL is not set: the pods of pool {} will be told {api_url}", guest.pool);
        }
        let mut settings =
            settings(guest.pool, api_url, config, self.loaded.environment_without_secrets(), self.lifecycle);
        if let Some(secret) = &config.server_auth_string {
            settings.run_environment.insert("PREFECT_API_AUTH_STRING".to_owned(), secret.0.clone());
        }
        ::worker::Settings { pool_type: guest.kind, name: Some("server".to_owned()), ..settings }
    }
}

/// The server asks itself with its own password.
fn credentials(config: &Config) -> Result<HeaderMap, Failure> {
    let mut headers = HeaderMap::new();
    if let Some(secret) = &config.server_auth_string {
        let mut value = HeaderValue::from_str(&format!("Basic {}", STANDARD.encode(&secret.0)))
            .map_err(|error| Failure::new(error.to_string()))?;
        value.set_sensitive(true);
        headers.insert(header::AUTHORIZATION, value);
    }
    Ok(headers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guest_names_a_pool_and_perhaps_a_type() {
        let guest = |pool: &str, kind: Option<&str>| Guest { pool: pool.to_owned(), kind: kind.map(str::to_owned) };
        assert_eq!("local".parse(), Ok(guest("local", None)));
        assert_eq!("c:kubernetes".parse(), Ok(guest("c", Some("kubernetes"))));
        for wrong in ["", ":process", "c:ecs", "c:"] {
            assert!(wrong.parse::<Guest>().is_err(), "{wrong}");
        }
    }
}
