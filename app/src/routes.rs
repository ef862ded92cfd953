//! Where things are: the route table, and the paths of pages for those who link to them.

use leptos::prelude::*;
use leptos_router::components::{FlatRoutes, Route};
use leptos_router::{SsrMode, path};

use crate::pages;

/// A page; all of one type, so that the router's code for them is there once.
type View = fn() -> AnyView;

/// The pages by path. Rendering waits for the data, so that the status code can speak of it.
pub(crate) fn table() -> AnyView {
    view! {
        <FlatRoutes fallback=pages::not_found::page>
            <Route path=path!("/") view=pages::now::page as View ssr=SsrMode::Async/>
            <Route path=path!("/runs") view=pages::flow_runs::page as View ssr=SsrMode::Async/>
            <Route path=path!("/runs/:id/:tab?") view=pages::flow_run::page as View ssr=SsrMode::Async/>
            <Route path=path!("/deployments") view=pages::deployments::page as View ssr=SsrMode::Async/>
            <Route path=path!("/deployments/:flow/:name/:tab?") view=pages::deployment::page as View ssr=SsrMode::Async/>
            <Route path=path!("/pools") view=pages::work_pools::page as View ssr=SsrMode::Async/>
            <Route path=path!("/pools/:name/template") view=pages::template::page as View ssr=SsrMode::Async/>
            <Route path=path!("/pools/:name") view=pages::work_pool::page as View ssr=SsrMode::Async/>
            // Whatever is none of the above is described by the server, or is not there.
            <Route path=path!("/*rest") view=pages::sheet::page as View ssr=SsrMode::Async/>
        </FlatRoutes>
    }
    .into_any()
}

/// Whether the server describes the page of that path: none of the routes above has it.
pub fn is_described(path: &str) -> bool {
    let mut parts = path.split('/').filter(|part| !part.is_empty());
    let first = [parts.next(), parts.next(), parts.next()];
    !matches!(first, [None | Some("runs" | "deployments"), ..] | [Some("pools"), _, None | Some("template")])
}

/// The runs list.
pub const FLOW_RUNS: &str = "/runs";
/// The deployments list.
pub const DEPLOYMENTS: &str = "/deployments";
/// The work pools list.
pub const WORK_POOLS: &str = "/pools";

/// Path and name of the pages behind "More".
pub const MORE: [(&str, &str); 17] = [
    ("/flows", "Flows"),
    ("/calendar", "Calendar"),
    ("/logs", "Logs"),
    ("/queues", "Work queues"),
    ("/limits", "Limits"),
    ("/variables", "Variables"),
    ("/blocks", "Blocks"),
    ("/automations", "Automations"),
    ("/artifacts", "Artifacts"),
    ("/events", "Events"),
    ("/why", "Why"),
    ("/health", "Health"),
    ("/storage", "Storage"),
    ("/drift", "Drift"),
    ("/doctor", "Doctor"),
    ("/settings", "Settings"),
    ("/api/docs", "API"),
];

/// A run's page.
pub fn flow_run(id: domain::FlowRunId) -> String {
    format!("/runs/{id}")
}

/// A deployment's page.
pub fn deployment(flow: &str, name: &str) -> String {
    format!("/deployments/{}/{}", client::segment(flow), client::segment(name))
}

/// A work pool's page.
pub fn work_pool(name: &str) -> String {
    format!("/pools/{}", client::segment(name))
}

/// The editor of a pool's base job template.
pub fn template(pool: &str) -> String {
    format!("/pools/{}/template", client::segment(pool))
}

#[cfg(test)]
mod tests {
    use super::is_described;

    #[test]
    fn pages_without_a_view_of_their_own_are_described() {
        let own = ["/", "/runs", "/runs/1/why", "/deployments/f/d", "/pools", "/pools/a", "/pools/a/template"];
        assert!(own.iter().all(|path| !is_described(path)));
        assert!(["/flows", "/flows/1", "/pools/a/queues/b", "/no-such-page"].iter().all(|path| is_described(path)));
    }
}
