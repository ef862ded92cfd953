//! What each page asks the API, by its path: for machines, who get that answer at the page's path with `.json` at its
//! end. Never a part of the browser's program.

use serde_json::Value;

use crate::pages;
use crate::routes::is_described;

/// A call of the API: the path below `/api`, and a body for those that are asked by POST.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    pub path: String,
    pub body: Option<Value>,
}

/// The question of the page at `path` (as it stands in an address) with this query, which begins with `?` or is empty.
pub fn of(path: &str, search: &str) -> Question {
    let get = |path: String| Question { path, body: None };
    let post = |path: &str, body: Value| Question { path: path.to_owned(), body: Some(body) };
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    match parts[..] {
        [] | ["now" | "index"] => get("/reeve/now".to_owned()),
        ["runs"] => get(format!("/reeve/runs{search}")),
        ["runs", id] => get(format!("/reeve/flow_runs/{id}")),
        ["runs", id, tab] if pages::flow_run::described(tab).is_some() => {
            get(format!("/reeve/flow_runs/{id}?part={tab}"))
        }
        ["runs", id, ..] => get(format!("/reeve/flow_runs/{id}")),
        ["deployments"] => post("/reeve/deployments", pages::deployments::asked(search)),
        ["deployments", flow, name, ..] => get(format!("/reeve/deployments/{flow}/{name}")),
        ["pools"] => get("/reeve/work_pools".to_owned()),
        ["pools", name] | ["pools", name, "template"] => get(format!("/reeve/work_pools/{name}")),
        _ if is_described(path) => get(format!("/reeve/sheets{path}{search}")),
        _ => get(format!("/reeve/sheets{path}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_page_has_its_question() {
        let cases = [
            ("/now", "", "/reeve/now"),
            ("/runs", "?q=late&page=2", "/reeve/runs?q=late&page=2"),
            ("/runs/1", "", "/reeve/flow_runs/1"),
            ("/runs/1/why", "", "/reeve/flow_runs/1?part=why"),
            ("/runs/1/tasks", "", "/reeve/flow_runs/1"),
            ("/deployments/my%20flow/d/job", "", "/reeve/deployments/my%20flow/d"),
            ("/pools", "", "/reeve/work_pools"),
            ("/pools/a%2Fb/template", "", "/reeve/work_pools/a%2Fb"),
            ("/pools/a/queues/b", "", "/reeve/sheets/pools/a/queues/b"),
            ("/variables", "?q=x", "/reeve/sheets/variables?q=x"),
        ];
        for (path, search, asked) in cases {
            assert_eq!(of(path, search), Question { path: asked.to_owned(), body: None }, "{path}");
        }
        assert!(of("/deployments", "").body.is_some());
    }
}
