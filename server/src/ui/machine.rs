//! The pages for machines: the same path with `.json` is the answer that the page is made of, `.yaml` the same for
//! people, `.txt` a run's log. A thing whose own name ends so has its page all the same: only where the shorter path
//! leads to something is that answered.

use app::question;
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, Method, Uri, header};
use axum::response::{IntoResponse, Response};
use domain::manifest::yaml;
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;

/// The answer; nothing when the path is a page's own.
pub async fn answer(method: Method, uri: Uri, api: &Router, visitor: HeaderMap) -> Option<Response> {
    if !matches!(method, Method::GET | Method::HEAD) {
        return None;
    }
    let (stem, kind) = uri.path().rsplit_once('.')?;
    let search = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    match kind {
        "json" => ask(api, visitor, stem, &search).await,
        "yaml" => {
            let response = ask(api, visitor, stem, &search).await?;
            let bytes = response.into_body().collect().await.ok()?.to_bytes();
            let text = yaml(&natural(stem, serde_json::from_slice(&bytes).ok()?));
            Some(([(header::CONTENT_TYPE, "application/yaml; charset=utf-8")], text).into_response())
        }
        "txt" => {
            let run = stem.strip_prefix("/runs/").filter(|run| !run.contains('/'))?;
            call(api, visitor, &format!("/reeve/flow_runs/{run}/logs/file{search}"), None).await
        }
        _ => None,
    }
}

async fn ask(api: &Router, visitor: HeaderMap, stem: &str, search: &str) -> Option<Response> {
    let question = question::of(stem, search);
    call(api, visitor, &question.path, question.body).await
}

/// What the API answers in the visitor's name; nothing for what is not there.
async fn call(api: &Router, visitor: HeaderMap, path: &str, body: Option<Value>) -> Option<Response> {
    let method = if body.is_some() { Method::POST } else { Method::GET };
    let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
    let mut request = Request::builder().method(method).uri(format!("/api{path}")).body(body).ok()?;
    request.headers_mut().extend(visitor);
    request.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
    let response = match api.clone().oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    };
    (response.status() != axum::http::StatusCode::NOT_FOUND).then_some(response)
}

/// Of a template's page the template, of a run's Job the manifest; of everything else all of it.
fn natural(stem: &str, mut whole: Value) -> Value {
    if stem.starts_with("/pools/") && stem.ends_with("/template") {
        return whole["row"]["work_pool"]["base_job_template"].take();
    }
    whole
}
