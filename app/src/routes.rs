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
            // Whatever is called by one word and is none of the above: a list, or nothing.
            <Route path=path!("/:list") view=pages::listing::page as View ssr=SsrMode::Async/>
        </FlatRoutes>
    }
    .into_any()
}

/// The runs list.
pub const FLOW_RUNS: &str = "/runs";
/// The deployments list.
pub const DEPLOYMENTS: &str = "/deployments";
/// The work pools list.
pub const WORK_POOLS: &str = "/pools";

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
