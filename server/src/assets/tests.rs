//! The routes below `/pkg/` over a folder as `cargo xtask build --release` leaves it.

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

async fn call(assets: &Assets, method: &str, path: &str, headers: &[(&str, &str)]) -> (StatusCode, HeaderMap, String) {
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
        let (status, headers, body) = call(&assets, "GET", "/pkg/reeve.01.js", &[("accept-encoding", accept)]).await;
        assert_eq!((status, body.as_str()), (StatusCode::OK, want), "{accept}");
        let sent = headers.contains_key("content-encoding").then(|| text(&headers, "content-encoding"));
        assert_eq!(sent, encoding, "{accept}");
        assert_eq!(headers["cache-control"], "public, max-age=31536000, immutable");
        assert_eq!(text(&headers, "vary"), "accept-encoding");
        assert_eq!(text(&headers, "content-type"), "text/javascript; charset=utf-8");
    }
    let (_, headers, _) = call(&assets, "GET", "/pkg/reeve.02.wasm", &[("accept-encoding", "br")]).await;
    assert_eq!((text(&headers, "content-type"), headers.contains_key("content-encoding")), ("application/wasm", false));
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
    for path in ["/pkg/nothing.js", "/pkg/..%2Fsecret", "/pkg/%2e%2e%2fsecret", "/pkg/.hidden", "/pkg/..", "/pkg/a%00b"]
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
