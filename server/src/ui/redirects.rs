//! The paths of Prefect's dashboards, which its clients print and people have bookmarked, lead to ours.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use client::transport::in_process::InProcess;
use client::{Client, segment};
use domain::DeploymentId;

/// Lists that only have another name here.
const LISTS: [(&str, &str); 7] = [
    ("/dashboard", "/"),
    ("/flow-runs", "/runs"),
    ("/work-pools", "/pools"),
    ("/work-queues", "/queues"),
    ("/concurrency-limits", "/limits"),
    ("/runs/dashboard", "/"),
    ("/v2", "/"),
];

/// Answers for all of them. `api` is asked for the names behind ids.
pub fn routes(api: Router) -> Router {
    let mut routes = Router::new()
        .route("/flow-runs/flow-run/{id}", get(flow_run))
        .route("/runs/flow-run/{id}", get(flow_run))
        .route("/flow-run/{id}", get(flow_run))
        .route("/flow-runs/task-run/{id}", get(task_run))
        .route("/runs/task-run/{id}", get(task_run))
        .route("/deployments/deployment/{id}", get(deployment))
        .route("/deployments/deployment/{id}/{*rest}", get(deployment_part))
        .route("/flows/flow/{id}", get(flow))
        .route("/work-pools/work-pool/{name}", get(work_pool))
        .route("/work-pools/work-pool/{name}/edit", get(work_pool_edit))
        .route("/work-pools/work-pool/{name}/queue/{queue}", get(work_queue))
        .route("/artifacts/key/{key}", get(artifact))
        .route("/artifacts/artifact/{id}", get(one_artifact))
        .route("/blocks/block/{id}", get(block))
        .route("/events/event/{date}/{id}", get(event))
        .route("/automations/automation/{id}", get(automation))
        .route("/v2/{*path}", get(second_version));
    for (from, to) in LISTS {
        routes = routes.route(from, get(move |uri: Uri| async move { go(&with_query(to, &uri)) }));
    }
    routes.with_state(api)
}

/// 307, so that a method and a fragment stay.
fn go(to: &str) -> Response {
    Redirect::temporary(to).into_response()
}

fn with_query(path: &str, uri: &Uri) -> String {
    uri.query().map_or_else(|| path.to_owned(), |query| format!("{path}?{query}"))
}

async fn flow_run(Path(id): Path<String>) -> Response {
    go(&format!("/runs/{}", segment(&id)))
}

async fn work_pool(Path(name): Path<String>) -> Response {
    go(&format!("/pools/{}", segment(&name)))
}

async fn work_pool_edit(Path(name): Path<String>) -> Response {
    go(&format!("/pools/{}/template", segment(&name)))
}

async fn artifact(Path(key): Path<String>) -> Response {
    go(&format!("/artifacts?q={}", segment(&key)))
}

async fn one_artifact(Path(id): Path<String>) -> Response {
    go(&format!("/artifacts/{}", segment(&id)))
}

async fn work_queue(Path((pool, queue)): Path<(String, String)>) -> Response {
    go(&format!("/pools/{}/queues/{}", segment(&pool), segment(&queue)))
}

/// Prefect 3 serves its newer dashboard below `/v2`.
async fn second_version(Path(path): Path<String>, uri: Uri) -> Response {
    go(&with_query(&format!("/{path}"), &uri))
}

async fn deployment(State(api): State<Router>, headers: HeaderMap, Path(id): Path<String>) -> Response {
    to_deployment(&api, &headers, &id, "").await
}

async fn deployment_part(
    State(api): State<Router>,
    headers: HeaderMap,
    Path((id, rest)): Path<(String, String)>,
) -> Response {
    let part = if rest == "run" { "/run" } else { "" };
    to_deployment(&api, &headers, &id, part).await
}

async fn to_deployment(api: &Router, headers: &HeaderMap, id: &str, part: &str) -> Response {
    let client = visitor(api, headers);
    let found = async {
        let id: DeploymentId = id.parse().ok()?;
        let deployment = client::deployments::read(&client, id).await.ok()??;
        let flow = client::flows::read(&client, deployment.flow_id).await.ok()??;
        Some(format!("/deployments/{}/{}{part}", segment(&flow.name), segment(&deployment.name)))
    };
    found.await.map_or_else(unknown, |to| go(&to))
}

async fn flow(Path(id): Path<String>) -> Response {
    go(&format!("/flows/{}", segment(&id)))
}

async fn task_run(Path(id): Path<String>) -> Response {
    go(&format!("/task-runs/{}", segment(&id)))
}

async fn event(Path((_date, id)): Path<(String, String)>) -> Response {
    go(&format!("/events/{}", segment(&id)))
}

async fn automation(Path(id): Path<String>) -> Response {
    go(&format!("/automations/{}", segment(&id)))
}

async fn block(Path(id): Path<String>) -> Response {
    go(&format!("/blocks/{}", segment(&id)))
}

fn visitor(api: &Router, headers: &HeaderMap) -> Client {
    Client::new(InProcess::new(api.clone(), super::of_the_visitor(headers)))
}

/// What the id names is gone: the plain 404 page says so.
fn unknown() -> Response {
    let page = "<!DOCTYPE html><html lang=\"en\"><title>Not found · Reeve</title><main><h1>Not found</h1>\
                <p>What this link points to does not exist any more. <a href=\"/\">Go to the first page</a>.</p></main></html>";
    (StatusCode::NOT_FOUND, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], page).into_response()
}
