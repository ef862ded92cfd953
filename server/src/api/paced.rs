//! How long each family of routes takes to answer.

use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::header;
use axum::middleware::Next;
use axum::response::Response;

use crate::app_state::AppState;

/// Notes the time of each request under its family. Sockets and those who wait on purpose are left out.
pub async fn paced(State(app): State<AppState>, request: Request, next: Next) -> Response {
    let socket = request.headers().contains_key(header::UPGRADE);
    let family = request.extensions().get::<MatchedPath>().filter(|_| !socket).and_then(|path| family(path.as_str()));
    let began = Instant::now();
    let response = next.run(request).await;
    if let Some(family) = family {
        app.paces.note(&family, app.clock.now(), began.elapsed());
    }
    response
}

/// `/api/flow_runs/{id}` is one of `flow_runs`; nothing for what belongs to none.
fn family(path: &str) -> Option<String> {
    let rest = path.strip_prefix("/api/").filter(|rest| !rest.ends_with("/wait"))?;
    let mut parts = rest.split('/').filter(|part| !part.starts_with('{'));
    let first = parts.next().filter(|first| !first.is_empty())?;
    Some(match (first, parts.next()) {
        ("reeve" | "v2" | "ui", Some(second)) => format!("{first}/{second}"),
        _ => first.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::family;

    #[test]
    fn routes_belong_to_families() {
        let cases = [
            ("/api/flow_runs/{id}/set_state", Some("flow_runs")),
            ("/api/flow_runs/filter", Some("flow_runs")),
            ("/api/reeve/sheets/{*path}", Some("reeve/sheets")),
            ("/api/v2/concurrency_limits/{id}", Some("v2/concurrency_limits")),
            ("/api/reeve/work_pools/{name}/wait", None),
            ("/api/", None),
            ("/ui-settings", None),
        ];
        for (path, of) in cases {
            assert_eq!(family(path).as_deref(), of, "{path}");
        }
    }
}
