//! The server's address: taking it, and telling people.

use std::io::ErrorKind;
use std::net::SocketAddr;

use tokio::net::TcpListener;

use crate::cli::failure::Failure;
use crate::cli::output::print_line;
use crate::config::{Config, LogFormat};

/// Listens at `server.host` and `server.port`.
pub async fn listen(config: &Config) -> Result<TcpListener, Failure> {
    let host = config.server_host.0.trim_start_matches('[').trim_end_matches(']');
    let port = config.server_port;
    TcpListener::bind((host, port)).await.map_err(|error| {
        let failure = Failure::new(format!("Cannot listen at {host} port {port}: {error}."));
        match error.kind() {
            ErrorKind::AddrInUse => failure.then("another server runs there; stop it, or choose a port with --port."),
            ErrorKind::PermissionDenied => {
                failure.then("ports below 1024 need privileges; choose another with --port.")
            }
            _ => failure.then("check server.host (--host); 127.0.0.1 and 0.0.0.0 always exist."),
        }
    })
}

/// The address of the API as this machine reaches it.
pub fn local_api_url(address: SocketAddr) -> String {
    let ip = match address.ip() {
        ip if !ip.is_unspecified() => ip,
        ip if ip.is_ipv4() => std::net::Ipv4Addr::LOCALHOST.into(),
        _ => std::net::Ipv6Addr::LOCALHOST.into(),
    };
    format!("http://{}/api", SocketAddr::new(ip, address.port()))
}

/// Says where everything is: to people on standard output, to machines as one log line.
pub fn announce(config: &Config, address: SocketAddr) {
    let dashboard = config.dashboard_url(address.port());
    let (api, database) = (local_api_url(address), config.database());
    if config.server_log_format == LogFormat::Json {
        tracing::info!(%dashboard, %api, %database, "the server is up");
        return;
    }
    let version = env!("CARGO_PKG_VERSION");
    print_line(&format!(
        "Reeve {version} is up.\n\n  Dashboard  {dashboard}\n  API        {api}\n  Database   {database}\n\n\
         Point Prefect's clients at it:\n  prefect config set PREFECT_API_URL={api}\n"
    ));
}
