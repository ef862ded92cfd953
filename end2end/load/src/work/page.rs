//! What a page of the dashboard costs the network: bytes as brotli, and requests.

use anyhow::Result;

use super::Row;
use crate::Asked;
use crate::server::Server;

/// Program, script and style of the list of deployments, and its HTML.
pub async fn measure(server: &Server, _: &Asked) -> Result<Vec<Row>> {
    let html = server.api.compressed("/deployments").await?;
    let plain = reqwest::get(format!("{}/deployments", server.url.trim_end_matches("/api"))).await?.text().await?;
    let mut files: Vec<&str> = plain
        .split('"')
        .filter(|text| text.starts_with("/pkg/") && !text.contains("editor"))
        .filter(|text| [".js", ".wasm", ".css"].iter().any(|end| text.ends_with(end)))
        .collect();
    files.sort_unstable();
    files.dedup();
    let mut bytes = 0;
    for file in &files {
        bytes += server.api.compressed(file).await?.len();
    }
    Ok(vec![Row::new(
        "a page: program, script and style as brotli",
        format!("{:.0} kB in {} files, HTML {:.1} kB", bytes as f64 / 1000.0, files.len(), html.len() as f64 / 1000.0),
    )])
}
