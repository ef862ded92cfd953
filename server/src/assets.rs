//! The dashboard's files for the browser, under `/pkg/`.
//!
//! A release binary has them inside; otherwise they are read from a folder. Every name carries the
//! hash of its content, so a file never changes: browsers keep it for ever, and the name is its ETag.
//! `manifest.json` says which names are current.

mod files;
mod negotiate;

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

#[cfg(test)]
mod tests {
    use http::Request;
    use http_body_util::BodyExt;
    use tower::ServiceExt;

    use super::*;

    /// A folder as `cargo xtask build --release` leaves it.
    fn site() -> (tempfile::TempDir, Assets) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let manifest = r#"{"js": "/pkg/reeve.01.js", "wasm": "/pkg/reeve.02.wasm", "css": "/pkg/reeve.03.css", "editor": "/pkg/editor.04.js"}"#;
        std::fs::create_dir(folder.path().join("pkg")).expect("a folder");
        for (name, text) in [
            ("manifest.json", manifest),
            ("pkg/reeve.01.js", "plain"),
            ("pkg/reeve.01.js.br", "small"),
            ("pkg/reeve.01.js.gz", "medium"),
            ("pkg/reeve.02.wasm", "\0asm"),
            ("secret", "keep out"),
        ] {
            std::fs::write(folder.path().join(name), text).expect("a file");
        }
        let assets = Assets::open(Some(folder.path())).expect("a manifest");
        (folder, assets)
    }

    fn text<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
        headers[name].to_str().expect("ascii")
    }

    async fn call(
        assets: &Assets,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
    ) -> (StatusCode, HeaderMap, String) {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::empty()).expect("a request");
        let response = assets.router().oneshot(request).await.expect("infallible");
        let (parts, body) = response.into_parts();
        let body = body.collect().await.expect("a body").to_bytes();
        (parts.status, parts.headers, String::from_utf8_lossy(&body).into_owned())
    }

    #[tokio::test]
    async fn the_smallest_accepted_form_is_sent() {
        let (_folder, assets) = site();
        let cases = [
            ("gzip, deflate, br", "small", Some("br")),
            ("gzip", "medium", Some("gzip")),
            ("br;q=0, gzip;q=0.5", "medium", Some("gzip")),
            ("identity", "plain", None),
            ("", "plain", None),
        ];
        for (accept, want, encoding) in cases {
            let (status, headers, body) =
                call(&assets, "GET", "/pkg/reeve.01.js", &[("accept-encoding", accept)]).await;
            assert_eq!((status, body.as_str()), (StatusCode::OK, want), "{accept}");
            let sent = headers.contains_key("content-encoding").then(|| text(&headers, "content-encoding"));
            assert_eq!(sent, encoding, "{accept}");
            assert_eq!(headers["cache-control"], "public, max-age=31536000, immutable");
            assert_eq!(text(&headers, "vary"), "accept-encoding");
            assert_eq!(text(&headers, "content-type"), "text/javascript; charset=utf-8");
        }
        let (_, headers, _) = call(&assets, "GET", "/pkg/reeve.02.wasm", &[("accept-encoding", "br")]).await;
        assert_eq!(
            (text(&headers, "content-type"), headers.contains_key("content-encoding")),
            ("application/wasm", false)
        );
    }

    #[tokio::test]
    async fn a_known_file_is_not_sent_again_and_head_sends_no_body() {
        let (_folder, assets) = site();
        let (_, headers, _) = call(&assets, "GET", "/pkg/reeve.01.js", &[]).await;
        let etag = text(&headers, "etag").to_owned();
        let (status, headers, body) = call(&assets, "GET", "/pkg/reeve.01.js", &[("if-none-match", &etag)]).await;
        assert_eq!((status, body.as_str(), text(&headers, "etag")), (StatusCode::NOT_MODIFIED, "", etag.as_str()));
        let (status, _, _) =
            call(&assets, "GET", "/pkg/reeve.01.js", &[("if-none-match", &etag), ("accept-encoding", "br")]).await;
        assert_eq!(status, StatusCode::OK);
        let (status, headers, body) = call(&assets, "HEAD", "/pkg/reeve.01.js", &[]).await;
        assert_eq!((status, text(&headers, "content-length"), body.as_str()), (StatusCode::OK, "5", ""));
    }

    #[tokio::test]
    async fn nothing_else_of_the_disk_is_served() {
        let (_folder, assets) = site();
        for path in
            ["/pkg/nothing.js", "/pkg/..%2Fsecret", "/pkg/%2e%2e%2fsecret", "/pkg/.hidden", "/pkg/..", "/pkg/a%00b"]
        {
            assert_eq!(call(&assets, "GET", path, &[]).await.0, StatusCode::NOT_FOUND, "{path}");
        }
    }

    #[test]
    fn the_manifest_is_read_once_and_may_be_missing() {
        let (_folder, assets) = site();
        assert_eq!((assets.manifest().css.as_str(), assets.manifest().is_built()), ("/pkg/reeve.03.css", true));
        let empty = tempfile::tempdir().expect("a temporary folder");
        assert!(!Assets::open(Some(empty.path())).expect("no manifest is no error").manifest().is_built());
        std::fs::write(empty.path().join("manifest.json"), "{").expect("a file");
        assert!(Assets::open(Some(empty.path())).is_err());
    }
}
