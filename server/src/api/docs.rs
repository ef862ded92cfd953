//! `/docs` and `/openapi.json`: the API described from the types that it reads and writes.
//!
//! Every noun describes its own routes beside them. Both majors' clients find the description where their
//! own servers have it: at `/openapi.json` with whole paths, and at `/api/openapi.json` below the API.

mod document;

use std::sync::LazyLock;

use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::Value;

pub use document::{AnyObject, Docs};

use super::*;

/// The page; it asks for the description that lies beside it.
const PAGE: &str = include_str!("docs/page.html");

/// What the page may do: nothing but show what this server sends.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'";

/// Routes of the page and the description, below `/api` and beside it.
pub fn routes(prefix: &'static str) -> Router<AppState> {
    Router::new().route("/docs", get(page)).route("/openapi.json", get(async move || Json(description(prefix))))
}

async fn page() -> Response {
    let headers = [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CONTENT_SECURITY_POLICY, POLICY)];
    (headers, PAGE).into_response()
}

/// The description, with `prefix` before every path.
pub fn description(prefix: &str) -> Value {
    static DOCS: LazyLock<Value> = LazyLock::new(|| all().finish());
    document::prefixed(&DOCS, prefix)
}

fn all() -> Docs {
    let mut docs = Docs::default();
    root::describe(&mut docs);
    admin::describe(&mut docs);
    flows::describe(&mut docs);
    flow_runs::describe(&mut docs);
    task_runs::describe(&mut docs);
    states::describe(&mut docs);
    deployments::describe(&mut docs);
    work_pools::describe(&mut docs);
    work_queues::describe(&mut docs);
    concurrency_limits::describe(&mut docs);
    concurrency_limits_v2::describe(&mut docs);
    logs::describe(&mut docs);
    events::describe(&mut docs);
    automations::describe(&mut docs);
    notification_policies::describe(&mut docs);
    artifacts::describe(&mut docs);
    variables::describe(&mut docs);
    block_types::describe(&mut docs);
    block_schemas::describe(&mut docs);
    block_documents::describe(&mut docs);
    saved_searches::describe(&mut docs);
    task_workers::describe(&mut docs);
    collections::describe(&mut docs);
    schemas::describe(&mut docs);
    ui::describe(&mut docs);
    docs
}
