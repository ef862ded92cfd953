//! The dashboard's files for the browser, under `/pkg/`.
//!
//! A release binary has them inside; otherwise they are read from a folder. Every name carries the
//! hash of its content, so a file never changes: browsers keep it for ever, and the name is its ETag.
//! `manifest.json` says which names are current.

mod files;
mod negotiate;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path as UrlPath, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Deserialize;

use files::Files;
use negotiate::Encoding;

/// Paths of the current files, such as `/pkg/reeve.0123456789abcdef.js`. All are empty when the server
/// was built without the dashboard's files.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub struct Manifest {
    /// The JavaScript module that starts the wasm.
    pub js: String,
    /// The dashboard's program.
    pub wasm: String,
    /// The stylesheet.
    pub css: String,
    /// The template editor, loaded when a page needs it.
    pub editor: String,
}

impl Manifest {
    /// True when there are files to serve.
    pub fn is_built(&self) -> bool {
        !self.js.is_empty()
    }
}

/// The files and their manifest. Cheap to clone.
#[derive(Clone)]
pub struct Assets {
    files: Arc<Files>,
    manifest: Arc<Manifest>,
}

/// The manifest is there but cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("manifest.json of the dashboard's files cannot be read ({0}); build them again with `cargo xtask build`")]
pub struct AssetsError(String);

impl Assets {
    /// Takes the files of `folder`, or else those inside the program; a debug build has none inside
    /// and takes the workspace's `target/site/debug`. Reads the manifest once.
    pub fn open(folder: Option<&Path>) -> Result<Assets, AssetsError> {
        let files = Files::open(folder);
        let manifest = match files.read("manifest.json").map_err(|why| AssetsError(why.to_string()))? {
            Some(text) => serde_json::from_slice(&text).map_err(|why| AssetsError(why.to_string()))?,
            None => Manifest::default(),
        };
        Ok(Assets { files: Arc::new(files), manifest: Arc::new(manifest) })
    }

    /// The names of the current files.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// `GET` and `HEAD /pkg/{file}`.
    pub fn router(&self) -> Router {
        Router::new().route("/pkg/{file}", get(file)).with_state(self.clone())
    }
}

/// One file, in the smallest form that the browser takes and that there is.
async fn file(State(assets): State<Assets>, UrlPath(name): UrlPath<String>, headers: HeaderMap) -> Response {
    if !is_plain(&name) {
        return StatusCode::NOT_FOUND.into_response();
    }
    let found =
        tokio::task::spawn_blocking(move || find(&assets.files, &name, &headers).map(|found| (name, headers, found)));
    match found.await {
        Ok(Ok((name, headers, Some((encoding, content))))) => answer(&name, encoding, content, &headers),
        Ok(Ok((_, _, None))) => StatusCode::NOT_FOUND.into_response(),
        Ok(Err(error)) => {
            tracing::error!("a file of the dashboard cannot be read: {error}");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// A name of one folder's file: no way up, nothing hidden.
fn is_plain(name: &str) -> bool {
    let letter = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    !name.starts_with('.') && name.chars().all(letter)
}

type Found = Option<(Encoding, std::borrow::Cow<'static, [u8]>)>;

/// Looks for the file's compressed twins that the browser takes, then for the file itself.
fn find(files: &Files, name: &str, headers: &HeaderMap) -> std::io::Result<Found> {
    for encoding in negotiate::accepted(headers) {
        if let Some(content) = files.read(&format!("pkg/{name}{}", encoding.suffix()))? {
            return Ok(Some((encoding, content)));
        }
    }
    Ok(None)
}

/// The file with what a cache wants to know, or 304 when the browser has it already.
fn answer(name: &str, encoding: Encoding, content: std::borrow::Cow<'static, [u8]>, headers: &HeaderMap) -> Response {
    let etag = format!("\"{name}{}\"", encoding.suffix());
    let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let unchanged = known.is_some_and(|known| known.split(',').any(|tag| tag.trim().trim_start_matches("W/") == etag));
    let mut response = match (unchanged, content) {
        (true, _) => StatusCode::NOT_MODIFIED.into_response(),
        (false, std::borrow::Cow::Borrowed(bytes)) => Response::new(Body::from(bytes)),
        (false, std::borrow::Cow::Owned(bytes)) => Response::new(Body::from(bytes)),
    };
    let out = response.headers_mut();
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    out.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    out.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    out.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type(name)));
    if let Ok(etag) = HeaderValue::from_str(&etag) {
        out.insert(header::ETAG, etag);
    }
    if let Some(encoding) = encoding.name() {
        out.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    response
}

/// By the last part of the name. Browsers compile wasm while it arrives only under its own type.
fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "json" | "map" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        _ => "application/octet-stream",
    }
}
